"""Writing down what came of many attempts, in one transaction."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from notices.services import notify
from webhooks.engine.attempt import Outcome
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from webhooks.schedule import GONE, PAUSE_AFTER, PAUSE_AFTER_FAILURES, next_attempt
from webhooks.services.endpoints import set_state

logger = logging.getLogger(__name__)
SUCCESS_PRECISION: Final = timedelta(seconds=10)  # a write per success would cost more than the knowledge is worth
State = WebhookDelivery.State

# Only who still holds the claim decides; a delivery that was cancelled or sent again meanwhile keeps that.
SETTLE = """
UPDATE webhooks_webhookdelivery delivery
   SET attempts_count = delivery.attempts_count + 1, last_status = told.status, last_error = told.error, last_attempt_at = told.at,
       state = CASE WHEN delivery.claim = told.claim AND delivery.state = 'waiting' THEN told.state ELSE delivery.state END,
       round_attempts = CASE WHEN delivery.claim = told.claim AND delivery.state = 'waiting'
                             THEN told.round_attempts ELSE delivery.round_attempts END,
       next_attempt_at = CASE WHEN delivery.claim = told.claim AND delivery.state = 'waiting'
                              THEN told.next_attempt_at ELSE delivery.next_attempt_at END,
       delivered_at = CASE WHEN told.error = '' THEN coalesce(delivery.delivered_at, told.at) ELSE delivery.delivered_at END
  FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::int[], %s::timestamptz[], %s::int[], %s::text[], %s::timestamptz[])
       AS told(id, claim, state, round_attempts, next_attempt_at, status, error, at)
 WHERE delivery.id = told.id
"""


@transaction.atomic
def write_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Log every attempt, move its delivery on, and note what it says of its endpoint."""
    if not outcomes:
        return
    now = timezone.now()
    endpoints = _lock_endpoints(outcomes)
    WebhookAttempt.objects.bulk_create(_logged(outcome) for outcome in outcomes)
    newest = {outcome.delivery_id: outcome for outcome in sorted(outcomes, key=lambda one: (one.delivery_id, one.claim))}
    settled = [_settled(outcome, now) for outcome in newest.values()]
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [list(column) for column in zip(*settled, strict=True)])
    by_endpoint = defaultdict(list)
    for outcome in outcomes:
        by_endpoint[outcome.endpoint_id].append(outcome)
    for pk, mine in sorted(by_endpoint.items()):
        _judge_endpoint(endpoints[pk], mine, now)


def _lock_endpoints(outcomes: Sequence[Outcome]) -> dict[int, WebhookEndpoint]:
    found = WebhookEndpoint.objects.defer("secret", "previous_secret").select_for_update(no_key=True).order_by("pk")
    return {row.pk: row for row in found.filter(pk__in={outcome.endpoint_id for outcome in outcomes})}


def _logged(outcome: Outcome) -> WebhookAttempt:
    return WebhookAttempt(
        delivery_id=outcome.delivery_id, number=outcome.number, at=outcome.at, url=outcome.url, status=outcome.status,
        duration_ms=outcome.duration_ms, error=outcome.error, message=outcome.message, response_excerpt=outcome.response_excerpt,
    )  # fmt: skip


def _settled(outcome: Outcome, now: datetime) -> tuple[object, ...]:
    """The columns of SETTLE for one outcome."""
    again = None if outcome.is_success else next_attempt(outcome.round_attempts, now)
    state = State.DELIVERED if outcome.is_success else State.WAITING if again else State.FAILED
    if again and outcome.throttle_s:
        again = max(again, now + timedelta(seconds=outcome.throttle_s))
    return (
        outcome.delivery_id, outcome.claim, state.value, outcome.round_attempts, again or now, outcome.status, outcome.error, outcome.at,
    )  # fmt: skip


def _judge_endpoint(endpoint: WebhookEndpoint, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Note success or failure; pause what has only failed for days, switch off what says that it is gone."""
    if any(outcome.is_success for outcome in outcomes):
        _note_success(endpoint, now)
    else:
        endpoint.failing_since = endpoint.failing_since or min(outcome.at for outcome in outcomes)
        endpoint.failures_in_a_row += len(outcomes)
        endpoint.save(update_fields=["failing_since", "failures_in_a_row"])
    if pause_s := max(outcome.throttle_s for outcome in outcomes):
        endpoint.throttled_until = now + timedelta(seconds=pause_s)
        endpoint.save(update_fields=["throttled_until"])
    if not endpoint.is_enabled:
        return
    if any(outcome.status == GONE for outcome in outcomes):
        stop_endpoint(endpoint, WebhookEndpoint.State.DISABLED, WebhookEndpoint.Reason.GONE)
    elif (
        endpoint.failing_since
        and now - endpoint.failing_since >= PAUSE_AFTER
        and endpoint.failures_in_a_row >= PAUSE_AFTER_FAILURES
    ):
        stop_endpoint(endpoint, WebhookEndpoint.State.PAUSED, WebhookEndpoint.Reason.FAILING)


def _note_success(endpoint: WebhookEndpoint, now: datetime) -> None:
    was_failing = endpoint.failures_in_a_row or endpoint.failing_since
    if was_failing or not endpoint.last_success_at or now - endpoint.last_success_at > SUCCESS_PRECISION:
        endpoint.failing_since, endpoint.failures_in_a_row, endpoint.last_success_at = None, 0, now
        endpoint.save(update_fields=["failing_since", "failures_in_a_row", "last_success_at"])


def stop_endpoint(endpoint: WebhookEndpoint, state: WebhookEndpoint.State, reason: WebhookEndpoint.Reason) -> None:
    """Pause or switch off a locked endpoint on our own account, and say so to its merchant."""
    set_state(endpoint=endpoint, state=state, reason=reason)
    notify(
        topic="webhook.paused", subject=endpoint.public_id, merchant=endpoint.merchant,
        context={"endpoint": endpoint.public_id, "reason": reason.value, "failures": endpoint.failures_in_a_row},
    )  # fmt: skip
    logger.warning("webhook endpoint %s is %s: %s", endpoint.public_id, state, reason.label)
