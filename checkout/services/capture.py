"""Taking the approved money: the sale's facts all become true in one database transaction."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from checkout.errors import PaymentOvertaken, SessionNotAuthorised
from checkout.models import CheckoutSession, LineItem, NetworkAdvice, Payment, Receipt, Tender, TenderLine
from checkout.selectors import lines_of
from checkout.services.release import HOLD_LIFE, queue_advices
from checkout.split import split_for
from common.ids import ALPHABET
from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.services import record_events

RECEIVABLE = {Tender.Kind.BENEFIT: Account.Kind.NETWORK_BENEFIT, Tender.Kind.ORDINARY: Account.Kind.NETWORK_ORDINARY}


@transaction.atomic(savepoint=False)
def hold_payment(*, payment: Payment, session: CheckoutSession) -> None:
    """Keep an approved payment uncaptured until the merchant captures it or the hold ages."""
    _leave(payment, Payment.Status.PROCESSING, status=Payment.Status.AUTHORISED)
    _leave(
        session, CheckoutSession.Status.PROCESSING, status=CheckoutSession.Status.AUTHORISED, processing_since=None,
        expires_at=timezone.now() + HOLD_LIFE,
    )  # fmt: skip
    record_events(
        merchant=session.merchant, events=[("checkout.session.authorised", session.public_id, _summary(payment, session))]
    )


@transaction.atomic(savepoint=False)
def capture_payment(*, payment: Payment, session: CheckoutSession, lines: list[LineItem], tenders: list[Tender]) -> Receipt:
    """Capture every tender of an approved payment: lines, book, receipt, events and what the network must hear.

    Raises PaymentOvertaken if the attempt was released meanwhile; then nothing is changed.
    """
    now = timezone.now()
    before = CheckoutSession.Status(session.status)
    approved = Payment.Status.AUTHORISED if before == CheckoutSession.Status.AUTHORISED else Payment.Status.PROCESSING
    _leave(payment, approved, status=Payment.Status.CAPTURED, captured_at=now)
    _leave(session, before, status=CheckoutSession.Status.COMPLETE, processing_since=None, completed_at=now)
    for tender in tenders:
        tender.status = Tender.Status.CAPTURED
    captured = Tender.objects.filter(payment=payment, status=Tender.Status.APPROVED).update(status=Tender.Status.CAPTURED)
    if captured != len(tenders):
        raise PaymentOvertaken()
    TenderLine.objects.bulk_create(_line_parts(session, lines, tenders))
    queue_advices(NetworkAdvice.Kind.COMPLETION, [(tender, tender.approved_cents) for tender in tenders])
    _post(payment, session, tenders)
    receipt = Receipt.objects.create(payment=payment, number=_receipt_number())
    summary = _summary(payment, session)
    record_events(
        merchant=session.merchant,
        events=[("payment.captured", payment.public_id, summary), ("checkout.session.completed", session.public_id, summary)],
    )
    return receipt


def capture_session(*, session: CheckoutSession) -> CheckoutSession:
    """Capture an authorised session in full. Safe to repeat: a complete session stays as it is."""
    if session.status == CheckoutSession.Status.COMPLETE:
        return session
    payment = session.payments.filter(status=Payment.Status.AUTHORISED).first()
    if payment is None:
        raise SessionNotAuthorised(f"This session is {session.status}: only an authorised one can be captured.")
    tenders = list(payment.tenders.filter(status=Tender.Status.APPROVED))
    capture_payment(payment=payment, session=session, lines=lines_of(session), tenders=tenders)
    return session


def _leave(row: CheckoutSession | Payment, before: str, **fields: object) -> None:
    """Guarded in SQL: only one process can move a row out of a state."""
    if not type(row)._default_manager.filter(pk=row.pk, status=before).update(**fields):
        raise PaymentOvertaken()
    for name, value in fields.items():
        setattr(row, name, value)


def _line_parts(session: CheckoutSession, lines: list[LineItem], tenders: list[Tender]) -> list[TenderLine]:
    """What each tender paid of each line: the benefit card its approved part, the other card the rest."""
    benefit = next((tender for tender in tenders if tender.kind == Tender.Kind.BENEFIT), None)
    other = next((tender for tender in tenders if tender.kind == Tender.Kind.ORDINARY), None)
    on_benefit = split_for(lines, session.merchant, benefit.account_kind).benefit_parts(benefit.approved_cents) if benefit else {}
    parts = []
    for line in lines:
        paid = on_benefit.get(line.position, 0)
        for tender, cents in ((benefit, paid), (other, line.total_cents - paid)):
            if tender and cents:
                parts.append(TenderLine(tender=tender, line=line, amount_cents=cents))
    return parts


def _post(payment: Payment, session: CheckoutSession, tenders: list[Tender]) -> None:
    wanted = [(RECEIVABLE[Tender.Kind(tender.kind)], None) for tender in tenders]
    *receivable, payable = accounts_of([*wanted, (Account.Kind.MERCHANT_PAYABLE, session.merchant)])
    legs = {account: tender.approved_cents for account, tender in zip(receivable, tenders, strict=True)}
    post_entry(
        reference=f"capture:{payment.public_id}", legs={**legs, payable: -payment.amount_cents}, merchant=session.merchant,
        description=f"Sale {session.client_reference_id or session.public_id}"[:200],
    )  # fmt: skip


def _receipt_number() -> str:
    return f"R{timezone.now():%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _ in range(10)).upper()


def _summary(payment: Payment, session: CheckoutSession) -> dict[str, object]:
    return {
        "session": session.public_id, "payment": payment.public_id, "amount_total_cents": session.amount_total_cents,
        "currency": session.currency, "client_reference_id": session.client_reference_id, "metadata": session.metadata,
    }  # fmt: skip
