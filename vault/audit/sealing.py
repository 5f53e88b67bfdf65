"""The seal of an entry: HMAC-SHA256 under a key that the database never sees."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings

from vault.ciphers import derive

FORMAT = 1  # of the sealed text; a new way of writing it down gets the next number
CONTENT = (
    "actor_kind", "actor_id", "actor_role", "address", "action", "subject", "subject_id", "merchant_id", "person_id", "fields",
    "details", "reason", "request_id",
)  # fmt: skip


class SealingKey(NamedTuple):
    """fingerprint: 16 hex digits that name the key and tell nothing of it."""

    fingerprint: str
    secret: bytes


@lru_cache(maxsize=32)
def _key(master: str) -> SealingKey:
    secret = urlsafe_b64decode(master)
    return SealingKey(derive(secret, "audit:fingerprint").hex()[:16], derive(secret, "audit:seal"))


def sealing_key() -> SealingKey:
    """The key that seals now: of the first in FIELD_ENCRYPTION_KEY."""
    return _key(settings.FIELD_ENCRYPTION_KEY[0])


def known_keys() -> dict[str, bytes]:
    """Every key in force by its fingerprint: what an old key sealed is still checked while the list holds it."""
    return dict(_key(master) for master in settings.FIELD_ENCRYPTION_KEY)


def sealed_text(*, chain: int, sequence: int, previous: bytes, at: datetime, content: Mapping[str, Any]) -> bytes:
    """What is sealed: place, moment and content, in one spelling only."""
    parts: list[Any] = [FORMAT, chain, sequence, previous.hex(), at.astimezone(UTC).isoformat(timespec="microseconds")]
    parts += [content[name] for name in CONTENT]
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal(secret: bytes, text: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    return hmac.new(secret, text, hashlib.sha256).digest()


def fits(secret: bytes, text: bytes, seals: Sequence[bytes]) -> bool:
    return any(hmac.compare_digest(seal(secret, text), each) for each in seals)
