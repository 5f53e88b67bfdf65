"""Sending again what was told, or telling what passed an endpoint by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.utils import timezone

from common.bell import ring
from merchants.event_types import TEST_EVENT
from merchants.models import Event
from merchants.services import EVENTS_BELL, record_event
from vault.audit.services import record
from webhooks.errors import EndpointNotEnabled, ReplayTooLarge
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.selectors import events_between
from webhooks.services.endpoints import lock_endpoint
from webhooks.services.outbox import listens

MAX_EVENTS: Final = 10_000
MAX_RANGE: Final = timedelta(days=31)
BATCH: Final = 1000


def require_enabled(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_enabled:
        raise EndpointNotEnabled(f"This webhook endpoint is {endpoint.state}: enable it first.")


@transaction.atomic
def replay_delivery(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send it again now, with a fresh set of attempts, under the same webhook-id. Raises EndpointNotEnabled."""
    require_enabled(lock_endpoint(delivery.endpoint_id))
    _send_again(delivery.endpoint, [delivery.event])
    _note(delivery.endpoint, "replayed", count=1)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay_range(*, endpoint: WebhookEndpoint, since: datetime, until: datetime, types: Sequence[str] = ()) -> int:
    """Send every event from `since` to before `until` that this endpoint listens to, whether or not it was sent before.

    Returns how many. Raises EndpointNotEnabled, and ReplayTooLarge above 31 days or 10,000 events.
    """
    require_enabled(lock_endpoint(endpoint.pk))
    if until - since > MAX_RANGE:
        raise ReplayTooLarge(f"Replay at most {MAX_RANGE.days} days at once.", param="since")
    found = events_between(endpoint.merchant, since, until, types or endpoint.event_types).exclude(type=TEST_EVENT)
    events = [
        event for event in found.only("pk", "merchant_id", "type", "object_id")[: MAX_EVENTS + 1] if listens(endpoint, event)
    ]
    if len(events) > MAX_EVENTS:
        raise ReplayTooLarge(f"This range holds more than {MAX_EVENTS:,} events: choose a shorter one.", param="since")
    for start in range(0, len(events), BATCH):
        _send_again(endpoint, events[start : start + BATCH])
    _note(endpoint, "replayed", count=len(events))
    return len(events)


def _send_again(endpoint: WebhookEndpoint, events: Sequence[Event]) -> None:
    """Make each delivery due, or make it. An attempt under way goes on, and its result is logged but decides nothing."""
    now = timezone.now()
    known = WebhookDelivery.objects.filter(endpoint=endpoint, event__in=[event.pk for event in events])
    rows = {row.event_id: row for row in known.select_for_update(no_key=True).order_by("pk")}
    for row in rows.values():
        row.state, row.next_attempt_at, row.round_attempts, row.replayed_at = WebhookDelivery.State.WAITING, now, 0, now
        row.claim += 1
    WebhookDelivery.objects.bulk_update(rows.values(), ["state", "next_attempt_at", "round_attempts", "replayed_at", "claim"])
    missing = [event for event in events if event.pk not in rows]
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(endpoint=endpoint, event_id=event.pk, replayed_at=now) for event in missing], ignore_conflicts=True
    )
    transaction.on_commit(partial(ring, EVENTS_BELL))


@transaction.atomic
def send_test_event(*, endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Write a test event and its one delivery; raises EndpointNotEnabled. Each call sends another."""
    require_enabled(lock_endpoint(endpoint.pk))
    told = {"endpoint": endpoint.public_id, "message": "If the signature fits, your endpoint hears us."}
    event = record_event(merchant=endpoint.merchant, type=TEST_EVENT, object_id=endpoint.public_id, data=told)
    _note(endpoint, "tested", count=1)
    return WebhookDelivery.objects.create(endpoint=endpoint, event=event)


def _note(endpoint: WebhookEndpoint, verb: str, *, count: int) -> None:
    record(
        action=f"webhook_endpoint.{verb}", subject="webhooks.WebhookEndpoint", subject_id=endpoint.public_id,
        merchant_id=endpoint.merchant_id, details={"count": count},
    )  # fmt: skip
