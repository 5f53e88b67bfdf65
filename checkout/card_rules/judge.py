"""May these lines go on this benefit card here? Money rides on it, so it is one function of its arguments and nothing else.

Notice 2006-69, Notice 2007-2 and Prop. Reg. 1.125-6 say when a plan may take a card payment for proven; the card
networks' special interest group and the processors restate it for stores. `reasons.py` names the source of each rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from checkout.card_rules.facts import (
    CardVerdict,
    Certification,
    Indicator,
    Line,
    LineVerdict,
    Placement,
    Proof,
    ShippingRule,
)
from checkout.card_rules.kinds import BENEFIT_KINDS, PURSES
from checkout.card_rules.mccs import HEALTHCARE_MCCS, INVENTORY_MCCS, PHARMACY_MCCS
from checkout.card_rules.reasons import NO_BENEFIT_CARD, refusal
from eligibility.decision import Decision

BASIS_POINTS: Final = 10_000  # a fraction of money is reckoned in whole numbers
ALLOWED: Final = {
    Proof.NONE: Placement(True, "allowed", "Your benefit card pays for this."),
    Proof.PLAN_MAY_ASK: Placement(
        True, "allowed", "Your benefit card pays for this. Keep the receipt: your plan may ask for it."
    ),
    Proof.HOLDER_KEEPS: Placement(True, "allowed", "Your HSA pays for this. Keep the receipt with your tax papers."),
}
STATUS_REFUSALS: Final = {
    "unknown": "unknown", "not_eligible": "not_eligible", "letter": "needs_letter", "rx": "needs_prescription",
}  # fmt: skip


def judge_card(
    lines: Sequence[Line],
    *,
    mcc: str,
    card_kind: str,
    certification: Certification,
    shipping_rule: ShippingRule = ShippingRule.PRO_RATA,
) -> CardVerdict:
    """What of these lines may go on a card of this kind at a store with this category code, in cents, and why not.

    The answer says too what the charge may claim of its items. A kind that is no benefit card pays nothing of it. No line's
    part is above its net, tax and, where the rule lets it, shipping, times the share of it that is medical. More
    certification never takes a line off the card.
    """
    refusals = [_refusal(line.decision, mcc=mcc, card_kind=card_kind, certification=certification) for line in lines]
    carries_shipping = shipping_rule == ShippingRule.PRO_RATA or (
        shipping_rule == ShippingRule.ALL_OR_NOTHING and not any(refusals)
    )
    cents = [0 if no else _benefit_cents(line, carries_shipping) for line, no in zip(lines, refusals, strict=True)]
    charged = [line.decision for line, part in zip(lines, cents, strict=True) if part]
    indicator = _indicator(charged, mcc=mcc, certification=certification)
    proof = _proof(card_kind, indicator)
    return CardVerdict(
        card_kind=card_kind, indicator=indicator, proof=proof,
        lines=tuple(
            LineVerdict(no or ALLOWED[proof], part, line.decision.is_vouched_for)
            for line, no, part in zip(lines, refusals, cents, strict=True)
        ),
    )  # fmt: skip


def _refusal(decision: Decision, *, mcc: str, card_kind: str, certification: Certification) -> Placement | None:
    """The first rule that keeps the line off the card, the item's own before the store's; None where it may go on it."""
    if card_kind not in BENEFIT_KINDS:
        return NO_BENEFIT_CARD
    if code := STATUS_REFUSALS.get(decision.status):
        return refusal(code, card_kind)
    if not PURSES[card_kind] & set(decision.account_kinds):
        return refusal("limited_purpose" if card_kind == "lpfsa" else "wrong_account", card_kind)
    if decision.eligible_fraction is None:
        return refusal("needs_itemisation", card_kind)
    if not _needs_item_data(mcc=mcc, card_kind=card_kind, certification=certification):
        return None
    if not certification.iias:
        return refusal("store_not_enabled" if mcc in INVENTORY_MCCS else "store_not_medical", card_kind)
    return None if decision.is_vouched_for else refusal("needs_review", card_kind)


def _needs_item_data(*, mcc: str, card_kind: str, certification: Certification) -> bool:
    """Must every item of the charge have been checked, and the charge say so?

    Not for an HSA: its holder answers to the tax office alone (IRC section 223(f)). Not at a health care provider (Notice
    2006-69), nor at a pharmacy under the 90 % rule (Notice 2007-2, Prop. Reg. 1.125-6).
    """
    return card_kind != "hsa" and mcc not in HEALTHCARE_MCCS and not is_exempt(mcc, certification)


def is_exempt(mcc: str, certification: Certification) -> bool:
    """Is it a pharmacy that the 90 % rule frees of checking items? Any other store on the list is not (Notice 2007-2)."""
    return certification.ninety_percent and mcc in PHARMACY_MCCS


def _indicator(charged: Iterable[Decision], *, mcc: str, certification: Certification) -> Indicator:
    """`VERIFIED` only from a certified store, with list or human evidence for every item on the charge. A model's word is none."""
    decisions = list(charged)
    if not decisions:
        return Indicator.NOT_VERIFIED
    if certification.iias and all(decision.is_vouched_for for decision in decisions):
        return Indicator.VERIFIED
    return Indicator.EXEMPT if is_exempt(mcc, certification) else Indicator.NOT_VERIFIED


def _proof(card_kind: str, indicator: Indicator) -> Proof:
    """Under the 90 % rule, and where the code alone spoke, plans still ask for receipts (Prop. Reg. 1.125-6)."""
    if card_kind == "hsa":
        return Proof.HOLDER_KEEPS
    return Proof.NONE if indicator == Indicator.VERIFIED else Proof.PLAN_MAY_ASK


def _benefit_cents(line: Line, carries_shipping: bool) -> int:
    """The medical part of the line with its tax and, where the rule lets it, its share of shipping; never rounded up."""
    carried = line.net_cents + line.tax_cents + (line.shipping_cents if carries_shipping else 0)
    return carried * round((line.decision.eligible_fraction or 0) * BASIS_POINTS) // BASIS_POINTS
