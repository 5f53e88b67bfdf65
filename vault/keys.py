"""Fernet keys derived from the platform's key list, one for each purpose: for envelopes, and for columns sealed long ago."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from vault.ciphers import derive


@lru_cache(maxsize=256)
def _crypter(masters: tuple[str, ...], label: str) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(derive(urlsafe_b64decode(master), label))) for master in masters])


def field_crypter(label: str, *, only_first: bool = False) -> MultiFernet:
    """Seals and opens what belongs to `label` (`app.Model.field`); ciphertext of another label does not open.

    only_first: opens nothing but what the first key of the list sealed.
    """
    return _crypter(tuple(settings.FIELD_ENCRYPTION_KEY[: 1 if only_first else None]), label)
