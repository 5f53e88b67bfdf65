"""What would change for whom, were a definition, or everything that is approved, in force instead of what is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from common.scopes import across_merchants
from rules.checks.examples import MOST_REASONS, deciding
from rules.checks.population import KIND_CODES, inputs, kinds_of
from rules.checks.tally import Change, Shown, Tally
from rules.customers.today import rules_today
from rules.definition.tree import Definition
from rules.engine.compile import compile_plan
from rules.engine.oracle import judge
from rules.engine.plan import Plan
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.models import Customer

Sides = tuple[RuleEntry | None, RuleEntry | None]  # before, after
SAMPLE: Final = 20_000
SHOWN, SHOWN_OF_A_SET = 10, 3  # customers of each kind of change


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one group of customers: how many were judged, and of how many the rule was, and would be, true."""

    customers: int = 0
    before: int = 0
    after: int = 0
    newly: int = 0
    lost: int = 0
    rescored: int = 0

    def share(self, which: Literal["before", "after"]) -> float | None:
        """0 to 1; None where nobody was judged."""
        return int(getattr(self, which)) / self.customers if self.customers else None

    @property
    def difference(self) -> float | None:
        """By how much the qualify-rate would grow, −1 to 1."""
        before, after = self.share("before"), self.share("after")
        return None if before is None or after is None else after - before


@dataclass(frozen=True, slots=True)
class ChangedCustomer:
    """One customer for whom it would be otherwise, with why. score: None where the rule is not true, or not there."""

    public_id: str
    kind: str
    change: Change
    score_before: int | None
    score_after: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """One rule before and after. scores: how many qualify with a score in each of BINS equal spans of 0 … MAX_SCORE."""

    slug: str
    total: Counts
    by_kind: dict[str, Counts]
    scores_before: tuple[int, ...]
    scores_after: tuple[int, ...]
    examples: tuple[ChangedCustomer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A rule before and after, and where the plan's outcome has each; None: it is not there."""

    slug: str
    before: RuleEntry | None
    after: RuleEntry | None
    before_slot: int | None
    after_slot: int | None


def dry_run(
    *, definition: Definition, live: Definition | None = None, sample: int | None = SAMPLE, today: date | None = None
) -> DryRun:
    """One definition against what is in force of it. sample: None judges every customer. Nothing is kept.

    What is known of the customers is read as it is now; live: None where the rule is new.
    """
    after = RuleEntry("candidate", "candidate", 0, 0, definition)
    before = RuleEntry("candidate", "candidate", 0, 0, live) if live is not None else None
    (result,) = _compared([(before, after)], sample, today or rules_today(), SHOWN)
    return result


def dry_run_set(
    *, entries: Iterable[RuleEntry], live: Iterable[RuleEntry] = (), sample: int | None = SAMPLE, today: date | None = None,
    only_changed: bool = True,
) -> list[DryRun]:  # fmt: skip
    """A whole set of rules against the one in force, rule by rule, in one pass over the customers; also rules that would go."""
    old, new = {one.public_id: one for one in live}, {one.public_id: one for one in entries}
    pairs = [(old.get(id), new.get(id)) for id in dict.fromkeys([*new, *old])]
    if only_changed:
        pairs = [(a, b) for a, b in pairs if a is None or b is None or a.definition != b.definition]
    return _compared(pairs, sample, today or rules_today(), SHOWN_OF_A_SET) if pairs else []


@across_merchants("a dry run judges everybody's customers")
def _compared(sides: Sequence[Sides], sample: int | None, today: date, most_shown: int) -> list[DryRun]:
    plan, pairs = _plan_of(sides, today)
    tallies = [Tally(most_shown) for _ in pairs]
    for ids, rows in inputs(plan, sample=sample):
        scores, kinds = plan.evaluate(rows).scores, kinds_of(rows)
        nobody = np.full(len(ids), -1, np.int16)
        for pair, tally in zip(pairs, tallies, strict=True):
            before, after = (nobody if slot is None else scores[:, slot] for slot in (pair.before_slot, pair.after_slot))
            tally.add(ids=ids, rows=rows, kinds=kinds, before=before, after=after)
    names = _public_ids(tallies)
    return [_result(plan, pair, tally, names) for pair, tally in zip(pairs, tallies, strict=True)]


def _plan_of(sides: Sequence[Sides], today: date) -> tuple[Plan, list[_Pair]]:
    """One plan of both sides: what they share is read and computed once."""
    entries: list[RuleEntry] = []

    def placed(one: RuleEntry | None) -> int | None:
        if one is None:
            return None
        slot = len(entries)
        entries.append(RuleEntry(f"{one.public_id}:{slot}", one.slug, slot, one.revision, one.definition))
        return slot

    pairs = [_Pair((b or a or _nothing()).slug, a, b, placed(a), placed(b)) for a, b in sides]
    slots = {one.public_id: one.slot for one in entries}
    return compile_plan(RuleSet(0, "", tuple(entries), slots), today), pairs


def _nothing() -> RuleEntry:
    raise ValueError("A rule is compared with nothing on both sides.")


def _public_ids(tallies: Iterable[Tally]) -> dict[int, str]:
    wanted = {one.customer_id for tally in tallies for shown in tally.shown.values() for one in shown}
    return dict(Customer.objects.filter(pk__in=wanted).values_list("pk", "public_id"))


def _result(plan: Plan, pair: _Pair, tally: Tally, names: Mapping[int, str]) -> DryRun:
    by_kind = {kind: Counts(*map(int, tally.counts[at])) for at, kind in enumerate(KIND_CODES) if tally.counts[at, 0]}
    examples = [
        _example(plan, pair, change, one, names[one.customer_id])
        for change, shown in tally.shown.items() for one in shown if one.customer_id in names
    ]  # fmt: skip
    return DryRun(
        pair.slug, Counts(*map(int, tally.counts.sum(axis=0))), by_kind, tuple(map(int, tally.bins[0])),
        tuple(map(int, tally.bins[1])), tuple(examples),
    )  # fmt: skip


def _example(plan: Plan, pair: _Pair, change: Change, one: Shown, name: str) -> ChangedCustomer:
    """Why: what the rule says of the customer afterwards, or said before, where it goes; the independent evaluator tells it."""
    entry, values = pair.after or pair.before or _nothing(), one.values(plan)
    verdict = judge(entry.definition, values, plan.today)
    return ChangedCustomer(
        name, str(values.get("customer_kind", "")), change, one.before if one.before >= 0 else None,
        one.after if one.after >= 0 else None, tuple(deciding(verdict.explained)[:MOST_REASONS]),
    )  # fmt: skip
