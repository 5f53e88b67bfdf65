"""Rules that get into each other's way: of one audience and category, true of the same customers, where one always comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from common.scopes import across_merchants
from rules.checks.dry_run import SAMPLE
from rules.checks.findings import Finding, hint, in_order, warning
from rules.checks.population import inputs
from rules.checks.space import all_of, formula_of
from rules.checks.truth import is_impossible
from rules.checks.walk import ROOT
from rules.customers.today import rules_today
from rules.definition.tree import MAX_SCORE, Definition
from rules.engine.compile import compile_plan
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.fields.types import Audience

MUCH = 0.8  # of whom a rule is true, for whom another is true as well


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of a sample. mine, theirs, both: of how many customers this rule, the other, and both are true."""

    slug: str
    mine: int
    theirs: int
    both: int

    @property
    def share(self) -> float | None:
        """Of whom this rule is true, the part for whom the other is too; None where it is true of nobody."""
        return self.both / self.mine if self.mine else None


def shadowed_by(definition: Definition, others: Iterable[RuleEntry]) -> list[Finding]:
    """What is proved: whoever meets this rule meets another that always comes first, or the other way round."""
    found: list[Finding] = []
    for other in others:
        if kinds := _shared(definition, other.definition):
            found += _shadows(definition, other, kinds)
    return in_order(found)


def overlaps(
    definition: Definition, others: Iterable[RuleEntry], *, sample: int | None = SAMPLE, today: date | None = None
) -> list[Overlap]:
    """How often this rule and each other of its audience and category are true of the same customers; most often first."""
    rivals = [one for one in others if _shared(definition, one.definition)]
    if not rivals:
        return []
    return sorted(_counted(definition, rivals, sample, today or rules_today()), key=lambda one: (-(one.share or 0), one.slug))


def check_overlaps(definition: Definition, others: Iterable[RuleEntry], *, sample: int | None = SAMPLE) -> list[Finding]:
    """Findings of both: what is proved is a warning, what a sample shows is a hint."""
    rivals = list(others)
    proved = shadowed_by(definition, rivals)
    if proved:
        return proved
    return [
        hint(ROOT, f"{one.share:.0%} of who qualifies also qualifies for “{one.slug}”.", "Tell them apart by a condition, or make one of two.")
        for one in overlaps(definition, rivals, sample=sample)
        if one.share is not None and one.share >= MUCH
    ]  # fmt: skip


def _shared(one: Definition, other: Definition) -> tuple[Audience, ...]:
    """The kinds of customers that both are for, where they are of one category and their periods meet."""
    if one.category != other.category or not set(one.channels) & set(other.channels) or not _meet(one, other):
        return ()
    return tuple(kind for kind in one.audience if kind in other.audience)


def _meet(one: Definition, other: Definition) -> bool:
    starts = max(one.starts_on or date.min, other.starts_on or date.min)
    return starts <= min(one.ends_on or date.max, other.ends_on or date.max)


def _shadows(definition: Definition, other: RuleEntry, kinds: tuple[Audience, ...]) -> Iterator[Finding]:
    if _always_behind(definition, other.definition, kinds):
        yield warning(
            ROOT, f"Whoever qualifies also qualifies for “{other.slug}”, which always comes first: this rule hardly ever surfaces.",
            "Give it a higher priority or score, or take its customers out of the other.",
        )  # fmt: skip
    if _always_behind(other.definition, definition, kinds):
        yield warning(
            ROOT, f"Whoever qualifies for “{other.slug}” also qualifies for this, which always comes first: “{other.slug}” will hardly surface.",
            "Give this a lower priority or score, or retire the other.",
        )  # fmt: skip


def _always_behind(one: Definition, other: Definition, kinds: tuple[Audience, ...]) -> bool:
    """Proved: each customer of the one is the other's too, and meets the other first."""
    if set(kinds) != set(one.audience) or not _within(one, other) or not comes_first(other, one) or _is_never(one, kinds):
        return False
    return is_impossible(all_of(formula_of(one.conditions), formula_of(other.conditions, holds=False)), kinds)


def _is_never(definition: Definition, kinds: tuple[Audience, ...]) -> bool:
    """What nobody can meet is within everything, and told elsewhere."""
    return is_impossible(formula_of(definition.conditions), kinds)


def _within(one: Definition, other: Definition) -> bool:
    """Does the other run whenever the one does?"""
    starts = (other.starts_on or date.min) <= (one.starts_on or date.min)
    return starts and (one.ends_on or date.max) <= (other.ends_on or date.max)


def comes_first(one: Definition, other: Definition) -> bool:
    """Is the one ranked above the other for every customer, whatever is known of them?"""
    if one.uses_learned_relevance or other.uses_learned_relevance:
        return False
    if one.priority != other.priority:
        return one.priority < other.priority
    return score_bounds(one)[0] > score_bounds(other)[1]


def score_bounds(definition: Definition) -> tuple[int, int]:
    """Between which scores every customer lies: each term adds from nothing to its points."""
    terms = definition.score.terms
    low = definition.score.base + sum(min(term.points, 0) for term in terms)
    high = definition.score.base + sum(max(term.points, 0) for term in terms)
    return int(min(max(low, 0), MAX_SCORE)), int(min(max(high, 0), MAX_SCORE))


@across_merchants("a dry run judges everybody's customers")
def _counted(definition: Definition, rivals: list[RuleEntry], sample: int | None, today: date) -> list[Overlap]:
    entries = (
        RuleEntry("this", "this", 0, 0, definition),
        *(RuleEntry(str(at), one.slug, at, one.revision, one.definition) for at, one in enumerate(rivals, 1)),
    )
    plan = compile_plan(RuleSet(0, "", entries, {one.public_id: one.slot for one in entries}), today)
    theirs, both, mine = [0] * len(rivals), [0] * len(rivals), 0
    for _, rows in inputs(plan, sample=sample):
        is_true = plan.evaluate(rows).scores >= 0
        mine += int(is_true[:, 0].sum())
        for at in range(len(rivals)):
            theirs[at] += int(is_true[:, at + 1].sum())
            both[at] += int((is_true[:, at + 1] & is_true[:, 0]).sum())
    return [Overlap(one.slug, mine, theirs[at], both[at]) for at, one in enumerate(rivals)]
