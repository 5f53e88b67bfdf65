"""Running sums of one rule, before and after, over blocks of customers; and a few customers for each kind of change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from rules.checks.population import KIND_CODES, Array
from rules.definition.tree import MAX_SCORE
from rules.engine.plan import Plan
from rules.fields.values import Values

BINS: Final = 10
BIN_WIDTH: Final = (MAX_SCORE + BINS) // BINS
MIX: Final = 2_654_435_761  # Knuth's multiplier: spreads row ids, so that the shown customers are not the oldest

Change = Literal["newly", "lost", "rescored", "still"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One customer as judged: stored scores before and after, and the row of inputs. lot: the smallest are shown."""

    lot: int
    customer_id: int
    before: int
    after: int
    row: Array

    def values(self, plan: Plan) -> Values:
        packed = np.zeros(1, plan.dtype)
        for name in plan.dtype.names or ():
            packed[name] = self.row[name]
        return plan.unpack(packed.tobytes())


@dataclass(slots=True)
class Tally:
    """counts: int64 [kinds and unknown, (customers, before, after, newly, lost, rescored)]; bins: int64 [before and after, BINS]."""

    most_shown: int
    counts: Array = field(default_factory=lambda: np.zeros((len(KIND_CODES) + 1, 6), np.int64))
    bins: Array = field(default_factory=lambda: np.zeros((2, BINS), np.int64))
    shown: dict[Change, list[Shown]] = field(default_factory=dict)

    def add(self, *, ids: Array, rows: Array, kinds: Array, before: Array, after: Array) -> None:
        """Count a block. before, after: int16 [n], as `Outcome.scores` has them."""
        was, will = before >= 0, after >= 0
        changes: dict[Change, Array] = {
            "newly": will & ~was, "lost": was & ~will, "rescored": was & will & (before != after),
            "still": was & will & (before == after),
        }  # fmt: skip
        counted = (np.ones(len(ids), bool), was, will, changes["newly"], changes["lost"], changes["rescored"])
        for at, column in enumerate(counted):
            self.counts[:, at] += np.bincount(kinds[column], minlength=len(KIND_CODES) + 1)
        for side, (is_true, scores) in enumerate(((was, before), (will, after))):
            self.bins[side] += np.bincount(scores[is_true] // BIN_WIDTH, minlength=BINS)
        for change, is_so in changes.items():
            self._show(change, np.flatnonzero(is_so), ids, rows, before, after)

    def _show(self, change: Change, places: Array, ids: Array, rows: Array, before: Array, after: Array) -> None:
        """Keep those with the smallest lots: the same customers each time, and from all over."""
        lots = (ids[places] * MIX) % 2**32
        known = self.shown.setdefault(change, [])
        for at in np.argsort(lots)[: self.most_shown]:
            place = places[at]
            known.append(Shown(int(lots[at]), int(ids[place]), int(before[place]), int(after[place]), rows[place].copy()))
        known.sort(key=lambda one: (one.lot, one.customer_id))
        del known[self.most_shown :]
