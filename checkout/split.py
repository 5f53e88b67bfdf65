"""Which cent of a basket goes on which card: the basket's rows, as `checkout.card_rules` judges them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from checkout.card_rules import CardVerdict, Certification, Indicator, Line, Placement, ShippingRule, judge_card
from checkout.models import LineItem
from checkout.network.types import HealthcareAmounts
from eligibility.decision import Decision
from merchants.models import Merchant

BUCKETS = ("rx", "vision", "dental", "clinic")


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
    """A basket divided for one kind of benefit card. indicator: what the charge may say of its items."""

    card_kind: str
    lines: tuple[LineSplit, ...]
    indicator: Indicator = Indicator.NOT_VERIFIED

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
        """May the charge say that every item on it was checked?"""
        return self.indicator == Indicator.VERIFIED

    def narrowed(self, parts: Mapping[int, int]) -> Split:
        """The same division where the card carries these cents of each line only; never more than it may."""
        return replace(
            self,
            lines=tuple(replace(line, benefit_cents=min(line.benefit_cents, parts.get(line.position, 0))) for line in self.lines),
        )

    def without(self, positions: Collection[int]) -> Split:
        """The same division where these lines stay off the card."""
        return self.narrowed({line.position: line.benefit_cents for line in self.lines if line.position not in positions})

    def healthcare(self) -> HealthcareAmounts:
        """The benefit part by kind, as field 54 carries it."""
        by_bucket = {bucket: sum(line.benefit_cents for line in self.lines if line.bucket == bucket) for bucket in BUCKETS}
        return HealthcareAmounts(
            total_cents=self.benefit_cents, **{f"{bucket}_cents": cents for bucket, cents in by_bucket.items()}
        )


def certification_of(merchant: Merchant) -> Certification:
    return Certification(iias=merchant.is_iias_certified, ninety_percent=merchant.is_ninety_percent)


def split_for(lines: Sequence[LineItem], merchant: Merchant, card_kind: str) -> Split:
    """Divide the lines for one kind of card; any kind that is no benefit card pays nothing of the benefit part."""
    return _divide(lines, [_facts(line) for line in lines], merchant, card_kind)


def pending_split(lines: Sequence[LineItem], merchant: Merchant, card_kind: str) -> Split:
    """What a benefit card may hold for lines that need a letter, as if it had come, and of no other line.

    Nobody vouches for them yet: where a plan wants every item of a charge checked, nothing can be held.
    """
    return _documented(lines, merchant, card_kind, frozenset({"letter"}))


def documented_split(lines: Sequence[LineItem], merchant: Merchant, card_kind: str) -> Split:
    """What a benefit card could pay for lines that need a letter or a prescription, once it is there, and of no other line."""
    return _documented(lines, merchant, card_kind, frozenset({"letter", "rx"}))


def _documented(lines: Sequence[LineItem], merchant: Merchant, card_kind: str, needing: frozenset[str]) -> Split:
    known = [_facts(line) for line in lines]
    return _divide(lines, [replace(fact, decision=_as_if_there(fact.decision, needing)) for fact in known], merchant, card_kind)


def _divide(lines: Sequence[LineItem], facts: Sequence[Line], merchant: Merchant, card_kind: str) -> Split:
    verdict = judge_card(
        facts, mcc=merchant.mcc, card_kind=card_kind, certification=certification_of(merchant),
        shipping_rule=ShippingRule(merchant.shipping_rule),
    )  # fmt: skip
    return Split(card_kind=card_kind, lines=_parts(lines, facts, verdict), indicator=verdict.indicator)


def _as_if_there(decision: Decision, needing: frozenset[str]) -> Decision:
    if decision.status in needing:
        return replace(decision, status="eligible", evidence="model", agreed_by=None)
    return replace(decision, status="not_eligible")


def _facts(line: LineItem) -> Line:
    return Line(
        Decision.from_json(line.decision), net_cents=line.total_cents - line.tax_cents - line.shipping_cents,
        tax_cents=line.tax_cents, shipping_cents=line.shipping_cents,
    )  # fmt: skip


def _parts(lines: Sequence[LineItem], facts: Sequence[Line], verdict: CardVerdict) -> tuple[LineSplit, ...]:
    return tuple(
        LineSplit(
            position=line.position, total_cents=line.total_cents, bucket=fact.decision.bucket, benefit_cents=judged.benefit_cents,
            is_vouched_for=judged.is_vouched_for, placement=judged.placement,
        )
        for line, fact, judged in zip(lines, facts, verdict.lines, strict=True)
    )  # fmt: skip
