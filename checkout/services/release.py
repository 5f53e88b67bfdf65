"""Giving money back that was held but will not be taken."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from checkout.locking import lock_session
from checkout.models import CheckoutSession, NetworkAdvice, Payment, Tender
from checkout.network.types import AuthorisationResult
from checkout.references import next_references
from merchants.services import record_events
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
SWEEP = 500  # rows of one sweep; the next one comes in seconds
# An authorisation ages: issuers release card holds after seven days, so we let go a little before.
HOLD_LIFE = timedelta(days=6, hours=22)


def release_tenders(tenders: Iterable[Tender]) -> None:
    """Mark tenders reversed and queue their reversals, in the caller's transaction. Safe to repeat.

    A pending tender is reversed as well: nobody knows whether its question reached the network.
    """
    held = [t for t in tenders if t.status in {Tender.Status.PENDING, Tender.Status.APPROVED}]
    changed = [
        tender
        for tender in held
        if Tender.objects.filter(pk=tender.pk, status=tender.status).update(status=Tender.Status.REVERSED)
    ]
    queue_advices(NetworkAdvice.Kind.REVERSAL, [(tender, tender.approved_cents or tender.requested_cents) for tender in changed])


def queue_advices(kind: NetworkAdvice.Kind, amounts: list[tuple[Tender, int]]) -> None:
    """Write what the network must acknowledge, in the caller's transaction; the sender repeats it until it does."""
    if not amounts:
        return
    now = timezone.now()
    NetworkAdvice.objects.bulk_create(
        [
            NetworkAdvice(tender=tender, kind=kind, amount_cents=cents, stan=ref.stan, rrn=ref.rrn, next_attempt_at=now)
            for (tender, cents), ref in zip(amounts, next_references(len(amounts)), strict=True)
        ],
        ignore_conflicts=True,  # a tender is completed or reversed once
    )


@transaction.atomic
def fail_payment(*, payment: Payment, code: str, message: str) -> bool:
    """End an attempt: release what it held, open the session again. Returns False if it had ended before."""
    lock_session(payment.session_id)
    ended = Payment.objects.filter(pk=payment.pk, status=Payment.Status.PROCESSING).update(
        status=Payment.Status.FAILED, failure_code=code, failure_message=message
    )
    if not ended:
        return False
    release_tenders(Tender.objects.filter(payment=payment))
    CheckoutSession.objects.filter(pk=payment.session_id, status=CheckoutSession.Status.PROCESSING).update(
        status=CheckoutSession.Status.OPEN, processing_since=None
    )
    record_about(payment, "failed", details={"session": payment.session.public_id, "code": code})
    told = {"session": payment.session.public_id, "code": code, "message": message}
    record_events(merchant=payment.merchant, events=[("payment.failed", payment.public_id, told)])
    return True


@transaction.atomic
def reverse_again(*, tender: Tender, answer: AuthorisationResult) -> None:
    """An approval came for a tender that was released meanwhile: note it, and send its reversal once more.

    The first reversal may have reached the network before the question did.
    """
    if answer.approved_cents == 0:
        return
    Tender.objects.filter(pk=tender.pk, status=Tender.Status.REVERSED).update(
        response_code=answer.response_code, auth_code=answer.auth_code, network_reference=answer.network_reference
    )
    NetworkAdvice.objects.filter(tender=tender, kind=NetworkAdvice.Kind.REVERSAL).update(
        acknowledged_at=None, is_refused=False, next_attempt_at=timezone.now()
    )


def recover_interrupted() -> int:
    """End every attempt whose process died between its steps; returns how many. Safe beside itself and the living."""
    too_old = timezone.now() - timedelta(seconds=settings.SALE_DEADLINE_S)
    stuck = Payment.objects.select_related("session", "merchant").filter(
        status=Payment.Status.PROCESSING, session__status=CheckoutSession.Status.PROCESSING, session__processing_since__lt=too_old
    )
    return sum(_recovered(payment) for payment in stuck[:SWEEP])


def _recovered(payment: Payment) -> bool:
    """One that cannot be ended now must not keep the others waiting: the next sweep tries it again."""
    try:
        return fail_payment(payment=payment, code="interrupted", message="The payment was interrupted; nothing was charged.")
    except DatabaseError:
        logger.exception("payment %s could not be ended", payment.public_id)
        return False


@transaction.atomic
def expire_session(*, session: CheckoutSession) -> bool:
    """Close a session that will not be paid, releasing what it holds. Returns False if it was not open or authorised."""
    lock_session(session.pk)
    ended = CheckoutSession.objects.filter(
        pk=session.pk, status__in=[CheckoutSession.Status.OPEN, CheckoutSession.Status.AUTHORISED]
    ).update(status=CheckoutSession.Status.EXPIRED)
    if not ended:
        return False
    for payment in session.payments.filter(status=Payment.Status.AUTHORISED):
        Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.VOIDED)
        release_tenders(payment.tenders.all())
        record_about(payment, "voided", details={"session": session.public_id, "amount_cents": payment.amount_cents})
    record_about(session, "expired")
    record_events(
        merchant=session.merchant, events=[("checkout.session.expired", session.public_id, {"session": session.public_id})]
    )
    return True


def expire_old_sessions() -> int:
    """Expire sessions past their time; returns how many."""
    old = CheckoutSession.objects.select_related("merchant").filter(
        expires_at__lt=timezone.now(), status__in=[CheckoutSession.Status.OPEN, CheckoutSession.Status.AUTHORISED]
    )
    return sum(expire_session(session=session) for session in old[:SWEEP])
