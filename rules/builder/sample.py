"""A stable sample of customers, judged by the same plan as a run: how many a draft would reach, and who they are.

Of each kind of customer the same ones are taken each time (the first by a hash of their row id), so that a number changes because
the rule did. Features are read as they are now; only who is in the sample is kept, and only where it is not everybody.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from django.db import connection

from rules.definition.tree import Definition
from rules.engine.compile import compile_plan
from rules.engine.plan import Plan
from rules.engine.reading import read_these
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.models import Customer

SIZE: Final = 20_000
KEPT_S: Final = 600.0
ALONE: Final = "draft"

_kept: dict[tuple[str, int], tuple[float, int, list[int]]] = {}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the draft says to the sample. ids: int64 [n]; qualifies: bool [n]; scores, masks: int [n], as `Outcome` has them.

    population: customers of the audience in all; estimate: how many of them qualify, by the sample's share of each kind.
    """

    ids: np.ndarray[Any, Any]
    qualifies: np.ndarray[Any, Any]
    scores: np.ndarray[Any, Any]
    masks: np.ndarray[Any, Any]
    population: int
    estimate: int

    @property
    def is_everybody(self) -> bool:
        return len(self.ids) >= self.population

    @property
    def matching(self) -> int:
        return int(self.qualifies.sum())


def judge_sample(definition: Definition, today: date, size: int = SIZE) -> Judged:
    """Judge a sample of the audience by a draft. Reads a few columns of at most `size` rows."""
    each = max(1, size // len(definition.audience))
    plan = _plan_of(definition, today)
    parts, population, estimate = [], 0, 0.0
    for kind in definition.audience:
        total, ids = members(kind, each)
        found, inputs = read_these(plan, ids)
        outcome = plan.evaluate(inputs)
        codes = outcome.scores[:, 0].astype(np.int64)
        parts.append((found, codes, outcome.reasons[:, 0]))
        population += total
        estimate += float((codes >= 0).sum()) / len(codes) * total if len(codes) else 0.0
    ids_, codes_, masks = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return Judged(ids_, codes_ >= 0, np.where(codes_ >= 0, codes_, -1 - codes_), masks, population, round(estimate))


def _plan_of(definition: Definition, today: date) -> Plan:
    return compile_plan(RuleSet(0, "", (RuleEntry(ALONE, ALONE, 0, 0, definition),), {ALONE: 0}), today)


def members(kind: str, size: int) -> tuple[int, list[int]]:
    """(how many customers of this kind there are, row ids of the sample)."""
    known = _kept.get((kind, size))
    if known and time.monotonic() - known[0] < KEPT_S:
        return known[1], known[2]
    total = Customer.objects.filter(kind=kind, features__isnull=False).count()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id FROM rules_customer AS c JOIN rules_customerfeatures AS f ON f.customer_id = c.id"
            " WHERE c.kind = %s ORDER BY hashint8(c.id), c.id LIMIT %s",
            [kind, size],
        )
        ids = [row[0] for row in cursor.fetchall()]
    if total > size:  # a sample that is everybody is quick to ask, and should follow each new customer
        _kept[kind, size] = time.monotonic(), total, ids
    return total, ids
