"""How the sandbox's issuers decide. Pure: the same attempt on the same day gets the same answer.

A benefit card other than an HSA card pays only at merchants its plan allows, and only the healthcare part:

    merchant category          what the request must say                        otherwise
    healthcare (HEALTHCARE)    nothing                                          -
    pharmacy (5912, 5122)      exempt under the 90% rule, or as below           58
    any other                  certified for IIAS                               58
                               and healthcare total and substantiation flag 1   05

A limited-purpose FSA card pays for vision and dental only (57 when there is none).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from checkout.network import responses
from checkout.network.cards import RESTRICTED_KINDS, luhn_ok
from checkout.network.host.attempt import Attempt
from checkout.network.private_data import EXEMPT_90_PERCENT, SUBSTANTIATED
from checkout.network.profiles import SANDBOX, Profile, Reason

HEALTHCARE_MCCS: Final = frozenset(
    {"4119", "5047", "5975", "5976", "7277", "8011", "8021", "8031"}
    | {"8041", "8042", "8043", "8049", "8050", "8062", "8071", "8099"}
)
PHARMACY_MCCS: Final = frozenset({"5912", "5122"})
VISION_DENTAL_MCCS: Final = frozenset({"8021", "8042", "8043"})

LITTLE_LEFT_CENTS: Final = 20_00
RIGHT_CVC: Final = "123"

SCRIPTED_REFUSALS: Final = {
    "declined": responses.DO_NOT_HONOUR,
    "insufficient_funds": responses.INSUFFICIENT_FUNDS,
    "not_enabled": responses.NOT_PERMITTED_TO_MERCHANT,
    "expired": responses.EXPIRED_CARD,
    "duplicate": responses.DUPLICATE,
    "issuer_away": responses.ISSUER_AWAY,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """DE 39 and the amount approved, 0 when refused; the reason, where processors have words of their own for it."""

    response_code: str
    approved_cents: int = 0
    reason: Reason = ""


NOT_ENABLED: Final = Decision(responses.NOT_PERMITTED_TO_MERCHANT, reason="iias_not_enabled")


def decide(attempt: Attempt, *, today: date, profile: Profile = SANDBOX) -> Decision:
    """The answer to one attempt: the processor looks at the message first, then the issuer at card, merchant and plan."""
    if attempt.only_verifies:
        return _verify(attempt, today)
    refusal = (
        _refused_card(attempt, today)
        or SCRIPTED_REFUSALS.get(attempt.script)
        or _refused_certificate(attempt, profile)
        or _refused_amounts(attempt)
        or _refused_merchant(attempt)
    )
    if not refusal:
        return _approve(attempt)
    return refusal if isinstance(refusal, Decision) else Decision(refusal)


def _verify(attempt: Attempt, today: date) -> Decision:
    """Is the account good? What there is on it, and for what, is not asked."""
    script = attempt.script if attempt.script != "insufficient_funds" else "approved"
    return Decision(_refused_card(attempt, today) or SCRIPTED_REFUSALS.get(script) or responses.NOT_DECLINED)


def _refused_card(attempt: Attempt, today: date) -> str | None:
    if not luhn_ok(attempt.pan) or not attempt.card_bin.is_listed:
        return responses.INVALID_CARD  # real card numbers end here too: the sandbox wants none
    if attempt.expires < today.replace(day=1):
        return responses.EXPIRED_CARD
    if attempt.script == "stopped" and attempt.private.is_merchants:
        return responses.STOPPED
    if attempt.script == "wrong_cvc" and attempt.private.cvc != RIGHT_CVC:
        is_visa = attempt.card_bin.network == "visa"
        return responses.WRONG_CVC_VISA if is_visa else responses.WRONG_CVC_MASTERCARD
    return None


def _refused_certificate(attempt: Attempt, profile: Profile) -> Decision | None:
    """Some processors refuse healthcare amounts of a merchant that was not set up for them, whatever the card."""
    says_healthcare = attempt.healthcare is not None or not attempt.healthcare_is_readable
    if profile.healthcare_needs_certificate and says_healthcare and not attempt.private.iias_certified:
        return NOT_ENABLED
    return None


def _refused_amounts(attempt: Attempt) -> Decision | None:
    if attempt.amount_cents == 0:
        return Decision(responses.INVALID_AMOUNT)
    if not attempt.healthcare_is_readable or (attempt.healthcare and attempt.healthcare.problems(attempt.amount_cents)):
        return Decision(responses.INVALID_AMOUNT, reason="healthcare_amounts")
    return None


def _refused_merchant(attempt: Attempt) -> Decision | str | None:
    if attempt.card_bin.account_kind not in RESTRICTED_KINDS or attempt.mcc in HEALTHCARE_MCCS:
        return None
    if attempt.private.substantiation == EXEMPT_90_PERCENT and attempt.mcc in PHARMACY_MCCS:
        return None
    if not attempt.private.iias_certified:
        return NOT_ENABLED
    if attempt.healthcare is None or attempt.private.substantiation != SUBSTANTIATED:
        return responses.DO_NOT_HONOUR
    return None


def may_claim_healthcare(attempt: Attempt) -> bool:
    """Healthcare data count from whoever sells care, is certified for IIAS, or is a pharmacy under the 90% rule."""
    is_exempt = attempt.private.substantiation == EXEMPT_90_PERCENT and attempt.mcc in PHARMACY_MCCS
    return attempt.private.iias_certified or attempt.mcc in HEALTHCARE_MCCS or is_exempt


def _approve(attempt: Attempt) -> Decision:
    covered_cents = _covered_cents(attempt)
    if covered_cents == 0:
        return Decision(responses.NOT_PERMITTED_TO_CARD)
    if attempt.script == "partial":
        covered_cents = min(covered_cents, LITTLE_LEFT_CENTS)
    if covered_cents >= attempt.amount_cents:
        return Decision(responses.APPROVED, attempt.amount_cents, "approved")
    if attempt.private.partial_allowed:
        return Decision(responses.PARTIAL, covered_cents, "partial")
    return Decision(responses.INSUFFICIENT_FUNDS)


def _covered_cents(attempt: Attempt) -> int:
    """How much of the charge the plan pays for."""
    kind, healthcare = attempt.card_bin.account_kind, attempt.healthcare
    if kind == "lpfsa":
        if healthcare:
            return healthcare.vision_cents + healthcare.dental_cents
        return attempt.amount_cents if attempt.mcc in VISION_DENTAL_MCCS else 0
    return healthcare.total_cents if healthcare and kind in RESTRICTED_KINDS else attempt.amount_cents
