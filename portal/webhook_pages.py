"""What the portal's webhook pages show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from merchants.event_types import EVENT_TYPES, TEST_EVENT
from merchants.models import Merchant
from webhooks.engine.attempt import body_of
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from webhooks.selectors import endpoints_of
from webhooks.words import DELIVERY_STATES, ENDPOINT_STATES, ERRORS, FAILING, banner

LISTENABLE = {name: words for name, words in EVENT_TYPES.items() if name != TEST_EVENT}
STATE_CHOICES = [(value, word) for value, (word, _, _) in DELIVERY_STATES.items()]
TYPE_CHOICES = [(name, name) for name in EVENT_TYPES]


def state_badge(states: Any, state: str) -> dict[str, str]:
    word, tone, icon = states[state]
    return {"word": word, "tone": tone, "icon": icon}


def endpoint_badge(endpoint: WebhookEndpoint) -> dict[str, str]:
    """The endpoint's state; one that is on and does not get through is not green."""
    if endpoint.is_enabled and endpoint.failures_in_a_row:
        return state_badge({endpoint.state: FAILING}, endpoint.state)
    return state_badge(ENDPOINT_STATES, endpoint.state)


def endpoint_rows(merchant: Merchant) -> list[dict[str, Any]]:
    """The merchant's endpoints with how much waits for each."""
    waiting = (
        WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), state=WebhookDelivery.State.WAITING)
        .order_by().values("endpoint").annotate(count=Count("pk")).values("count")
    )  # fmt: skip
    found = endpoints_of(merchant).defer("secret", "previous_secret").annotate(waiting=Coalesce(Subquery(waiting), 0))
    return [
        {
            "public_id": row.public_id, "url": row.url, "description": row.description, "types": types_in_words(row),
            "badge": endpoint_badge(row), "waiting": row.waiting,
            "last_success_at": row.last_success_at,
        }
        for row in found
    ]  # fmt: skip


def types_in_words(endpoint: WebhookEndpoint) -> str:
    match endpoint.event_types:
        case []:
            return "All events"
        case [one]:
            return str(one)
        case many:
            return f"{len(many)} types of events"


def type_options(chosen: Sequence[str]) -> list[dict[str, Any]]:
    return [{"name": name, "words": words, "is_chosen": name in chosen} for name, words in LISTENABLE.items()]


def endpoint_page(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "endpoint": endpoint, "badge": endpoint_badge(endpoint), "banner": banner(endpoint),
        "types": ", ".join(endpoint.event_types) or "All events",
    }  # fmt: skip


def delivery_rows(deliveries: Sequence[WebhookDelivery]) -> list[dict[str, Any]]:
    return [
        {
            "public_id": row.public_id, "type": row.event.type, "object_id": row.event.object_id, "created_at": row.created_at,
            "badge": state_badge(DELIVERY_STATES, row.state), "attempts_count": row.attempts_count,
            "answer": row.last_status or ERRORS.get(row.last_error, row.last_error) if row.attempts_count else "",
            "next_attempt_at": row.next_attempt_at if row.state == WebhookDelivery.State.WAITING else None,
            "url": reverse("portal:webhook_delivery", args=[row.public_id]),
        }
        for row in deliveries
    ]  # fmt: skip


def delivery_page(delivery: WebhookDelivery) -> dict[str, Any]:
    """One delivery: what is sent, and every attempt with what came back."""
    body = json.loads(body_of(delivery.event, delivery.endpoint.api_version))
    return {
        "delivery": delivery, "event": delivery.event, "endpoint": delivery.endpoint,
        "badge": state_badge(DELIVERY_STATES, delivery.state),
        "body": json.dumps(body, indent=2, ensure_ascii=False),
        "attempts": [attempt_row(row) for row in delivery.attempts.all().order_by("-pk")[:100]],
        "next_attempt_at": delivery.next_attempt_at if delivery.state == WebhookDelivery.State.WAITING else None,
    }  # fmt: skip


def attempt_row(row: WebhookAttempt) -> dict[str, Any]:
    return {
        "number": row.number, "at": row.at, "url": row.url, "timestamp": int(row.at.timestamp()), "status": row.status,
        "duration_ms": row.duration_ms, "is_success": not row.error, "words": ERRORS.get(row.error, row.error),
        "message": row.message, "response_excerpt": row.response_excerpt,
    }  # fmt: skip
