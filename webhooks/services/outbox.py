"""Laying out deliveries: for each new event, one for each endpoint that listens to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from django.db import transaction

from merchants.event_types import TEST_EVENT
from merchants.models import Event, UntoldEvent
from webhooks.models import WebhookDelivery, WebhookEndpoint

BATCH: Final = 500


def listens(endpoint: WebhookEndpoint, event: Event) -> bool:
    """Is this event for this endpoint? A test event is for the one it is about; a disabled endpoint hears nothing."""
    if endpoint.state == WebhookEndpoint.State.DISABLED or endpoint.merchant_id != event.merchant_id:
        return False
    if event.type == TEST_EVENT:
        return bool(event.object_id == endpoint.public_id)
    return not endpoint.event_types or event.type in endpoint.event_types


@transaction.atomic
def lay_out_deliveries(*, limit: int = BATCH) -> int:
    """Make the deliveries of up to `limit` events that have none yet; returns how many events it took.

    An event leaves the queue in the transaction that makes its deliveries, and came into it in the one that wrote it: it
    is never lost between, in whatever order transactions commit. Two at once take different events.
    """
    taken = list(UntoldEvent.objects.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:limit])
    if not taken:
        return 0
    events = list(Event.objects.filter(pk__in=taken).only("pk", "merchant_id", "type", "object_id").order_by("pk"))
    listening = _listening({event.merchant_id for event in events})
    WebhookDelivery.objects.bulk_create(
        (
            WebhookDelivery(endpoint=endpoint, event=event)
            for event in events
            for endpoint in listening[event.merchant_id]
            if listens(endpoint, event)
        ),
        ignore_conflicts=True,  # a replay or a test made it first
    )
    UntoldEvent.objects.filter(pk__in=taken).delete()
    return len(taken)


def _listening(merchant_ids: Iterable[int]) -> dict[int, list[WebhookEndpoint]]:
    found = defaultdict(list)
    for endpoint in WebhookEndpoint.objects.defer("secret", "previous_secret").filter(
        merchant_id__in=merchant_ids, deleted_at=None, state__in=[WebhookEndpoint.State.ENABLED, WebhookEndpoint.State.PAUSED]
    ):
        found[endpoint.merchant_id].append(endpoint)
    return found
