"""Short-lived sealed envelopes that travel outside the database, such as a card's security code in its token."""

from __future__ import annotations

from cryptography.fernet import InvalidToken

from vault.errors import SealBroken
from vault.keys import field_crypter


def _label(purpose: str, owner: str) -> str:
    return f"envelope:{len(purpose)}:{purpose}:{owner}"  # with its length, so that the two cannot run into each other


def seal(text: str, *, purpose: str, owner: str) -> str:
    """Seal `text` for one purpose and one owner; URL-safe text."""
    return field_crypter(_label(purpose, owner)).encrypt(text.encode()).decode()


def unseal(envelope: str, *, purpose: str, owner: str, ttl_s: int | None = None) -> str:
    """Open an envelope of the same purpose and owner, at most `ttl_s` seconds old if that is given, else raise SealBroken."""
    try:
        return field_crypter(_label(purpose, owner)).decrypt(envelope.encode(), ttl=ttl_s).decode()
    except (InvalidToken, ValueError) as error:
        raise SealBroken("The sealed envelope is not for this, or too old.") from error


def sealed_anew(envelope: str, *, purpose: str, owner: str) -> str | None:
    """The same envelope under the key that seals now, for what is kept long; None if it is so already."""
    label = _label(purpose, owner)
    try:
        field_crypter(label, only_first=True).decrypt(envelope.encode())
    except (InvalidToken, ValueError):
        return seal(unseal(envelope, purpose=purpose, owner=owner), purpose=purpose, owner=owner)
    return None
