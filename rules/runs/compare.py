"""What changed from one kept run to another: by rule, who newly qualifies and who no longer does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rules.models import Rule, RuleRun, RunRule
from rules.results.by_rule import rule_results
from rules.results.tables import runs_with_tables
from rules.runs.errors import ResultsDropped

EXAMPLES: Final = 10


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """before, after: how many qualified; None where the run did not judge the rule. Examples are customers' row ids, best score first."""

    rule: Rule
    before: int | None
    after: int | None
    newly: int
    no_longer: int
    examples_newly: list[int]
    examples_no_longer: list[int]


def compare(before: RuleRun, after: RuleRun) -> list[RuleDifference]:
    """Rule by rule, those with the most changes first. Raises ResultsDropped where a run's results are kept no longer."""
    return sorted(differences(before, after), key=lambda one: (-(one.newly + one.no_longer), one.rule.name))


def differences(before: RuleRun, after: RuleRun) -> Iterator[RuleDifference]:
    """As `compare`, one at a time and in the order of slots."""
    kept = runs_with_tables()
    for run in (before, after):
        if run.pk not in kept:
            raise ResultsDropped(f"The results of {run.public_id} are kept no longer.")
    judged = {run.pk: set(RunRule.objects.filter(run=run).values_list("rule_id", flat=True)) for run in (before, after)}
    for rule in Rule.objects.filter(pk__in=judged[before.pk] | judged[after.pk]).order_by("slot"):
        yield _of_rule(rule, before if rule.pk in judged[before.pk] else None, after if rule.pk in judged[after.pk] else None)


def _of_rule(rule: Rule, before: RuleRun | None, after: RuleRun | None) -> RuleDifference:
    old, new = (_sorted(rule, run) for run in (before, after))
    newly, no_longer = _only_in(new, old), _only_in(old, new)
    return RuleDifference(
        rule, len(old[0]) if before else None, len(new[0]) if after else None, len(newly[0]), len(no_longer[0]),
        _best(*newly), _best(*no_longer),
    )  # fmt: skip


Found = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def _sorted(rule: Rule, run: RuleRun | None) -> Found:
    if run is None:
        return np.empty(0, np.int64), np.empty(0, np.int16)
    found = rule_results(rule, run)
    order = np.argsort(found.ids, kind="stable")
    return found.ids[order], found.scores[order]


def _only_in(one: Found, other: Found) -> Found:
    """Those of one who are not among the other; both sorted by id."""
    if not len(other[0]):
        return one
    at = np.minimum(np.searchsorted(other[0], one[0]), len(other[0]) - 1)
    is_new = other[0][at] != one[0]
    return one[0][is_new], one[1][is_new]


def _best(ids: np.ndarray[Any, Any], scores: np.ndarray[Any, Any]) -> list[int]:
    best: list[int] = ids[np.lexsort((ids, -scores.astype(np.int32)))[:EXAMPLES]].tolist()
    return best
