"""An event as merchants see it: the same in `GET /v1/events` and in a webhook."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from merchants.models import Event


def render_event(event: Event, api_version: str = "") -> dict[str, Any]:
    """api_version: the dated version whose shape `data` has; the newest, if empty. One version has shown events so far."""
    return {
        "id": event.public_id, "type": event.type, "api_version": api_version or settings.API_VERSIONS[-1],
        "object_id": event.object_id, "data": event.data, "created_at": event.created_at,
    }  # fmt: skip
