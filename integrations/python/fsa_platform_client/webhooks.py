"""Whether a webhook is ours: Standard Webhooks, HMAC-SHA256 over `id.timestamp.body`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any, Mapping, Sequence, cast

from fsa_platform_client import models
from fsa_platform_client.errors import FsaError

TOLERANCE_S = 300


class SignatureInvalid(FsaError):
    """The message is not ours, was changed on its way, or is too old. Answer 400, and do nothing with it."""


def verify(
    payload: bytes | str,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance_s: float = TOLERANCE_S,
    now: float | None = None,
) -> models.EventResponse:
    """The event of a message that is ours; SignatureInvalid for any other.

    payload: the body's raw bytes, before anybody parsed them. headers: names in any case. secret: the endpoint's `whsec_…`, or
    several, any of which may fit, while one takes over from another. now: seconds since 1970; default: the clock.
    """
    body = payload.encode() if isinstance(payload, str) else payload
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not message_id or not signatures:
        raise SignatureInvalid("the message has no signature")
    _check_time(timestamp, tolerance_s, time.time() if now is None else now)
    secrets = [secret] if isinstance(secret, str) else list(secret)
    ours = [_signature(one, message_id, timestamp, body) for one in secrets]
    theirs = [text.encode() for text in signatures.split()]
    fits = [hmac.compare_digest(a, b) for a in ours for b in theirs]  # all of them: as long for each message
    if not any(fits):
        raise SignatureInvalid("no signature fits")
    return cast("models.EventResponse", _parsed(body))


def _check_time(timestamp: str, tolerance_s: float, now: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise SignatureInvalid("the message has no time")
    if abs(now - int(timestamp)) > tolerance_s:
        raise SignatureInvalid("the message is too old, or of a clock that is wrong")


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> bytes:
    text = secret[len("whsec_") :] if secret.startswith("whsec_") else secret
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("the secret is not one of ours: it begins with whsec_") from None
    if not key:
        raise ValueError("the secret is empty")
    signed = f"{message_id}.{timestamp}.".encode() + body
    return b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _parsed(body: bytes) -> Any:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SignatureInvalid("the message is no event")
    return found
