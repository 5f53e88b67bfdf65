"""May this line go on this benefit card? A pure function of decision, store and card; money rides on it.

Sources: Notice 2006-69 and Prop. Reg. 1.125-6 as SIGIS restates them (inventory approval at stores that are not health
care providers); the 90% rule; the merchant category codes at which health plans approve without item data.
"""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.decision import Decision

# At these codes the merchant category alone tells that the sale is health care, so no item data is asked for.
HEALTHCARE_MCCS = frozenset(
    ["4119", "5047", "5975", "5976", "7277", "8011", "8021", "8031", "8041", "8042", "8043", "8049", "8050", "8062", "8071", "8099"]
)  # fmt: skip
# The 90% rule is for drug stores and pharmacies.
PHARMACY_MCCS = frozenset({"5122", "5912"})
# A card with several purses may pay from any of these; which, only its issuer knows.
MULTI_PURSE = frozenset({"fsa", "hsa", "hra"})
# The holder of an HSA answers to the tax office alone: the store needs no item data to take the card.
NEEDS_NO_ITEM_DATA = frozenset({"hsa"})


@dataclass(frozen=True, slots=True)
class Store:
    """What of the merchant the rules ask for."""

    mcc: str
    is_iias_certified: bool
    is_ninety_percent: bool

    @property
    def is_health_care(self) -> bool:
        return self.mcc in HEALTHCARE_MCCS

    @property
    def is_exempt_pharmacy(self) -> bool:
        return self.is_ninety_percent and self.mcc in PHARMACY_MCCS

    def needs_item_data(self, card_kind: str) -> bool:
        """Does a charge on this kind of card need the flag that every item was checked?"""
        return card_kind not in NEEDS_NO_ITEM_DATA and not self.is_health_care and not self.is_exempt_pharmacy


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether a line may go on the card; `code` is stable, `why` is for the shopper, in words."""

    is_allowed: bool
    code: str
    why: str


ALLOWED = Placement(True, "allowed", "Your benefit card pays for this.")
REFUSALS = {
    "unknown": "We are not sure yet whether this is eligible, so your other card pays for it. A person will look at it.",
    "not_eligible": "This is not a medical expense, so your other card pays for it.",
    "needs_letter": "This needs a letter of medical necessity first. Pay with your other card, then claim it with the letter.",
    "needs_prescription": "This needs a prescription on file first. Pay with your other card, then claim it with the prescription.",
    "needs_itemisation": "Only a part of this is medical, and the store has not said which. Pay with your other card, then claim that part.",
    "wrong_account": "Your card's account does not pay for this kind of item, so your other card pays for it.",
    "limited_purpose": "A limited-purpose FSA pays for dental and vision only, so your other card pays for this.",
    "store_not_enabled": "This store cannot take FSA cards yet. Pay with an HSA or another card, and claim it with the receipt.",
    "needs_review": "Here an FSA card may pay only for items that a list or a reviewer has confirmed. Your other card pays for this; the receipt is enough to claim it.",
}  # fmt: skip


def refusal(code: str) -> Placement:
    return Placement(False, code, REFUSALS[code])


def place(decision: Decision, store: Store, card_kind: str) -> Placement:
    """Judge one line for one kind of benefit card (fsa, hsa, hra, lpfsa, multi)."""
    match decision.status:
        case "unknown":
            return refusal("unknown")
        case "not_eligible":
            return refusal("not_eligible")
        case "letter":
            return refusal("needs_letter")
        case "rx":
            return refusal("needs_prescription")
    purses = MULTI_PURSE if card_kind == "multi" else {card_kind}
    if not purses & set(decision.account_kinds):
        return refusal("limited_purpose" if card_kind == "lpfsa" else "wrong_account")
    if decision.eligible_fraction is None:
        return refusal("needs_itemisation")
    if store.needs_item_data(card_kind):
        if not store.is_iias_certified:
            return refusal("store_not_enabled")
        if not decision.is_vouched_for:
            return refusal("needs_review")
    return ALLOWED
