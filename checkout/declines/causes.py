"""The causes under which declines are counted, and what a merchant can do about each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """Why a payment failed. Public and stable: the API tells them."""

    BALANCE = "balance"
    PLAN_STORE = "plan_refuses_store"
    PLAN_ITEMS = "plan_refuses_items"
    CARD_DETAILS = "card_details"
    CARD_BLOCKED = "card_blocked"
    LIMIT = "card_limit"
    SUSPICION = "suspicion"
    NO_REASON = "no_reason"
    NO_ANSWER = "no_answer"
    NETWORK = "network"
    MESSAGE = "message"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CauseWords:
    """title: a few words. advice: what the merchant can do so that fewer fail so."""

    title: str
    advice: str


CAUSES: Final = {
    Cause.BALANCE: CauseWords("Balance too low", "Nothing to mend: offer a second card before paying, so that what the benefit card lacks goes there at once."),
    Cause.PLAN_STORE: CauseWords("Plan does not accept the store", "Check your category code and certificate with your acquirer: plans refuse stores that they do not find on their lists."),
    Cause.PLAN_ITEMS: CauseWords("Plan does not pay for the items", "Look at the items of these sales: the plan has a narrower list than the rules, such as dental and vision only."),
    Cause.CARD_DETAILS: CauseWords("Number, date or code mistyped", "Nothing to mend: shoppers who correct the card usually pay at the second try."),
    Cause.CARD_BLOCKED: CauseWords("Card blocked or closed", "Do not try the card again: its issuer never approves it, and the networks charge for repeats."),
    Cause.LIMIT: CauseWords("Limit of the card reached", "The same card may pay on another day; meanwhile another card pays."),
    Cause.SUSPICION: CauseWords("Issuer suspects fraud", "Look at these sales for card testing: many small ones, or many cards from one place."),
    Cause.NO_REASON: CauseWords("Issuer gave no reason", "The shopper can ask the plan or the bank; only they know."),
    Cause.NO_ANSWER: CauseWords("No answer in time", "Nothing stays charged: what was held is released. If it lasts, look at the status page."),
    Cause.NETWORK: CauseWords("Card network or issuer down", "Nothing to mend: the same card may pay in some minutes."),
    Cause.MESSAGE: CauseWords("Charge not understood", "This is ours or the acquirer's to mend: send support the payment's id."),
    Cause.OTHER: CauseWords("Another cause", "Open the sales: each says what happened."),
}  # fmt: skip

# Payments that failed without an issuer's no, by the payment's failure code.
CAUSE_OF_FAILURE: Final = {
    "second_card_needed": Cause.BALANCE, "network_timeout": Cause.NO_ANSWER, "interrupted": Cause.NO_ANSWER, "payment_released": Cause.NO_ANSWER,
    "network_unavailable": Cause.NETWORK,
}  # fmt: skip
CHOICES: Final = [(cause.value, cause.value) for cause in Cause]
