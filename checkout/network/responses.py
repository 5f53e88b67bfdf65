"""Response codes (DE 39) and what they mean in plain words."""

from __future__ import annotations

from typing import Final

from checkout.declines.table import explain

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
ISSUER_AWAY: Final = "91"
NOT_DECLINED: Final = "85"  # to a verification: nothing speaks against the account
DUPLICATE: Final = "94"
WRONG_CVC_VISA: Final = "N7"
STOPPED: Final = "R1"

APPROVING: Final = frozenset({APPROVED, PARTIAL})
VERIFYING: Final = frozenset({APPROVED, NOT_DECLINED})

MESSAGES: Final = {
    APPROVED: "Approved.",
    PARTIAL: "Approved for part of the amount. Pay the rest with another card.",
    NOT_DECLINED: "The account is good.",
}


def message_for(response_code: str) -> str:
    """One plain sentence for a response code, also for codes that the table of declines does not know."""
    return MESSAGES.get(response_code) or explain(response_code).why
