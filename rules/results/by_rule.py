"""A rule's current results: who qualifies, best first, page by page; how many; and how that went from run to run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from django.db import connection

from common.scopes import across_merchants
from rules.models import CurrentRun, FreshResult, Rule, RuleRun, RunRule
from rules.results.blocks import CUSTOMERS_SLOT, customers_of, places_of

PAGE: Final = 100
ID_BITS: Final = 50  # a score and a customer's id in one integer, so that a page is found without sorting everybody

_BLOCKS = """
SELECT part.first_customer, who.bits, found.bits, found.scores
  FROM rules_rulepart AS part
  JOIN rules_result_block AS found ON found.run_id = %(run)s AND found.slot = %(slot)s AND found.part = part.number
  JOIN rules_result_block AS who ON who.run_id = %(run)s AND who.slot = %(customers)s AND who.part = part.number
 WHERE part.run_id = %(run)s AND found.qualifying > 0
 ORDER BY part.number
"""


@dataclass(frozen=True, slots=True)
class RuleResults:
    """Everybody who qualifies by a rule now. ids: int64 [n]; scores: int16 [n]; in no order. run: None before the first."""

    run: RuleRun | None
    ids: np.ndarray[Any, np.dtype[np.int64]]
    scores: np.ndarray[Any, np.dtype[np.int16]]


@dataclass(frozen=True, slots=True)
class Page:
    """rows: (customer's row id, score), the highest score first, then the oldest customer. next: hand it in to go on."""

    run: RuleRun | None
    total: int
    rows: list[tuple[int, int]]
    next: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Point:
    """One run of the trend: how many of its customers qualified."""

    run_id: int
    public_id: str
    today: date
    clock_at: datetime
    customers: int
    qualifying: int


def rule_results(rule: Rule, run: RuleRun | None = None) -> RuleResults:
    """Who qualifies by a rule: by the current run with what was evaluated singly since, or by a kept run as it was."""
    current = run is None
    if run is None:
        pointer = CurrentRun.objects.select_related("run").first()
        run = pointer.run if pointer else None
    ids, scores = _of_run(rule, run)
    if current:
        ids, scores = _with_fresh(rule, run, ids, scores)
    return RuleResults(run, ids, scores)


def _of_run(rule: Rule, run: RuleRun | None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    slot = RunRule.objects.filter(run=run, rule=rule).values_list("slot", flat=True).first() if run else None
    if run is None or slot is None:
        return np.empty(0, np.int64), np.empty(0, np.int16)
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKS, {"run": run.pk, "slot": slot, "customers": CUSTOMERS_SLOT})
        rows = cursor.fetchall()
    ids, scores = [np.empty(0, np.int64)], [np.empty(0, np.int16)]
    for first, who, bits, packed in rows:
        places, found = places_of(bits, packed)
        ids.append(customers_of(who, first)[places])
        scores.append(found)
    return np.concatenate(ids), np.concatenate(scores)


@across_merchants("a rule's results are of everybody's customers")
def _with_fresh(
    rule: Rule, run: RuleRun | None, ids: np.ndarray[Any, Any], scores: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    since = {"evaluated_at__gt": run.clock_at} if run else {}
    fresh = list(FreshResult.objects.filter(rule=rule, **since).order_by().values_list("customer_id", "qualifies", "score"))
    if not fresh:
        return ids, scores
    told = np.array([row[0] for row in fresh], np.int64)
    stays = ~np.isin(ids, told)
    added = [(customer, score) for customer, does, score in fresh if does]
    return (
        np.concatenate([ids[stays], np.array([row[0] for row in added], np.int64)]),
        np.concatenate([scores[stays], np.array([row[1] for row in added], np.int16)]),
    )


def by_rule(rule: Rule, limit: int = PAGE, after: tuple[int, int] | None = None, run: RuleRun | None = None) -> Page:
    """A page of those who qualify, best first. after: the `next` of the page before, (score, customer's row id)."""
    found = rule_results(rule, run)
    keys = ((1_000 - found.scores.astype(np.int64)) << ID_BITS) | found.ids
    total = len(keys)
    if after is not None:
        keys = keys[keys > (((1_000 - after[0]) << ID_BITS) | after[1])]
    best = np.sort(np.partition(keys, limit)[: limit + 1] if len(keys) > limit else keys)
    rows = [(int(key & ((1 << ID_BITS) - 1)), 1_000 - int(key >> ID_BITS)) for key in best[:limit]]
    return Page(found.run, total, rows, (rows[-1][1], rows[-1][0]) if len(best) > limit else None)


def count_by_rule(run: RuleRun) -> dict[int, int]:
    """Rule's row id -> how many of a finished run's customers qualified."""
    return {
        rule_id: count
        for rule_id, count in RunRule.objects.filter(run=run).values_list("rule_id", "qualifying")
        if count is not None
    }


def trend(rule: Rule, runs: int = 30) -> list[Point]:
    """The rule's reach in the last finished runs, oldest first; also of runs whose results are dropped."""
    rows = RunRule.objects.filter(rule=rule, run__state=RuleRun.State.FINISHED, qualifying__isnull=False).select_related("run")
    newest = rows.order_by("-run_id")[:runs]
    return [
        Point(row.run_id, row.run.public_id, row.run.today, row.run.clock_at, row.run.customers, row.qualifying or 0)
        for row in reversed(newest)
    ]
