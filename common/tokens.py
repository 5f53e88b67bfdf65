"""Texts that open something for whoever holds them, of which only a digest is kept."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """43 characters for an address or a cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is kept of a token and by which it is found: SHA-256, 64 hex digits. Enough, for nobody guesses so many random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
