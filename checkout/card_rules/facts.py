"""What the rules are asked about, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from eligibility.decision import Decision


class ShippingRule(StrEnum):
    """When a line's share of shipping may go on the card with it. The merchant chooses."""

    PRO_RATA = "pro_rata"
    ALL_OR_NOTHING = "eligible_only_if_all_eligible"
    NEVER = "never"


class Indicator(StrEnum):
    """What a charge says of its items: the values of Mastercard's field 48, sub-element 61, position 3.

    4 ("the store is not certified") is the network's own word: no store sends it.
    """

    NOT_VERIFIED = "0"
    VERIFIED = "1"
    EXEMPT = "2"


class Proof(StrEnum):
    """Who has to show what was bought, once the card has paid."""

    NONE = "none"  # the charge carries the proof
    PLAN_MAY_ASK = "plan_may_ask"  # the plan may want the receipt
    HOLDER_KEEPS = "holder_keeps"  # an HSA's holder answers to the tax office alone


@dataclass(frozen=True, slots=True)
class Certification:
    """What a store may claim. iias: it checks every item against a list and is certified to say so.

    ninety_percent: it is on the list of drug stores of which 90 % of the receipts were medical.
    """

    iias: bool = False
    ninety_percent: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket with its decision. net_cents: after its share of the discount."""

    decision: Decision
    net_cents: int
    tax_cents: int = 0
    shipping_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents + self.shipping_cents


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether a line may go on the card; `code` is stable, `why` is for the shopper, in words."""

    is_allowed: bool
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """A line's part on the card, in cents, and why."""

    placement: Placement
    benefit_cents: int
    is_vouched_for: bool


@dataclass(frozen=True, slots=True)
class CardVerdict:
    """What of a basket may go on one kind of card at one store, line by line, and what the charge says of it."""

    card_kind: str
    lines: tuple[LineVerdict, ...]
    indicator: Indicator
    proof: Proof

    @property
    def benefit_cents(self) -> int:
        return sum(line.benefit_cents for line in self.lines)
