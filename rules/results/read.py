"""A customer's current results: one row of the current run, and what was evaluated singly since. One statement, one look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from django.db import connection

from rules.models import Customer, RuleRun, RunRule
from rules.results.codes import masks_from, qualifies, score_of, scores_from

# The pointer is read in the same statement as the row: whoever reads beside a flip sees one run or the other, never parts of both.
_ROW = """
SELECT run.id, run.public_id, run.version_id, run.clock_at, run.today,
       (SELECT coalesce(json_agg(json_build_array(rule_id, qualifies, score, mask, evaluated_at, version_id)), '[]')
          FROM rules_freshresult
         WHERE customer_id = %(customer)s AND (run.id IS NULL OR evaluated_at > run.clock_at)),
       result.slot_group, result.scores, result.reasons, result.inputs
  FROM (SELECT 1) AS one
  LEFT JOIN rules_rulerun AS run ON run.id = (SELECT run_id FROM rules_currentrun WHERE key = 'rules')
  LEFT JOIN rules_result AS result
         ON result.customer_id = %(customer)s
        AND result.run_id = (SELECT run_id::integer FROM rules_currentrun WHERE key = 'rules')
 ORDER BY result.slot_group
"""


@dataclass(frozen=True, slots=True)
class RunRef:
    """The run that a result is of."""

    pk: int
    public_id: str
    version_id: int
    clock_at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Pair:
    """The current result of a (customer, rule). source: `run`, or `fresh` for a single evaluation."""

    rule_id: int
    qualifies: bool
    score: int
    mask: int
    source: str
    evaluated_at: datetime
    version_id: int


@dataclass(frozen=True)
class CurrentRow:
    """Everything that is said of one customer now.

    run: None where no run was finished yet. scores: int16 [slots], reasons: uint16 [slots], both empty where the customer was not
    in the run. overlays: rule's row id -> what was evaluated since the run's clock.
    """

    customer_id: int
    run: RunRef | None
    scores: np.ndarray[Any, np.dtype[np.int16]]
    reasons: np.ndarray[Any, np.dtype[np.uint16]]
    inputs: bytes = field(repr=False)
    overlays: Mapping[int, Pair]

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """What the run looked at: field -> value. Empty where the customer was not in it."""
        from rules.engine.layout import unpack

        return unpack(layout_of(self.run.pk), self.inputs) if self.run and self.inputs else {}

    def pairs(self) -> dict[int, Pair]:
        """Rule's row id -> its current result, of every rule that the run or a single evaluation judged."""
        found = {pair.rule_id: pair for pair in self._of_run()}
        found.update(self.overlays)
        return found

    def _of_run(self) -> Iterator[Pair]:
        if self.run is None or not self.scores.size:
            return
        codes, masks = self.scores.tolist(), self.reasons.tolist()
        for slot, rule_id in slots_of(self.run.pk):
            code = codes[slot]
            yield Pair(rule_id, qualifies(code), score_of(code), masks[slot], "run", self.run.clock_at, self.run.version_id)

    def top(self, count: int = 5) -> list[Pair]:
        """Those that qualify, the highest score first."""
        found = [pair for pair in self.pairs().values() if pair.qualifies]
        return sorted(found, key=lambda pair: (-pair.score, pair.rule_id))[:count]


def current_row(customer: Customer | int) -> CurrentRow:
    """What the current run says of this customer, with newer single evaluations beside it."""
    customer_id = customer if isinstance(customer, int) else customer.pk
    rows = _rows_of(customer_id)
    if rows[0][0] is not None and rows[0][6] is None:
        # No row in the current run: a customer who came after it; or a statement that was planned just before the run's table was
        # joined and saw the pointer move just after. Asked once more, it is planned anew.
        rows = _rows_of(customer_id)
    run_id, public_id, version_id, clock_at, today, fresh, *_ = rows[0]
    run = RunRef(run_id, public_id, version_id, clock_at, today) if run_id is not None else None
    groups = [row for row in rows if row[6] is not None]
    return CurrentRow(
        customer_id=customer_id, run=run,
        scores=scores_from(b"".join(bytes(row[7]) for row in groups)),
        reasons=masks_from(b"".join(bytes(row[8]) for row in groups)),
        inputs=bytes(groups[0][9]) if groups else b"",
        overlays={pair.rule_id: pair for pair in map(_overlay, _json(fresh))},
    )  # fmt: skip


def _rows_of(customer_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROW, {"customer": customer_id})
        return list(cursor.fetchall())


def _json(said: Any) -> list[Any]:
    import json

    found: list[Any] = json.loads(said) if isinstance(said, str | bytes) else said
    return found


def _overlay(said: list[Any]) -> Pair:
    rule_id, does, score, mask, at, version_id = said
    return Pair(rule_id, does, score, mask, "fresh", datetime.fromisoformat(at), version_id)


@lru_cache(maxsize=16)
def slots_of(run_id: int) -> tuple[tuple[int, int], ...]:
    """(slot, rule's row id) of the rules that a run judged. A run's rules never change."""
    return tuple(RunRule.objects.filter(run_id=run_id).order_by("slot").values_list("slot", "rule_id"))


@lru_cache(maxsize=16)
def layout_of(run_id: int) -> Mapping[str, Any]:
    """How the run's inputs are read."""
    layout: Mapping[str, Any] = RuleRun.objects.values_list("layout", flat=True).get(pk=run_id)
    return layout
