"""A batch of reports, cut into rounds in which each terminal speaks once, so that a round is judged by arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.measures import MEASURES, Floats, Records
from pos_monitor.wire.record import MISSING, Flag

Index = NDArray[np.intp]

# One terminal's reports in one batch that are judged singly. Of a flood beyond it the oldest become one report that counts as much:
# otherwise the round for round of one terminal would hold up all.
ROUNDS_AT_MOST: Final = 64
COUNTERS: Final = ("reader_errors", "sales_ok", "sales_failed", "api_errors", "webhook_failures", "visits", "orders")


@dataclass(frozen=True)
class Round:
    """Reports of different terminals. `terminals` [n] numbers, each once; `at_ms` [n] by our clock; `booted_ms` [n] of the last start
    that we saw, 0: none"""

    terminals: Index
    records: Records
    at_ms: NDArray[np.int64]
    booted_ms: NDArray[np.int64]
    read: dict[str, Floats] = field(default_factory=dict)
    parts: dict[bytes, Round] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.terminals)

    def value(self, measure: str) -> Floats:
        """float32 [n], NaN where it was not said. Read once for all rules that look at it."""
        if measure not in self.read:
            self.read[measure] = MEASURES[measure].read(self.records)
        return self.read[measure]

    def where(self, mine: NDArray[np.bool_]) -> Round:
        """Some of the reports. Rules that watch the same terminals share what was read."""
        if mine.all():
            return self
        key = mine.tobytes()
        if key not in self.parts:
            picks = np.flatnonzero(mine)
            self.parts[key] = Round(self.terminals[picks], self.records[picks], self.at_ms[picks], self.booted_ms[picks])
        return self.parts[key]


def rounds(batch: Records) -> Iterator[tuple[Index, Records]]:
    """Terminals and their records, the first report of each first. batch: RECORD [n], each terminal's in its own order."""
    numbers = batch["terminal"].astype(np.intp)
    order = np.argsort(numbers, kind="stable")
    sorted_numbers = numbers[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = sorted_numbers[1:] != sorted_numbers[:-1]
    if is_first.all():
        yield numbers, batch
        return
    starts = np.flatnonzero(is_first)
    counts = np.diff(np.append(starts, len(order)))
    rank = np.arange(len(order)) - np.repeat(starts, counts)
    if counts.max() > ROUNDS_AT_MOST:
        batch, rank = _merge_floods(batch, order, rank, np.repeat(counts, counts))
        order = np.arange(len(batch))
        sorted_numbers = batch["terminal"].astype(np.intp)
    by_rank = np.argsort(rank, kind="stable")
    for picks in np.split(by_rank, np.cumsum(np.bincount(rank))[:-1]):
        yield sorted_numbers[picks], batch[order[picks]]


def _merge_floods(batch: Records, order: Index, rank: Index, counts: Index) -> tuple[Records, Index]:
    """Sorted records of which no terminal has more than ROUNDS_AT_MOST, and their ranks. The first kept one counts for all before it."""
    records = batch[order]
    behind = rank - (counts - ROUNDS_AT_MOST)  # below 0: goes into the one at 0
    kept = (behind >= 0) | (counts <= ROUNDS_AT_MOST)
    merged = ~kept
    into = np.cumsum(kept)[merged]  # the position, among the kept, of the next kept one: the first of its terminal
    result = records[kept]
    for name in COUNTERS:
        said = merged & (records[name] != MISSING[name])
        sums = np.bincount(np.cumsum(kept)[said], weights=records[name][said], minlength=len(result))
        column = result[name]
        has = sums > 0
        own = np.where(column == MISSING[name], 0, column).astype(np.int64)
        result[name] = np.where(has, np.minimum(own + sums.astype(np.int64), MISSING[name] - 1), column)
    np.bitwise_or.at(result["flags"], into, records["flags"][merged] & np.uint16(Flag.TAMPER | Flag.URGENT))
    kept_rank = np.where(counts > ROUNDS_AT_MOST, behind, rank)[kept]
    return result, kept_rank
