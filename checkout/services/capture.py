"""Taking the approved money: the sale's facts all become true in one database transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from checkout.errors import CaptureInvalid, CaptureTooLarge, LetterAwaited, PaymentOvertaken, SessionNotAuthorised
from checkout.holds import hold_ends_at
from checkout.locking import lock_session
from checkout.mails.noting import note_receipt_mail
from checkout.models import Capture, CheckoutSession, LetterHold, LineItem, NetworkAdvice, Payment, Receipt, Tender, TenderLine
from checkout.parts import Parts, parts_left, parts_of_amount, parts_shipped, planned_parts
from checkout.selectors import lines_of
from checkout.services.release import close_captured, queue_advices
from checkout.services.telling import summary
from common.ids import ALPHABET
from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.services import record_events
from vault.audit.services import record_about

MOST_CAPTURES: Final = 50  # of a payment: each is a question to the network, an entry of the book and an event
RECEIVABLE = {Tender.Kind.BENEFIT: Account.Kind.NETWORK_BENEFIT, Tender.Kind.ORDINARY: Account.Kind.NETWORK_ORDINARY}


def hold_payment(*, payment: Payment, session: CheckoutSession, tenders: Sequence[Tender]) -> None:
    """Keep an approved payment uncaptured until the merchant captures it or the hold ages. In the caller's transaction."""
    _leave(
        session, CheckoutSession.Status.PROCESSING, status=CheckoutSession.Status.AUTHORISED, processing_since=None,
        expires_at=hold_ends_at(tenders),
    )  # fmt: skip
    _leave(payment, Payment.Status.PROCESSING, status=Payment.Status.AUTHORISED)
    record_about(payment, "authorised", details=_amount(payment, session))


def tell_held(*, payment: Payment, session: CheckoutSession, tenders: Sequence[Tender]) -> None:
    """Record the event of a held sale; after the last card's answer is written down, which it tells."""
    told = summary(payment, session, tenders)
    record_events(merchant=session.merchant, events=[("checkout.session.authorised", session.public_id, told)])


def complete_payment(*, payment: Payment, session: CheckoutSession) -> None:
    """Move session and payment, in this order, to their last state; raises PaymentOvertaken if somebody else was first."""
    now = timezone.now()
    _leave(session, session.status, status=CheckoutSession.Status.COMPLETE, processing_since=None, completed_at=now)
    _leave(
        payment, Payment.Status.PROCESSING, status=Payment.Status.CAPTURED, captured_at=now, captured_cents=payment.amount_cents
    )


def book_capture(*, payment: Payment, session: CheckoutSession, lines: list[LineItem], tenders: list[Tender]) -> Receipt:
    """Book a payment that is captured as it is made: tenders, lines, ledger, receipt, events and what the network must hear.

    In the transaction of `complete_payment`, so that all of it becomes true at once.
    """
    for tender in tenders:
        tender.status, tender.captured_cents = Tender.Status.CAPTURED, tender.approved_cents
    captured = Tender.objects.filter(payment=payment, status=Tender.Status.APPROVED).update(
        status=Tender.Status.CAPTURED, captured_cents=F("approved_cents")
    )
    if captured != len(tenders):
        raise PaymentOvertaken()
    capture = Capture(payment=payment, number=1, amount_cents=payment.amount_cents)
    receipt = _book(capture, session, tenders, planned_parts(lines, tenders))
    told = summary(payment, session, tenders)
    record_events(
        merchant=session.merchant, events=[_captured(capture, told), ("checkout.session.completed", session.public_id, told)]
    )
    return receipt


