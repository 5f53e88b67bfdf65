"""Giving money back that was held but will not be taken."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from checkout.holds import WARNING
from checkout.locking import lock_session
from checkout.models import CheckoutSession, LetterHold, NetworkAdvice, Payment, Tender
from checkout.network.types import AuthorisationResult
from checkout.references import next_references
from checkout.services.telling import summary
from merchants.services import record_events
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
SWEEP = 500  # rows of one sweep; the next one comes in seconds
VOID, VOID_HOLD = "void", "void_hold"  # of the reversals of a completion that is not cleared yet, and of the hold it came from
HOLDING = (Tender.Status.PENDING, Tender.Status.APPROVED)  # may hold a shopper's money that nobody took yet
ENDED = (Payment.Status.FAILED, Payment.Status.VOIDED)
REST = "rest"  # the subject of the reversal of what a captured tender still held


def release_tenders(tenders: Iterable[Tender], *, unsent: Tender | None = None) -> None:
    """Mark tenders reversed and queue their reversals, in the caller's transaction. Safe to repeat.

    unsent: the one whose question is known never to have left: no reversal of it is due.

    A pending tender is reversed as well: nobody knows whether its question reached the network. The rows count as they are once
    they are locked: whoever writes an answer down beside us has written it by then, or finds the tender reversed.
    """
    rows = Tender.objects.select_for_update().filter(pk__in=[tender.pk for tender in tenders], status__in=HOLDING)
    held = list(rows.order_by("pk"))
    Tender.objects.filter(pk__in=[tender.pk for tender in held]).update(status=Tender.Status.REVERSED)
    asked = [tender for tender in held if unsent is None or tender.pk != unsent.pk]
    queue_advices(NetworkAdvice.Kind.REVERSAL, [(tender, tender.approved_cents or tender.requested_cents) for tender in asked])


def queue_advices(kind: NetworkAdvice.Kind, amounts: Sequence[tuple[Tender, int]], *, subject: str = "") -> list[NetworkAdvice]:
    """Write what the network must acknowledge, in the caller's transaction; the sender repeats it until it does.

    subject: which of a tender's steps this is; one that was queued before is not queued again.
    """
    if not amounts:
        return []
    now = timezone.now()
    return NetworkAdvice.objects.bulk_create(
        [
            NetworkAdvice(
                tender=tender, kind=kind, subject=subject, amount_cents=cents, stan=ref.stan, rrn=ref.rrn, next_attempt_at=now
            )
            for (tender, cents), ref in zip(amounts, next_references(len(amounts)), strict=True)
        ],
        ignore_conflicts=kind == NetworkAdvice.Kind.REVERSAL and subject in ("", REST),  # a tender is reversed once, whoever asks for it
    )  # fmt: skip


def release_rest(tenders: Iterable[Tender]) -> int:
    """Let go of what captured tenders still hold, in the caller's transaction; returns the cents. Safe to repeat.

    An incremental reversal: it follows the tender's completions, and gives back only what they left.
    """
    held = [(tender, tender.held_cents) for tender in tenders if tender.held_cents]
    for tender, cents in held:
        Tender.objects.filter(pk=tender.pk).update(released_cents=F("released_cents") + cents)
        tender.released_cents += cents
    queue_advices(NetworkAdvice.Kind.REVERSAL, held, subject=REST)
    return sum(cents for _, cents in held)


@transaction.atomic
def fail_payment(
    *, payment: Payment, code: str, message: str, details: Mapping[str, object] | None = None, unsent: Tender | None = None
) -> bool:
    """End an attempt: release what it held, open the session again. Returns False if it had ended before.

    unsent: as in `release_tenders`.
    """
    lock_session(payment.session_id)
    ended = Payment.objects.filter(pk=payment.pk, status=Payment.Status.PROCESSING).update(
        status=Payment.Status.FAILED, failure_code=code, failure_message=message, failure_details=dict(details or {})
    )
    if not ended:
        return False
    release_tenders(Tender.objects.filter(payment=payment), unsent=unsent)
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
    if Payment.objects.select_for_update().filter(pk=tender.payment_id, status__in=ENDED).exists():
        release_tenders([tender])  # of an attempt that is over nothing stays held, whatever was written down of it
    Tender.objects.filter(pk=tender.pk, status=Tender.Status.REVERSED).update(
        response_code=answer.response_code, auth_code=answer.auth_code, network_reference=answer.network_reference
    )
    NetworkAdvice.objects.filter(tender=tender, kind=NetworkAdvice.Kind.REVERSAL, subject="").update(
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
    """Close a session whose time is over, releasing what it holds. Returns False if it was not open or authorised.

    What was captured of it stays captured: then the sale is complete with that, and only the rest is let go.
    """
    return _close(session, unpaid=CheckoutSession.Status.EXPIRED)


@transaction.atomic
def void_session(*, session: CheckoutSession) -> bool:
    """Let go of all that an authorised session holds and was not captured. Returns False if it holds nothing. Safe to repeat."""
    if lock_session(session.pk).status != CheckoutSession.Status.AUTHORISED:
        return False
    return _close(session, unpaid=CheckoutSession.Status.CANCELLED)


def _close(session: CheckoutSession, *, unpaid: CheckoutSession.Status) -> bool:
    current = lock_session(session.pk)
    if current.status not in {CheckoutSession.Status.OPEN, CheckoutSession.Status.AUTHORISED}:
        return False
    captured = current.payments.select_for_update().filter(status=Payment.Status.CAPTURED).first()
    if captured is not None:
        close_captured(session=current, payment=captured, tenders=list(captured.tenders.select_for_update()))
        return True
    CheckoutSession.objects.filter(pk=session.pk).update(status=unpaid)
    LetterHold.objects.filter(payment__session=session, status=LetterHold.Status.WAITING).update(
        status=LetterHold.Status.RELEASED, settled_at=timezone.now(), asking=None, asking_since=None
    )  # who still asks a bank about it finds itself overtaken
    events: list[tuple[str, str, Mapping[str, Any]]] = []
    for payment in current.payments.filter(status=Payment.Status.AUTHORISED):
        Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.VOIDED)
        release_tenders(payment.tenders.all())
        told: dict[str, object] = {"session": session.public_id, "amount_cents": payment.amount_cents}
        record_about(payment, "voided", details=told)
        events.append(("payment.voided", payment.public_id, told))
    if unpaid == CheckoutSession.Status.EXPIRED:
        record_about(session, "expired")
        events.append(("checkout.session.expired", session.public_id, {"session": session.public_id}))
    else:
        record_about(session, "cancelled")
        events.append(("checkout.session.cancelled", session.public_id, {"session": session.public_id}))
    record_events(merchant=session.merchant, events=events)
    return True


def close_captured(*, session: CheckoutSession, payment: Payment, tenders: Sequence[Tender]) -> None:
    """End a sale of which something was captured: let go of the rest, and tell. The caller holds the session's row."""
    released_cents = release_rest(tenders)
    now = timezone.now()
    CheckoutSession.objects.filter(pk=session.pk).update(
        status=CheckoutSession.Status.COMPLETE, processing_since=None, completed_at=now
    )
    session.status, session.processing_since, session.completed_at = CheckoutSession.Status.COMPLETE, None, now
    events: list[tuple[str, str, Mapping[str, Any]]] = [
        ("checkout.session.completed", session.public_id, summary(payment, session, tenders))
    ]
    if released_cents:
        told = {"session": session.public_id, "amount_captured_cents": payment.captured_cents, "released_cents": released_cents}
        record_about(payment, "rest_released", details=told)
        events.insert(0, ("payment.rest_released", payment.public_id, told))
    record_events(merchant=session.merchant, events=events)


