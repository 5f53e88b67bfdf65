"""Network tokens: what stands for a card's number at later sales, good for one merchant alone.

A token service of a network (or of the acquirer) is a class of the shape of `TokenService`. The sandbox's needs no memory:
its token is the number in a keyed permutation of the merchant's, so the sandbox host can undo it, and no other merchant's
charge leads to the card.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final, Protocol

from django.conf import settings

from checkout.network.cards import luhn_ok, test_cards
from checkout.network.errors import NetworkUnavailable
from checkout.network.types import Card


@dataclass(frozen=True, slots=True)
class NetworkToken:
    """What is sent in place of the card's number, and until when it is good."""

    number: str = field(repr=False)
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class TokenState:
    """What became of the card behind a token. is_alive False: its bank has closed it, and the token pays no more."""

    is_alive: bool
    last4: str
    exp_month: int
    exp_year: int


class TokenService(Protocol):
    """Whoever turns a card into a token and keeps the two together. Each call may raise NetworkUnavailable; each is safe to repeat."""

    def provision(self, card: Card, *, acceptor_id: str) -> str:
        """A reference to the token of this card for this merchant; the same for the same card."""

    def token(self, reference: str) -> NetworkToken:
        """The token itself, asked for as it is about to pay."""

    def state(self, reference: str, *, acceptor_id: str) -> TokenState:
        """The card behind it as its bank knows it today: a replaced card has other digits, a renewed one another date."""

    def end(self, reference: str) -> None:
        """The token is not needed any more."""


def token_service() -> TokenService:
    """The configured service. Raises NetworkUnavailable where there is none."""
    if not settings.IS_SANDBOX:
        raise NetworkUnavailable("No token service is connected: cards cannot be saved.")
    return SandboxTokenService()


# --- The sandbox's ---

CARD_START: Final = "9999"
TOKEN_START: Final = "9998"  # as no real card can begin, like the cards of the sandbox
MARK_DIGITS: Final = 3
HALVES: Final = (10**5, 10**6)  # the eleven digits between start and check digit
ROUNDS: Final = 8
RENEWED_YEARS: Final = 3
SANDBOX_KEY: Final = b"network tokens of the sandbox"  # no secret: it hides test cards


class SandboxTokenService:
    """Tokens of the sandbox's cards. Two test cards have been replaced or closed as soon as somebody asks."""

    def provision(self, card: Card, *, acceptor_id: str) -> str:
        if not card.pan.startswith(CARD_START) or len(card.pan) != 16:
            raise NetworkUnavailable("The sandbox has tokens for its own cards only.")
        number = _tokenised(card.pan, acceptor_id)
        return f"{number}-{card.expiry_year:04d}{card.expiry_month:02d}"

    def token(self, reference: str) -> NetworkToken:
        number, _, expiry = reference.partition("-")
        return NetworkToken(number, int(expiry[4:]), int(expiry[:4]))

    def state(self, reference: str, *, acceptor_id: str) -> TokenState:
        token = self.token(reference)
        pan = card_number_of(token.number, acceptor_id)
        script = next((card.outcome for card in test_cards() if card.pan == pan), "")
        if script == "replaced":
            return TokenState(True, _replaced(pan)[-4:], token.exp_month, token.exp_year + RENEWED_YEARS)
        return TokenState(script != "closed", pan[-4:], token.exp_month, token.exp_year)

    def end(self, reference: str) -> None:
        """Nothing is kept, so nothing ends."""


def card_number_of(number: str, acceptor_id: str) -> str:
    """The card's number behind a token of the sandbox; any other number, and another merchant's token, as it is."""
    mark_ends = len(TOKEN_START) + MARK_DIGITS
    if not number.startswith(TOKEN_START + _mark(acceptor_id)) or len(number) != mark_ends + 12:
        return number
    middle = _permuted(number[mark_ends:-1], acceptor_id, backwards=True)
    return _with_check_digit(CARD_START + middle)


def _tokenised(pan: str, acceptor_id: str) -> str:
    return _with_check_digit(TOKEN_START + _mark(acceptor_id) + _permuted(pan[len(CARD_START) : -1], acceptor_id))


def _mark(acceptor_id: str) -> str:
    return f"{_digest(acceptor_id, 'mark') % 10**MARK_DIGITS:0{MARK_DIGITS}d}"


def _permuted(digits: str, acceptor_id: str, *, backwards: bool = False) -> str:
    """A Feistel network over eleven digits, keyed by merchant; backwards undoes it."""
    halves = [int(digits[:5]), int(digits[5:])]
    sign = -1 if backwards else 1
    for number in reversed(range(ROUNDS)) if backwards else range(ROUNDS):
        mine, other = number % 2, 1 - number % 2
        halves[mine] = (halves[mine] + sign * _digest(acceptor_id, f"{number}:{halves[other]}")) % HALVES[mine]
    return f"{halves[0]:05d}{halves[1]:06d}"


def _digest(acceptor_id: str, text: str) -> int:
    return int.from_bytes(hmac.new(SANDBOX_KEY, f"{acceptor_id}|{text}".encode(), hashlib.sha256).digest()[:8], "big")


def _replaced(pan: str) -> str:
    """The number on the card that came in place of this one."""
    return _with_check_digit(pan[:11] + f"{(int(pan[11:15]) + 111) % 10_000:04d}")


def _with_check_digit(digits: str) -> str:
    return next(digits + last for last in "0123456789" if luhn_ok(digits + last))
