"""Taking the approved money: the sale's facts all become true in one database transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from checkout.errors import PaymentOvertaken, SessionNotAuthorised
from checkout.locking import lock_session
from checkout.models import CheckoutSession, LineItem, NetworkAdvice, Payment, Receipt, Tender, TenderLine
from checkout.selectors import lines_of
from checkout.services.release import HOLD_LIFE, queue_advices
from common.ids import ALPHABET
from common.money import allocate
from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.services import record_events
from vault.audit.services import record_about

RECEIVABLE = {Tender.Kind.BENEFIT: Account.Kind.NETWORK_BENEFIT, Tender.Kind.ORDINARY: Account.Kind.NETWORK_ORDINARY}


def hold_payment(*, payment: Payment, session: CheckoutSession) -> None:
    """Keep an approved payment uncaptured until the merchant captures it or the hold ages. In the caller's transaction."""
    _leave(
        session, CheckoutSession.Status.PROCESSING, status=CheckoutSession.Status.AUTHORISED, processing_since=None,
        expires_at=timezone.now() + HOLD_LIFE,
    )  # fmt: skip
    _leave(payment, Payment.Status.PROCESSING, status=Payment.Status.AUTHORISED)
    record_about(payment, "authorised", details=_amount(payment, session))


def tell_held(*, payment: Payment, session: CheckoutSession, tenders: Sequence[Tender]) -> None:
    """Record the event of a held sale; after the last card's answer is written down, which it tells."""
    told = _summary(payment, session, tenders)
    record_events(merchant=session.merchant, events=[("checkout.session.authorised", session.public_id, told)])


def complete_payment(*, payment: Payment, session: CheckoutSession) -> None:
    """Move session and payment, in this order, to their last state; raises PaymentOvertaken if somebody else was first."""
    now = timezone.now()
    before = Payment.Status.AUTHORISED if session.status == CheckoutSession.Status.AUTHORISED else Payment.Status.PROCESSING
    _leave(session, session.status, status=CheckoutSession.Status.COMPLETE, processing_since=None, completed_at=now)
    _leave(payment, before, status=Payment.Status.CAPTURED, captured_at=now)


def book_capture(*, payment: Payment, session: CheckoutSession, lines: list[LineItem], tenders: list[Tender]) -> Receipt:
    """Book a completed payment: tenders, lines, ledger, receipt, events and what the network must hear.

    In the transaction of `complete_payment`, so that all of it becomes true at once.
    """
    for tender in tenders:
        tender.status = Tender.Status.CAPTURED
    captured = Tender.objects.filter(payment=payment, status=Tender.Status.APPROVED).update(status=Tender.Status.CAPTURED)
    if captured != len(tenders):
        raise PaymentOvertaken()
    TenderLine.objects.bulk_create(_line_parts(lines, tenders))
    queue_advices(NetworkAdvice.Kind.COMPLETION, [(tender, tender.approved_cents) for tender in tenders])
    _post(payment, session, tenders)
    receipt = _issue_receipt(payment, session)
    record_about(payment, "captured", details={**_amount(payment, session), "receipt": receipt.public_id})
    summary = _summary(payment, session, tenders)
    record_events(
        merchant=session.merchant,
        events=[("payment.captured", payment.public_id, summary), ("checkout.session.completed", session.public_id, summary)],
    )
    return receipt


@transaction.atomic
def capture_session(*, session: CheckoutSession) -> CheckoutSession:
    """Capture an authorised session in full, and return it as it stands. Safe to repeat and beside itself."""
    current = lock_session(session.pk)
    if current.status == CheckoutSession.Status.COMPLETE:
        return current
    payment = current.payments.filter(status=Payment.Status.AUTHORISED).first()
    if payment is None or current.status != CheckoutSession.Status.AUTHORISED:
        raise SessionNotAuthorised(f"This session is {current.status}: only an authorised one can be captured.")
    if current.is_over:
        raise SessionNotAuthorised("The hold on the cards has aged and is being released: open a new session.")
    complete_payment(payment=payment, session=current)
    tenders = list(payment.tenders.filter(status=Tender.Status.APPROVED))
    book_capture(payment=payment, session=current, lines=lines_of(current), tenders=tenders)
    return current


def _leave(row: CheckoutSession | Payment, before: str, **fields: object) -> None:
    """Guarded in SQL: only one process can move a row out of a state."""
    if not type(row)._default_manager.filter(pk=row.pk, status=before).update(**fields):
        raise PaymentOvertaken()
    for name, value in fields.items():
        setattr(row, name, value)


def _line_parts(lines: list[LineItem], tenders: list[Tender]) -> list[TenderLine]:
    """What each tender paid of each line: the benefit card its approved part, as it was asked; the other card the rest."""
    benefit = next((tender for tender in tenders if tender.kind == Tender.Kind.BENEFIT), None)
    other = next((tender for tender in tenders if tender.kind == Tender.Kind.ORDINARY), None)
    on_benefit = _benefit_parts(benefit) if benefit else {}
    parts = []
    for line in lines:
        paid = on_benefit.get(str(line.position), 0)
        for tender, cents in ((benefit, paid), (other, line.total_cents - paid)):
            if tender and cents:
                parts.append(TenderLine(tender=tender, line=line, amount_cents=cents))
    return parts


def _benefit_parts(tender: Tender) -> dict[str, int]:
    """Line position -> cents of what was approved, in proportion to what was asked for each line."""
    shares = allocate(tender.approved_cents, list(tender.line_weights.values()))
    return dict(zip(tender.line_weights, shares, strict=True))


def _post(payment: Payment, session: CheckoutSession, tenders: list[Tender]) -> None:
    wanted = [(RECEIVABLE[Tender.Kind(tender.kind)], None) for tender in tenders]
    *receivable, payable = accounts_of([*wanted, (Account.Kind.MERCHANT_PAYABLE, session.merchant)])
    legs = {account: tender.approved_cents for account, tender in zip(receivable, tenders, strict=True)}
    post_entry(
        reference=f"capture:{payment.public_id}", legs={**legs, payable: -payment.amount_cents}, merchant=session.merchant,
        description=f"Sale {session.client_reference_id or session.public_id}"[:200],
    )  # fmt: skip


def _issue_receipt(payment: Payment, session: CheckoutSession) -> Receipt:
    merchant = session.merchant
    return Receipt.objects.create(
        payment=payment, number=_receipt_number(), seller_name=merchant.legal_name, seller_address=merchant.address,
        sale_on=timezone.localdate(payment.captured_at, merchant.zone),
    )  # fmt: skip


def _receipt_number() -> str:
    return f"R{timezone.now():%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _ in range(10)).upper()


def _amount(payment: Payment, session: CheckoutSession) -> dict[str, object]:
    return {"session": session.public_id, "amount_cents": payment.amount_cents}


def _summary(payment: Payment, session: CheckoutSession, tenders: Sequence[Tender]) -> dict[str, object]:
    """What an event tells of a sale: `data` of docs/webhooks.md."""
    return {
        "session": session.public_id, "payment": payment.public_id, "amount_total_cents": session.amount_total_cents,
        "currency": session.currency, "client_reference_id": session.client_reference_id, "metadata": session.metadata,
        "tenders": [
            {"kind": t.kind, "network": t.network, "account_kind": t.account_kind, "last4": t.last4, "approved_cents": t.approved_cents}
            for t in tenders
        ],
    }  # fmt: skip