def expire_old_sessions() -> int:
    """Expire sessions past their time; returns how many."""
    old = CheckoutSession.objects.select_related("merchant").filter(
        expires_at__lt=timezone.now(), status__in=[CheckoutSession.Status.OPEN, CheckoutSession.Status.AUTHORISED]
    )
    return sum(expire_session(session=session) for session in old[:SWEEP])


def warn_of_ageing_holds() -> int:
    """Tell merchants, once and a day before, that a hold will be let go; returns how many."""
    near = Payment.objects.select_related("session", "merchant").filter(
        session__status=CheckoutSession.Status.AUTHORISED, session__expires_at__lt=timezone.now() + WARNING,
        status__in=[Payment.Status.AUTHORISED, Payment.Status.CAPTURED], hold_warned_at=None,
    )  # fmt: skip
    return sum(_warn(payment) for payment in near[:SWEEP])


@transaction.atomic
def _warn(payment: Payment) -> bool:
    if not Payment.objects.filter(pk=payment.pk, hold_warned_at=None).update(hold_warned_at=timezone.now()):
        return False
    held_cents = sum(tender.held_cents for tender in payment.tenders.all())
    told = {"session": payment.session.public_id, "held_cents": held_cents, "ends_at": payment.session.expires_at.isoformat()}
    record_events(merchant=payment.merchant, events=[("payment.hold_expiring", payment.public_id, told)])
    return True
