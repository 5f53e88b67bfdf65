"""What the network said of refunds: done, or refused for good."""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from checkout.locking import lock_session
from checkout.models import Payment, Refund, RefundLeg, Tender
from checkout.refunds.services import post_refund
from checkout.refunds.telling import told_of
from merchants.services import record_events
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
SWEEP = 500


def settle_answered_refunds() -> int:
    """Write down what became of each leg whose message the network has answered; returns how many. Safe to repeat and beside itself.

    A sender that died after the answer leaves the leg pending: the next sweep finds it.
    """
    answered = RefundLeg.objects.filter(status=RefundLeg.Status.PENDING, advice__acknowledged_at__isnull=False)
    return sum(_settled(leg) for leg in answered.select_related("refund__payment").order_by("pk")[:SWEEP])


def _settled(leg: RefundLeg) -> bool:
    """One that cannot be settled now must not keep the others waiting: the next sweep tries it again."""
    try:
        return _settle(leg)
    except DatabaseError:
        logger.exception("a leg of refund %s could not be settled", leg.refund.public_id)
        return False


@transaction.atomic
def _settle(leg: RefundLeg) -> bool:
    lock_session(leg.refund.payment.session_id)
    refund = (
        Refund.objects.select_related("payment__session__merchant", "merchant")
        .select_for_update(of=("self",))
        .get(pk=leg.refund_id)
    )
    legs = list(refund.legs.select_related("tender", "advice").order_by("tender__position"))
    mine = next(one for one in legs if one.pk == leg.pk)
    if mine.status != RefundLeg.Status.PENDING or mine.advice.acknowledged_at is None:
        return False
    mine.status = RefundLeg.Status.FAILED if mine.advice.is_refused else RefundLeg.Status.SUCCEEDED
    mine.save(update_fields=["status"])
    if mine.status == RefundLeg.Status.FAILED:
        _take_back(refund, mine)
    if any(one.status == RefundLeg.Status.PENDING for one in legs):
        refund.save(update_fields=["failed_cents"])
        return True
    failed = [one for one in legs if one.status == RefundLeg.Status.FAILED]
    refund.status = (
        Refund.Status.SUCCEEDED
        if not failed
        else Refund.Status.FAILED
        if len(failed) == len(legs)
        else Refund.Status.PARTLY_FAILED
    )
    refund.settled_at = timezone.now()
    refund.save(update_fields=["status", "settled_at", "failed_cents"])
    verb = "failed" if failed else "succeeded"
    record_about(refund, verb, details={"payment": refund.payment.public_id, "failed_cents": refund.failed_cents})
    record_events(merchant=refund.merchant, events=[(f"refund.{verb}", refund.public_id, told_of(refund, legs))])
    return True


def _take_back(refund: Refund, leg: RefundLeg) -> None:
    """What the network would not give back is the merchant's again, and may be refunded anew."""
    refund.failed_cents += leg.amount_cents
    Tender.objects.filter(pk=leg.tender_id).update(refunded_cents=F("refunded_cents") - leg.amount_cents)
    Payment.objects.filter(pk=refund.payment_id).update(refunded_cents=F("refunded_cents") - leg.amount_cents)
    post_refund(
        reference=f"refund_failed:{refund.public_id}:{leg.tender.position}", refund=refund, legs=[(leg.tender, leg.amount_cents)],
        is_taken_back=True,
    )  # fmt: skip
