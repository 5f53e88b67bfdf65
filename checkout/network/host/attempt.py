"""A 0100 as the host understands it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache

from checkout.network.additional_amounts import AMOUNT_TYPES, parse_healthcare
from checkout.network.cards import CardBin, shipped_table, test_cards
from checkout.network.errors import MalformedMessage
from checkout.network.iso8583 import Message
from checkout.network.messages import CONDITION_NORMAL, CONDITION_VERIFICATION, ENTRY_MODE_READ
from checkout.network.private_data import MASTERCARD_RETAIL, PrivateData, read_private_fields
from checkout.network.profiles import SANDBOX, Profile
from checkout.network.tokens import card_number_of
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
    only_verifies: bool = False  # asks for no money
    is_present: bool = False  # read at a till


def read_attempt(message: Message, profile: Profile = SANDBOX) -> Attempt:
    """Raises MalformedMessage when the private fields or the expiry cannot be read, or contradict others."""
    pan = card_number_of(message["2"], message["42"].rstrip())  # a network token leads to its card, for its own merchant
    card_bin = shipped_table().find(pan)
    healthcare, is_readable = _healthcare(card_bin.network, message.get("54"), profile)
    return Attempt(
        pan=pan,
        amount_cents=int(message["4"]),
        expires=_expiry(message["14"]),
        mcc=message["18"],
        card_bin=card_bin,
        healthcare=healthcare,
        healthcare_is_readable=is_readable,
        private=read_private_fields(card_bin.network, message),
        script=_scripts().get(pan, "approved"),
        only_verifies=message["25"] == CONDITION_VERIFICATION and int(message["4"]) == 0,
        is_present=_is_present(card_bin.network, message),
    )


def _is_present(network: str, message: Message) -> bool:
    """Was the card read at a till? Entry mode, condition and Mastercard's category must say the same."""
    is_read = message["22"] == ENTRY_MODE_READ
    says = {is_read, message["25"] == CONDITION_NORMAL}
    if network == "mastercard":
        says.add(message.get("48", "").startswith(MASTERCARD_RETAIL))
    if len(says) > 1:
        raise MalformedMessage("the fields do not agree whether the card was there")
    return is_read


def _healthcare(network: str, text: str | None, profile: Profile) -> tuple[HealthcareAmounts | None, bool]:
    if text is None or network not in AMOUNT_TYPES:
        return None, True
    try:
        return parse_healthcare(network, text, profile=profile), True
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
