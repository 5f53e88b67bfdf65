"""What the platform may ask of the keeper of keys, and what can come back.

The bank holds one master key and, under it, one key for each merchant that it can lock alone. The platform holds only secrets
wrapped by those; it asks for one to be unwrapped, uses it for seconds, and forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class KeyState(StrEnum):
    """How a merchant's key stands at the bank."""

    ENABLED = "enabled"
    DISABLED = "disabled"  # locked by the bank; can be enabled again
    GONE = "gone"  # deleted, or waiting for it: not even the bank opens it


@dataclass(frozen=True, slots=True)
class BankKey:
    """One merchant's key at the bank. reference: the bank's own name for it (an ARN, a label, an id)."""

    reference: str
    owner: str
    state: KeyState
    version: int = 1


class CustodyError(Exception):
    """The keeper of keys answered no. Rooms above meet it only as the vault's own errors."""


class KeyDisabled(CustodyError):
    """The bank has locked this key, or deleted it."""


class WrapBroken(CustodyError):
    """The wrapped secret is not of this key or this context."""


class CustodyRefused(CustodyError):
    """This credential may not do that at the keeper of keys."""


class CustodianSilent(CustodyError):
    """The keeper of keys cannot be reached, or refuses our credential."""


class Custodian(Protocol):
    """Every call has a time-out of its own and raises the errors above, nothing else.

    context: what the wrapped secret is bound to (`{"merchant": "mer_…", "purpose": "data"}`); unwrapping with another raises
    WrapBroken.
    """

    def create_key(self, *, owner: str) -> BankKey:
        """Make the merchant's key, or return the one it has. Safe to repeat."""

    def wrap(self, *, reference: str, secret: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap `secret` (32 bytes) under the merchant's key, which is itself under the bank's master key."""

    def unwrap(self, *, reference: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """The secret inside; KeyDisabled if the bank locked this key or its master key."""

    def describe(self, *, reference: str) -> BankKey:
        """How the key stands at the bank now."""

    def disable(self, *, reference: str) -> BankKey:
        """Lock this merchant's key: every unwrap is refused from now on. Safe to repeat."""

    def enable(self, *, reference: str) -> BankKey:
        """Unlock it. CustodyRefused where the platform's credential may not. Safe to repeat."""

    def rotate(self, *, reference: str) -> BankKey:
        """Give the key new material; what the old wrapped still unwraps. Returns the new version."""
