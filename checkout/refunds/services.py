"""Refunding: booked at once, told to the network until it answers, never more than was captured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F

from checkout.locking import lock_session
from checkout.models import NetworkAdvice, Payment, Refund, RefundLeg, RefundPart, Tender
from checkout.refunds.allocation import Asked
from checkout.refunds.errors import RefundOvertaken, RefundTooLarge
from checkout.refunds.preview import Preview, preview_refund
from checkout.refunds.telling import told_of
from checkout.services.capture import RECEIVABLE
from checkout.services.release import VOID, VOID_HOLD, queue_advices
from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.models import Merchant
from merchants.services import record_events
from vault.audit.services import record_about


@transaction.atomic
def create_refund(
    *,
    payment: Payment,
    asked: Sequence[Asked] = (),
    amount_cents: int | None = None,
    reason: str = Refund.Reason.REQUESTED,
    note: str = "",
    refunded_before_cents: int | None = None,
    is_void: bool = False,
) -> Refund:
    """Give money of a captured payment back to the cards that paid, and return the refund, pending.

    asked, amount_cents: as in `preview_refund`; with neither, all that is left. The book changes now; the network hears of it
    from the outbox, until it answers. Safe beside itself: refunds of one payment wait for each other, and each sees what those
    before it gave back. refunded_before_cents: what the asker saw as given back so far; if it is another sum by now, RefundOvertaken.
    is_void: the network has not cleared the charge yet, so that its completion and then its hold are reversed.
    Every call is a refund of its own: the Idempotency-Key is what makes a repeat harmless.
    """
    lock_session(payment.session_id)
    current = Payment.objects.select_related("session__merchant", "merchant").select_for_update(of=("self",)).get(pk=payment.pk)
    list(current.tenders.select_for_update().order_by("pk"))
    if refunded_before_cents is not None and current.refunded_cents != refunded_before_cents:
        raise RefundOvertaken()
    plan = preview_refund(payment=current, asked=asked, amount_cents=amount_cents)
    if is_void and plan.amount_cents != current.captured_cents:  # a sale is void as a whole or not at all
        raise RefundTooLarge(
            "A bank has taken back some of this sale: only the rest can be refunded.", refundable_cents=plan.refundable_cents
        )
    refund = Refund.objects.create(
        payment=current, merchant=current.merchant, amount_cents=plan.amount_cents, reason=reason, note=note, is_void=is_void,
        returned=_units(plan, asked, is_whole=not asked and amount_cents is None),
    )  # fmt: skip
    legs = _write_legs(refund, plan)
    Payment.objects.filter(pk=current.pk).update(refunded_cents=F("refunded_cents") + refund.amount_cents)
    post_refund(reference=f"refund:{refund.public_id}", refund=refund, legs=[(leg.tender, leg.amount_cents) for leg in legs])
    record_about(refund, "created", details={"payment": current.public_id, "amount_cents": refund.amount_cents, "reason": reason})
    record_events(merchant=current.merchant, events=[("refund.created", refund.public_id, told_of(refund, legs))])
    return refund


def _write_legs(refund: Refund, plan: Preview) -> list[RefundLeg]:
    """The refund's legs and parts, and the message for each card."""
    sums = [(tender, plan.cents_to(pk)) for pk, tender in plan.tenders.items() if plan.cents_to(pk)]
    if refund.is_void:  # the completion first: what it took is held again, and then let go
        advices = queue_advices(NetworkAdvice.Kind.REVERSAL, sums, subject=VOID)
        queue_advices(NetworkAdvice.Kind.REVERSAL, sums, subject=VOID_HOLD)
    else:
        advices = queue_advices(NetworkAdvice.Kind.REFUND, sums, subject=refund.public_id)
    legs = RefundLeg.objects.bulk_create(
        RefundLeg(refund=refund, tender=tender, amount_cents=cents, advice=advice)
        for (tender, cents), advice in zip(sums, advices, strict=True)
    )
    for tender, cents in sums:
        Tender.objects.filter(pk=tender.pk).update(refunded_cents=F("refunded_cents") + cents)
    by_tender = {leg.tender_id: leg for leg in legs}
    RefundPart.objects.bulk_create(
        RefundPart(leg=by_tender[share.card_id], line=plan.lines[share.position], amount_cents=share.amount_cents)
        for share in plan.shares
    )
    return legs


def _units(plan: Preview, asked: Sequence[Asked], *, is_whole: bool) -> dict[str, int]:
    """Position -> units given back, where units were named; a whole line brings all that are left."""
    left = {line.position: line.units_charged - line.units_returned for line in plan.charged}
    wishes = [Asked(position) for position in left] if is_whole else asked
    units = {
        wish.position: left[wish.position] if wish.quantity is None else wish.quantity
        for wish in wishes
        if wish.amount_cents is None
    }
    return {str(position): count for position, count in units.items() if count > 0}


def post_refund(*, reference: str, refund: Refund, legs: Iterable[tuple[Tender, int]], is_taken_back: bool = False) -> None:
    """Book what goes back to the cards: the merchant's balance falls by it, and so does what the network owes us.

    is_taken_back: the other way round, for what the network would not give back.
    """
    sign = -1 if is_taken_back else 1
    cents_of: dict[Account.Kind, int] = {}
    for tender, cents in legs:
        kind = RECEIVABLE[Tender.Kind(tender.kind)]
        cents_of[kind] = cents_of.get(kind, 0) + sign * cents
    merchant: Merchant = refund.merchant
    *receivable, payable = accounts_of([*((kind, None) for kind in cents_of), (Account.Kind.MERCHANT_PAYABLE, merchant)])
    post_entry(
        reference=reference, merchant=merchant,
        legs={account: -cents for account, cents in zip(receivable, cents_of.values(), strict=True)} | {payable: sum(cents_of.values())},
        description=f"{'Failed refund' if is_taken_back else 'Refund'} {refund.payment.session.client_reference_id or refund.payment.session.public_id}"[:200],
    )  # fmt: skip
