"""Response codes (DE 39) and what they mean in plain words."""

from __future__ import annotations

from typing import Final

APPROVED: Final = "00"
PARTIAL: Final = "10"
DO_NOT_HONOUR: Final = "05"
INVALID_TRANSACTION: Final = "12"
INVALID_AMOUNT: Final = "13"
INVALID_CARD: Final = "14"
ORIGINAL_NOT_FOUND: Final = "25"
FORMAT_ERROR: Final = "30"
INSUFFICIENT_FUNDS: Final = "51"
EXPIRED_CARD: Final = "54"
NOT_PERMITTED_TO_CARD: Final = "57"
NOT_PERMITTED_TO_MERCHANT: Final = "58"
TOO_LATE: Final = "68"
WRONG_CVC_MASTERCARD: Final = "82"
DUPLICATE: Final = "94"
WRONG_CVC_VISA: Final = "N7"

APPROVING: Final = frozenset({APPROVED, PARTIAL})

MESSAGES: Final = {
    APPROVED: "Approved.",
    PARTIAL: "Approved for part of the amount. Pay the rest with another card.",
    DO_NOT_HONOUR: "The bank gave no reason.",
    INVALID_TRANSACTION: "The card network refused this kind of transaction.",
    INVALID_AMOUNT: "The amount, or its healthcare part, is not valid.",
    INVALID_CARD: "The card number is not valid. Check it and try again.",
    ORIGINAL_NOT_FOUND: "The card network does not know the original transaction.",
    FORMAT_ERROR: "The card network could not read the message.",
    INSUFFICIENT_FUNDS: "The card does not have enough money left for this charge.",
    EXPIRED_CARD: "The card has expired.",
    NOT_PERMITTED_TO_CARD: "The plan behind this card does not pay for these goods.",
    NOT_PERMITTED_TO_MERCHANT: "This store is not enabled for this benefit card.",
    TOO_LATE: "The charge was cancelled before it reached the card network.",
    WRONG_CVC_MASTERCARD: "The security code on the card does not match.",
    WRONG_CVC_VISA: "The security code on the card does not match.",
    DUPLICATE: "The card network has seen this transaction before.",
}


def message_for(response_code: str) -> str:
    """One plain sentence for a response code, also for codes this table does not know."""
    return MESSAGES.get(response_code, "The bank gave no reason.")
