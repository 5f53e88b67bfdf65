from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404

from merchants.models import Event, Merchant
from webhooks.models import WebhookDelivery, WebhookEndpoint


def endpoints_of(merchant: Merchant) -> QuerySet[WebhookEndpoint]:
    """The merchant's endpoints that were not deleted."""
    return WebhookEndpoint.objects.filter(merchant=merchant, deleted_at=None)


def endpoint_for(merchant: Merchant, public_id: str) -> WebhookEndpoint:
    endpoint = endpoints_of(merchant).filter(public_id=public_id).first()
    if endpoint is None:
        raise Http404
    return endpoint


def deliveries_of(endpoint: WebhookEndpoint, *, state: str = "", type: str = "") -> QuerySet[WebhookDelivery]:
    """What was to be told to this endpoint, with its events."""
    found = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event")
    if state:
        found = found.filter(state=state)
    if type:
        found = found.filter(event__type=type)
    return found


def delivery_for(merchant: Merchant, public_id: str) -> WebhookDelivery:
    found = WebhookDelivery.objects.select_related("event", "endpoint").filter(
        endpoint__merchant=merchant, endpoint__deleted_at=None, public_id=public_id
    )
    delivery = found.first()
    if delivery is None:
        raise Http404
    return delivery


def events_between(merchant: Merchant, since: datetime, until: datetime, types: Sequence[str]) -> QuerySet[Event]:
    """The merchant's events from `since` (included) to `until` (not), of these types, or of all."""
    found = Event.objects.filter(merchant=merchant, created_at__gte=since, created_at__lt=until).order_by("pk")
    return found.filter(type__in=types) if types else found
