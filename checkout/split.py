"""Which cent of a basket goes on which card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checkout.models import LineItem
from checkout.network.cards import BENEFIT_KINDS
from checkout.network.types import HealthcareAmounts
from checkout.placement import Placement, Store, place
from eligibility.decision import Decision
from merchants.models import Merchant

NO_BENEFIT_CARD = Placement(False, "no_benefit_card", "Paid with your card.")
BASIS_POINTS = 10_000  # a fraction of money is reckoned in whole numbers


@dataclass(frozen=True, slots=True)
class LineSplit:
    """One line's part on the benefit card, in cents, and why."""

    position: int
    total_cents: int
    benefit_cents: int
    bucket: str
    is_vouched_for: bool
    placement: Placement


@dataclass(frozen=True, slots=True)
class Split:
    """A basket divided for one kind of benefit card."""

    card_kind: str
    lines: tuple[LineSplit, ...]

    @property
    def total_cents(self) -> int:
        return sum(line.total_cents for line in self.lines)

    @property
    def benefit_cents(self) -> int:
        return sum(line.benefit_cents for line in self.lines)

    @property
    def other_cents(self) -> int:
        return self.total_cents - self.benefit_cents

    @property
    def on_benefit(self) -> tuple[LineSplit, ...]:
        return tuple(line for line in self.lines if line.benefit_cents)

    @property
    def is_substantiated(self) -> bool:
        """May the charge say that every item on it was checked? Only with list or human evidence for each."""
        return bool(self.on_benefit) and all(line.is_vouched_for for line in self.on_benefit)

    def healthcare(self) -> HealthcareAmounts:
        """The benefit part by kind, as field 54 carries it."""
        by_bucket = {
            bucket: sum(line.benefit_cents for line in self.lines if line.bucket == bucket)
            for bucket in ("rx", "vision", "dental", "clinic")
        }
        return HealthcareAmounts(
            total_cents=self.benefit_cents, **{f"{bucket}_cents": cents for bucket, cents in by_bucket.items()}
        )


def store_of(merchant: Merchant) -> Store:
    return Store(mcc=merchant.mcc, is_iias_certified=merchant.is_iias_certified, is_ninety_percent=merchant.is_ninety_percent)


def split_for(lines: Sequence[LineItem], merchant: Merchant, card_kind: str) -> Split:
    """Divide the lines for one kind of card; any kind that is no benefit card pays nothing of the benefit part."""
    store = store_of(merchant)
    decisions = [Decision.from_json(line.decision) for line in lines]
    is_benefit = card_kind in BENEFIT_KINDS
    placements = [place(decision, store, card_kind) if is_benefit else NO_BENEFIT_CARD for decision in decisions]
    judged = list(zip(lines, decisions, placements, strict=True))
    carries_shipping = merchant.shipping_rule == Merchant.ShippingRule.PRO_RATA or (
        merchant.shipping_rule == Merchant.ShippingRule.ALL_OR_NOTHING and all(placement.is_allowed for _, _, placement in judged)
    )
    return Split(
        card_kind=card_kind,
        lines=tuple(
            LineSplit(
                position=line.position, total_cents=line.total_cents, bucket=decision.bucket,
                benefit_cents=_benefit_cents(line, decision, carries_shipping) if placement.is_allowed else 0,
                is_vouched_for=decision.is_vouched_for, placement=placement,
            )
            for line, decision, placement in judged
        ),
    )  # fmt: skip


def _benefit_cents(line: LineItem, decision: Decision, carries_shipping: bool) -> int:
    """The eligible part of the line with its tax and, where the merchant's rule lets it, its share of shipping."""
    carried = line.total_cents - (0 if carries_shipping else line.shipping_cents)
    return carried * round((decision.eligible_fraction or 0) * BASIS_POINTS) // BASIS_POINTS