@transaction.atomic
def capture_session(
    *,
    session: CheckoutSession,
    units: Mapping[int, int | None] | None = None,
    amount_cents: int | None = None,
    is_final: bool = False,
) -> CheckoutSession:
    """Capture what an authorised session holds, or a part of it, and return it as it stands. Safe beside itself.

    units: line position -> units shipped now (None: all that are left); each tender is asked for what these units put on it.
    amount_cents: instead, an amount spread over all that is left. With neither, everything: that is also safe to repeat.
    is_final: let go of what is still held afterwards; the last of MOST_CAPTURES has to be, or take all. Raises SessionNotAuthorised, CaptureInvalid, CaptureTooLarge,
    LetterAwaited.
    """
    current = lock_session(session.pk)
    takes_all = units is None and amount_cents is None
    if current.status == CheckoutSession.Status.COMPLETE and takes_all:
        return current
    payment = current.payments.select_for_update().filter(status__in=[Payment.Status.AUTHORISED, Payment.Status.CAPTURED]).first()
    if payment is None or current.status != CheckoutSession.Status.AUTHORISED:
        raise SessionNotAuthorised(f"This session is {current.status}: only an authorised one can be captured.")
    if LetterHold.objects.filter(payment=payment, status=LetterHold.Status.WAITING).exists():
        raise LetterAwaited()
    if current.is_over:
        raise SessionNotAuthorised("The hold on the cards has aged and is being released: open a new session.")
    if not takes_all and not is_final and payment.captures.count() >= MOST_CAPTURES - 1:
        raise CaptureInvalid(
            f"A payment is captured {MOST_CAPTURES} times at most: take all that is left, or make this the last.",
            param="is_final",
        )
    tenders = list(payment.tenders.select_for_update().filter(status__in=[Tender.Status.APPROVED, Tender.Status.CAPTURED]))
    lines = lines_of(current)
    chosen, shipped = _chosen(payment, lines, tenders, units, amount_cents)
    _take(payment, current, tenders, chosen, shipped)
    if is_final or not any(tender.held_cents for tender in tenders):
        close_captured(session=current, payment=payment, tenders=tenders)
    return current


def _chosen(
    payment: Payment,
    lines: Sequence[LineItem],
    tenders: Sequence[Tender],
    units: Mapping[int, int | None] | None,
    amount_cents: int | None,
) -> tuple[Parts, dict[str, int]]:
    """What this capture takes from which card for which line, and the units shipped with it."""
    plan = planned_parts(lines, tenders)
    captures = list(payment.captures.all())
    left = parts_left(plan, _taken(tenders)) if captures else plan
    if amount_cents is not None:
        if units is not None:
            raise CaptureInvalid("Say which lines are shipped, or an amount, not both.", param="amount_cents")
        return parts_of_amount(left, amount_cents), {}
    before = _shipped(captures)
    wanted: Mapping[int, int | None] = units if units is not None else {line.position: None for line in lines}
    by_position = {line.position: line for line in lines}
    chosen: Parts = {}
    shipped = {}
    for position, asked in wanted.items():
        line = by_position.get(position)
        if line is None:
            raise CaptureInvalid(
                f"This order has no line at position {position}: its lines are 0 to {len(lines) - 1}.", param="line_items"
            )
        remaining = line.quantity - before.get(position, 0)
        count = remaining if asked is None else asked
        if count > remaining or (count < 1 and units is not None):
            raise CaptureTooLarge(
                f"Of “{line.title}” {remaining} of {line.quantity} are left to ship, not {count}.", param="line_items"
            )
        if units is None:  # everything: also what captures by amount have left over of units shipped before
            chosen |= {key: cents for key, cents in left.items() if key[1] == line.pk}
        else:
            chosen |= parts_shipped(plan, left, line, shipped_before=before.get(position, 0), units=count)
        if count:
            shipped[str(position)] = count
    if not chosen:
        raise CaptureInvalid("These units cost nothing that is still held: there is nothing to take.", param="line_items")
    return chosen, shipped


def _taken(tenders: Sequence[Tender]) -> Parts:
    taken: Parts = {}
    for part in TenderLine.objects.filter(tender__in=tenders):
        key = (part.tender_id, part.line_id)
        taken[key] = taken.get(key, 0) + part.amount_cents
    return taken


def _shipped(captures: Sequence[Capture]) -> dict[int, int]:
    counted: dict[int, int] = {}
    for capture in captures:
        for position, count in capture.shipped.items():
            counted[int(position)] = counted.get(int(position), 0) + count
    return counted


