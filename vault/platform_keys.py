"""Keys of values that belong to no merchant, such as the e-mail address of a person who signs in."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from vault.ciphers import column_cipher, derive
from vault.errors import SealBroken

FINGERPRINT_CHARS = 12


@lru_cache(maxsize=512)
def _cipher(master: str, label: str) -> AESGCM:
    return column_cipher(urlsafe_b64decode(master), f"platform:{label}")


@lru_cache(maxsize=16)
def fingerprint(master: str) -> str:
    """What stands for a key of the list in tokens."""
    return hashlib.sha256(b"vault fingerprint" + urlsafe_b64decode(master)).hexdigest()[:FINGERPRINT_CHARS]


def sealing_key(label: str) -> tuple[str, AESGCM]:
    """The first key of the list: it seals."""
    master = settings.FIELD_ENCRYPTION_KEY[0]
    return fingerprint(master), _cipher(master, label)


def opening_key(version: str, label: str) -> AESGCM:
    for master in settings.FIELD_ENCRYPTION_KEY:
        if fingerprint(master) == version:
            return _cipher(master, label)
    raise SealBroken(f"A value of {label} was sealed with a key that is no longer in FIELD_ENCRYPTION_KEY.")


def platform_index_key(label: str) -> bytes:
    """From the oldest key of the list, which therefore has to stay."""
    return derive(urlsafe_b64decode(settings.FIELD_ENCRYPTION_KEY[-1]), f"blind:{label}")
