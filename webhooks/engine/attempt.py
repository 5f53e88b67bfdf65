"""One call of one receiver."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from common.outgoing import AddressForbidden, CallFailed, SafeSession
from merchants.models import Event
from merchants.rendering import render_event
from webhooks.models import WebhookDelivery
from webhooks.redaction import excerpt
from webhooks.schedule import is_success, throttle_s
from webhooks.signing import Secrets, signed_headers

TIMEOUT_S: Final = 15.0
MAX_ANSWER_BYTES: Final = 4096  # a receiver owes us a status, not a text


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. error: empty for success, else `status` or the kind of a failed call."""

    delivery_id: int
    endpoint_id: int
    claim: int
    number: int
    round_attempts: int
    at: datetime
    url: str
    duration_ms: int
    status: int | None = None
    error: str = ""
    message: str = ""
    response_excerpt: str = ""
    throttle_s: float = 0.0

    @property
    def is_success(self) -> bool:
        return not self.error


def body_of(event: Event, api_version: str) -> bytes:
    """The message, the same bytes in every attempt."""
    return bytes(JSONRenderer().render(render_event(event, api_version)))


def headers_of(event: Event, secrets: Secrets, body: bytes, at: datetime) -> dict[str, str]:
    """The signed headers of an attempt made at this moment."""
    signed = signed_headers(secrets=secrets.at(at), message_id=event.public_id, timestamp=int(at.timestamp()), body=body)
    return {"Content-Type": "application/json", **signed}


async def attempt(delivery: WebhookDelivery, secrets: Secrets, session: SafeSession) -> Outcome:
    """Call the receiver once; whatever happens becomes an outcome. No database is touched."""
    at, started = timezone.now(), time.monotonic()
    body = body_of(delivery.event, delivery.endpoint.api_version)
    status, error, message, text, pause_s = None, "", "", "", 0.0
    try:
        answer = await session.post(
            delivery.endpoint.url,
            data=body,
            headers=headers_of(delivery.event, secrets, body, at),
            timeout_s=TIMEOUT_S,
            max_bytes=MAX_ANSWER_BYTES,
        )
    except CallFailed as failure:
        error, message = failure.kind, str(failure)
    except AddressForbidden as refusal:
        error, message = "forbidden", refusal.message
    else:
        status, text = answer.status, excerpt(answer.body)
        if not is_success(status):
            error, message = "status", f"The receiver answered {status}."
            pause_s = throttle_s(status, answer.headers.get("retry-after", ""), at)
    return Outcome(
        delivery.pk, delivery.endpoint_id, delivery.claim, delivery.attempts_count + 1, delivery.round_attempts + 1, at,
        delivery.endpoint.url, round((time.monotonic() - started) * 1000), status, error, message[:300], text, pause_s,
    )  # fmt: skip