def _take(payment: Payment, session: CheckoutSession, tenders: Sequence[Tender], parts: Parts, shipped: dict[str, int]) -> None:
    """Book one capture of a held payment. The caller holds the session's, the payment's and the tenders' rows."""
    by_tender = {tender.pk: sum(cents for (pk, _), cents in parts.items() if pk == tender.pk) for tender in tenders}
    charged = [tender for tender in tenders if by_tender[tender.pk]]
    for tender in charged:
        cents = by_tender[tender.pk]
        Tender.objects.filter(pk=tender.pk).update(status=Tender.Status.CAPTURED, captured_cents=F("captured_cents") + cents)
        tender.status, tender.captured_cents = Tender.Status.CAPTURED, tender.captured_cents + cents
    number, amount_cents = payment.captures.count() + 1, sum(parts.values())
    payment.captured_cents += amount_cents
    payment.status, payment.captured_at = Payment.Status.CAPTURED, payment.captured_at or timezone.now()
    payment.save(update_fields=["captured_cents", "status", "captured_at"])
    capture = Capture(payment=payment, number=number, amount_cents=amount_cents, shipped=shipped)
    _book(capture, session, charged, parts)
    record_events(merchant=session.merchant, events=[_captured(capture, summary(payment, session, tenders))])


def _book(capture: Capture, session: CheckoutSession, tenders: Sequence[Tender], parts: Parts) -> Receipt:
    """Write one capture down, in the caller's transaction: its row and parts, the book, the receipt, the completions."""
    payment = capture.payment
    capture.save(force_insert=True)
    TenderLine.objects.bulk_create(
        TenderLine(tender_id=tender, line_id=line, capture_number=capture.number, amount_cents=cents)
        for (tender, line), cents in parts.items()
    )
    sums = [(tender, sum(cents for (pk, _), cents in parts.items() if pk == tender.pk)) for tender in tenders]
    queue_advices(NetworkAdvice.Kind.COMPLETION, sums, subject="" if capture.number == 1 else str(capture.number))
    _post(capture, session, sums)
    receipt = _issue_receipt(payment, session) if capture.number == 1 else payment.receipt
    record_about(
        payment,
        "captured",
        details={"session": session.public_id, "amount_cents": capture.amount_cents, "receipt": receipt.public_id},
    )
    return receipt


def _captured(capture: Capture, told: dict[str, object]) -> tuple[str, str, dict[str, object]]:
    return (
        "payment.captured",
        capture.payment.public_id,
        {**told, "capture": capture.public_id, "amount_cents": capture.amount_cents},
    )


def _leave(row: CheckoutSession | Payment, before: str, **fields: object) -> None:
    """Guarded in SQL: only one process can move a row out of a state."""
    if not type(row)._default_manager.filter(pk=row.pk, status=before).update(**fields):
        raise PaymentOvertaken()
    for name, value in fields.items():
        setattr(row, name, value)


def entry_reference(capture: Capture) -> str:
    """What names the capture in the book: the payment for its first, which most payments have alone."""
    return f"capture:{capture.payment.public_id}" + (f":{capture.number}" if capture.number > 1 else "")


def _post(capture: Capture, session: CheckoutSession, sums: Sequence[tuple[Tender, int]]) -> None:
    kinds = list(dict.fromkeys(RECEIVABLE[Tender.Kind(tender.kind)] for tender, _ in sums))
    *receivable, payable = accounts_of([*((kind, None) for kind in kinds), (Account.Kind.MERCHANT_PAYABLE, session.merchant)])
    cents_of = {kind: sum(cents for tender, cents in sums if RECEIVABLE[Tender.Kind(tender.kind)] == kind) for kind in kinds}
    legs = {account: cents_of[kind] for account, kind in zip(receivable, kinds, strict=True)}
    post_entry(
        reference=entry_reference(capture), legs={**legs, payable: -capture.amount_cents}, merchant=session.merchant,
        description=f"Sale {session.client_reference_id or session.public_id}"[:200],
    )  # fmt: skip


def _issue_receipt(payment: Payment, session: CheckoutSession) -> Receipt:
    merchant = session.merchant
    note_receipt_mail(session)
    return Receipt.objects.create(
        payment=payment, number=_receipt_number(), seller_name=merchant.legal_name, seller_address=merchant.address,
        sale_on=timezone.localdate(payment.captured_at, merchant.zone),
    )  # fmt: skip


def _receipt_number() -> str:
    return f"R{timezone.now():%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _ in range(10)).upper()


def _amount(payment: Payment, session: CheckoutSession) -> dict[str, object]:
    return {"session": session.public_id, "amount_cents": payment.amount_cents}
