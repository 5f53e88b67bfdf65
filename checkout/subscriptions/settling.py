"""What a charge of one period leads to. In the caller's transaction, which holds the locks of subscription and renewal."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from checkout.models import CheckoutSession, Renewal, SavedCard, Subscription
from checkout.subscriptions.dunning import Next, Then, next_step
from checkout.subscriptions.telling import changed_verdicts, tell, write_paid, write_refused
from common.errors import PlatformError
from vault.audit.services import record_about

Status = Subscription.Status


def settle_paid(*, renewal: Renewal, session: CheckoutSession) -> None:
    """The period is paid."""
    subscription = renewal.subscription
    renewal.status, renewal.session, renewal.ended_at = Renewal.Status.PAID, session, timezone.now()
    renewal.claimed_until = renewal.next_attempt_at = None
    renewal.last_code = renewal.last_cause = renewal.last_message = ""
    renewal.save()
    if subscription.status == Status.PAST_DUE:
        _move(subscription, Status.ACTIVE)
    changes = changed_verdicts(renewal)
    record_about(subscription, "renewed", details={"renewal": renewal.public_id, "session": session.public_id})
    tell(subscription, "subscription.renewed", renewal, amount_total_cents=session.amount_total_cents, changed_verdicts=changes)
    write_paid(subscription, renewal, changes)


def settle_refused(*, renewal: Renewal, refusal: PlatformError, asked: Mapping[str, str] | None = None) -> None:
    """Nothing was charged: try again, or end the period unpaid. Only what a bank or the basket refused is told to anybody.

    asked: field that brought a card -> the saved card; the subscription may name others by now.
    """
    subscription, now = renewal.subscription, timezone.now()
    tries = (renewal.refusals + 1, renewal.troubles + 1)
    tried = next_step(
        refusal, tries=tries[0], troubles=tries[1], begins_at=renewal.due_at, ends_at=renewal.ends_at, now=now,
        zone=subscription.merchant.zone,
    )  # fmt: skip
    renewal.claimed_until, renewal.next_attempt_at = None, tried.at
    renewal.last_code, renewal.last_cause, renewal.last_message = tried.code[:60], tried.cause, refusal.message[:300]
    if tried.what == Then.SOON:
        renewal.troubles, renewal.status = tries[1], Renewal.Status.RETRYING if renewal.refusals else Renewal.Status.DUE
        renewal.save()
        return
    renewal.refusals = tries[0]
    if tried.hard_param:
        _refuse_card(subscription, str((asked or {}).get(tried.hard_param, "")), tried)
    if tried.what == Then.LATER:
        renewal.status = Renewal.Status.RETRYING
    else:
        renewal.status, renewal.ended_at = Renewal.Status.FAILED, now
    renewal.save()
    _tell_refused(subscription, renewal, refusal)


def _tell_refused(subscription: Subscription, renewal: Renewal, refusal: PlatformError) -> None:
    record_about(subscription, "renewal_refused", details={"renewal": renewal.public_id, "code": renewal.last_code})
    ended = renewal.status == Renewal.Status.FAILED
    if subscription.is_live:
        _move(subscription, Status.UNPAID if ended else Status.PAST_DUE)
    tell(subscription, "subscription.renewal_failed", renewal, advice=str(refusal.details.get("advice", "")))
    if ended and subscription.status == Status.UNPAID:
        tell(subscription, "subscription.unpaid", renewal)
    if subscription.status != Status.CANCELLED:
        write_refused(subscription, renewal)


def _refuse_card(subscription: Subscription, saved_card: str, tried: Next) -> None:
    """The bank never approves this card: no subscription asks it again."""
    card = SavedCard.objects.filter(merchant=subscription.merchant, public_id=saved_card)
    card.update(refused_code=tried.code[:60])


def _move(subscription: Subscription, status: Subscription.Status) -> None:
    subscription.status = status
    if status == Status.UNPAID:
        subscription.next_renewal_at = None
    subscription.save(update_fields=["status", "next_renewal_at"])
