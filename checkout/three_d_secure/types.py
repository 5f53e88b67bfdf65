"""What travels between the platform and an authentication service: no Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from checkout.network.types import Card

Outcome = Literal["authenticated", "attempted", "challenge", "failed", "unavailable"]
# Electronic commerce indicators by network: (authenticated, attempted, neither). EMVCo's values as the networks write them.
INDICATORS = {"visa": ("05", "06", "07"), "mastercard": ("02", "01", "00")}


class AuthenticationUnreachable(Exception):
    """The service did not answer: nothing is known, and nothing was charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationRequest:
    """Is whoever typed this card its holder? reference: ours, to name the question at a repeat. return_url: where a challenge ends."""

    reference: str
    card: Card
    amount_cents: int
    merchant_name: str
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationResult:
    """What the bank said. challenge_url: where its holder must act. cryptogram: the proof that goes along with the charge."""

    outcome: Outcome
    reference: str = ""
    challenge_url: str = ""
    eci: str = ""
    cryptogram: str = field(default="", repr=False)


class Authenticator(Protocol):
    """Whoever speaks to the banks' authentication servers for us. Each call may raise AuthenticationUnreachable."""

    def authenticate(self, request: AuthenticationRequest) -> AuthenticationResult:
        """Ask. Without friction the bank answers at once; else it wants a challenge. Safe to repeat with the same reference."""

    def result(self, *, reference: str, network: str, returned: str) -> AuthenticationResult:
        """How a challenge ended. returned: what the holder's browser brought back; it is not believed unproven."""
