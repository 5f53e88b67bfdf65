"""A 0100 as the host understands it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache

from checkout.network.additional_amounts import AMOUNT_TYPES, parse_healthcare
from checkout.network.cards import CardBin, bin_for, test_cards
from checkout.network.errors import MalformedMessage
from checkout.network.iso8583 import Message
from checkout.network.private_data import PrivateData, read_private_fields
from checkout.network.types import HealthcareAmounts


@dataclass(frozen=True, slots=True)
class Attempt:
    """One wish to pay. script: the test card's outcome, "approved" for other numbers in the ranges."""

    pan: str = field(repr=False)
    amount_cents: int
    expires: date  # first day of the month in which it ends
    mcc: str
    card_bin: CardBin
    healthcare: HealthcareAmounts | None
    healthcare_is_readable: bool
    private: PrivateData = field(repr=False)
    script: str


def read_attempt(message: Message) -> Attempt:
    """Raises MalformedMessage when the private fields or the expiry cannot be read."""
    card_bin = bin_for(message["2"])
    healthcare, is_readable = _healthcare(card_bin.network, message.get("54"))
    return Attempt(
        pan=message["2"],
        amount_cents=int(message["4"]),
        expires=_expiry(message["14"]),
        mcc=message["18"],
        card_bin=card_bin,
        healthcare=healthcare,
        healthcare_is_readable=is_readable,
        private=read_private_fields(card_bin.network, message),
        script=_scripts().get(message["2"], "approved"),
    )


def _healthcare(network: str, text: str | None) -> tuple[HealthcareAmounts | None, bool]:
    if text is None or network not in AMOUNT_TYPES:
        return None, True
    try:
        return parse_healthcare(network, text), True
    except MalformedMessage:
        return None, False  # answered as an invalid amount, not as a format error


def _expiry(text: str) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:]), 1)
    except ValueError:
        raise MalformedMessage("field 14 is not a month") from None


@cache
def _scripts() -> dict[str, str]:
    return {card.pan: card.outcome for card in test_cards()}
