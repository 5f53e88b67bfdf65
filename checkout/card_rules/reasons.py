"""Why a line may not go on a card: a code, a sentence for the shopper, one for the merchant, and where the rule stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.card_rules.facts import Placement

CARD_NAMES: Final = {
    "fsa": "an FSA card", "hsa": "an HSA card", "hra": "an HRA card", "lpfsa": "a limited-purpose FSA card",
    "multi": "a benefit card", "unknown": "a benefit card",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that keeps a line off the card. `{a_card}` stands for the kind of card, with its article.

    note: beside the line in the merchant's portal; empty where the item's verdict says it already.
    """

    code: str
    why: str
    note: str
    source: str


def _table(*reasons: Reason) -> dict[str, Reason]:
    return {reason.code: reason for reason in reasons}


REASONS: Final = _table(
    Reason(
        "unknown", "We are not sure yet whether this is eligible, so your other card pays for it. A person will look at it.", "",
        "Notice 2006-69: only what was matched to a list of section 213(d) items may be paid automatically.",
    ),
    Reason(
        "not_eligible", "This is not a medical expense, so your other card pays for it.", "",
        "IRC section 213(d)(1)(A) and (9).",
    ),
    Reason(
        "needs_letter", "This needs a letter of medical necessity first. Pay with your other card, then claim it with the letter.", "",
        "Prop. Reg. 1.125-6: an expense that serves health in general as well wants proof that it treats an illness.",
    ),
    Reason(
        "needs_prescription", "This needs a prescription on file first. Pay with your other card, then claim it with the prescription.", "",
        "IRC section 213(b): a prescribed drug is one that needs a prescription.",
    ),
    Reason(
        "needs_itemisation",
        "Only a part of this is medical, and the store has not said which. Pay with your other card, then claim that part.",
        "Only a part of it is medical, and the part is not stated.",
        "Pub. 502, on special food and on what is medical in part: only the medical part counts.",
    ),
    Reason(
        "wrong_account", "Your card's account does not pay for this kind of item, so your other card pays for it.",
        "The card's account does not pay for this kind of item.",
        "Prop. Reg. 1.125-6: each account pays for its own kind of expense.",
    ),
    Reason(
        "limited_purpose", "A limited-purpose FSA pays for dental, vision and preventive care only, so your other card pays for this.",
        "A limited-purpose FSA pays for dental, vision and preventive care only.",
        "Rev. Rul. 2004-45: what an FSA may pay beside an HSA.",
    ),
    Reason(
        "store_not_enabled", "This store cannot take {a_card} yet. Pay with an HSA or another card, and claim it with the receipt.",
        "This store cannot take {a_card} yet: it is not certified to check items.",
        "Notice 2006-69: a store that is no health care provider needs an inventory approval system.",
    ),
    Reason(
        "store_not_medical",
        "By its line of business this store is not one where {a_card} pays. Pay with an HSA or another card, and claim it with the receipt.",
        "By its category code this store is no place where {a_card} pays, and it is not certified to check items.",
        "Notice 2006-69 and Notice 2007-2: the codes of health care, and the trades that may check items instead.",
    ),
    Reason(
        "needs_review",
        "Here {a_card} may pay only for items that a list or a reviewer has confirmed. Your other card pays for this; the receipt is enough to claim it.",
        "{a_card} pays here only for what a list or a reviewer has confirmed.",
        "Notice 2006-69: every item of the charge is matched to the list. CCA 202317020: no sampling, no own word for it.",
    ),
)  # fmt: skip

NO_BENEFIT_CARD: Final = Placement(False, "no_benefit_card", "Paid with your card.")


def refusal(code: str, card_kind: str) -> Placement:
    """The refusal in the shopper's words, for this kind of card."""
    return Placement(False, code, REASONS[code].why.format(a_card=CARD_NAMES[card_kind]))


def note_for(code: str, card_kind: str) -> str:
    """The same for the merchant; empty where there is nothing to add to the item's verdict."""
    reason = REASONS.get(code)
    return _capital(reason.note.format(a_card=CARD_NAMES.get(card_kind, "a benefit card"))) if reason else ""


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
