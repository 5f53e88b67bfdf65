"""What webhook doors take and answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from common.api.fields import CleanChar, WholeNumber
from common.api.requests import RequestBody
from merchants.event_types import EVENT_TYPES
from merchants.rendering import render_event
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

MAX_OVERLAP_HOURS = 168


class EventTypes(serializers.ListField):
    """Names of event types; an empty list is all of them."""

    child = serializers.ChoiceField([*EVENT_TYPES])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": len(EVENT_TYPES), **kwargs})


class EndpointRequest(RequestBody):
    url = CleanChar(max_length=2048, help_text="https://, public, on port 443 or 8443.")
    description = CleanChar(max_length=200, required=False, default="", allow_blank=True)
    event_types = EventTypes(default=list, help_text="What it listens to; none is all.")
    api_version = serializers.ChoiceField(
        [*settings.API_VERSIONS], required=False, help_text="In which version events are told; by default that of this call."
    )


class EndpointChange(RequestBody):
    url = CleanChar(max_length=2048, required=False)
    description = CleanChar(max_length=200, required=False, allow_blank=True)
    event_types = EventTypes()
    api_version = serializers.ChoiceField([*settings.API_VERSIONS], required=False)
    state = serializers.ChoiceField(
        [*WebhookEndpoint.State.values], required=False,
        help_text="`paused` lets events wait, `disabled` lets them pass by, `enabled` sends what waited.",
    )  # fmt: skip


class RotateRequest(RequestBody):
    overlap_hours = WholeNumber(
        required=False, default=24, min_value=0, max_value=MAX_OVERLAP_HOURS, help_text="How long the old secret signs as well."
    )


class ReplayRequest(RequestBody):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False, help_text="Now, if left out.")
    types = EventTypes(default=list, help_text="Of what the endpoint listens to; none is all.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked.setdefault("until", timezone.now())
        if asked["until"] <= asked["since"]:
            raise serializers.ValidationError({"until": ["Must be after `since`."]})
        return asked


class EndpointResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField(), help_text="Empty: all.")
    api_version = serializers.CharField()
    state = serializers.ChoiceField([*WebhookEndpoint.State.values])
    state_reason = serializers.CharField(allow_null=True)
    secret = serializers.CharField(
        allow_null=True, help_text="Shown when it is made, and never again: not in a repeat with the same Idempotency-Key either."
    )
    previous_secret_until = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class EndpointPage(serializers.Serializer[Any]):
    data = EndpointResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class EndpointDeleted(serializers.Serializer[Any]):
    id = serializers.CharField()
    is_deleted = serializers.BooleanField()


class AttemptResponse(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    response_excerpt = serializers.CharField()


class DeliveryResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    endpoint = serializers.CharField()
    event = serializers.DictField()
    state = serializers.ChoiceField([*WebhookDelivery.State.values])
    attempts_count = serializers.IntegerField()
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    attempts = AttemptResponse(many=True)
    created_at = serializers.DateTimeField()


class DeliveryPage(serializers.Serializer[Any]):
    data = DeliveryResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class ReplayResponse(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many events are sent again.")


def render_endpoint(endpoint: WebhookEndpoint, secret: str | None = None) -> dict[str, Any]:
    return {
        "id": endpoint.public_id, "url": endpoint.url, "description": endpoint.description, "event_types": endpoint.event_types,
        "api_version": endpoint.api_version, "state": endpoint.state, "state_reason": endpoint.state_reason or None, "secret": secret,
        "previous_secret_until": endpoint.previous_secret_until, "failing_since": endpoint.failing_since,
        "last_success_at": endpoint.last_success_at, "created_at": endpoint.created_at,
    }  # fmt: skip


def render_delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    is_waiting = delivery.state == WebhookDelivery.State.WAITING
    return {
        "id": delivery.public_id, "endpoint": delivery.endpoint.public_id,
        "event": render_event(delivery.event, delivery.endpoint.api_version), "state": delivery.state,
        "attempts_count": delivery.attempts_count, "last_status": delivery.last_status, "last_error": delivery.last_error or None,
        "next_attempt_at": delivery.next_attempt_at if is_waiting else None, "delivered_at": delivery.delivered_at,
        "attempts": [render_attempt(row) for row in delivery.attempts.all()], "created_at": delivery.created_at,
    }  # fmt: skip


def render_attempt(row: WebhookAttempt) -> dict[str, Any]:
    return {
        "number": row.number, "at": row.at, "status": row.status, "duration_ms": row.duration_ms, "error": row.error or None,
        "message": row.message, "response_excerpt": row.response_excerpt,
    }  # fmt: skip
