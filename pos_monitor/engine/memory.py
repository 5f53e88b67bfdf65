"""What an engine knows, as a function of the stream: which reports are stored, how every terminal is, which alerts are open.

Nothing here asks the database. What a batch changes there is handed on as a Step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.engine import absorb, clocks, looks
from pos_monitor.engine.seen import Found, Seen
from pos_monitor.estate.directory import Directory
from pos_monitor.judging import transitions
from pos_monitor.judging.judge import Judge
from pos_monitor.judging.plan import Plan
from pos_monitor.judging.transitions import Changes
from pos_monitor.wire.record import Flag
from pos_monitor.wire.state import State

logger = logging.getLogger(__name__)
ROOM: Final = 1.2  # arrays have room for so many times the terminals there are


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch brings. Records are dated by our clock and sorted by (terminal, boot, seq).

    new: RECORD[n], to be stored. late: RECORD[k], of which the table of gaps knows whether they are stored; late_is_current: bool[k], of the
    start that counts. gaps: GAP[m] that left memory. repeats: how many were left out. places: where `new`, then `late`, stood in the batch.
    """

    new: NDArray[np.void]
    late: NDArray[np.void]
    late_is_current: NDArray[np.bool_]
    gaps: NDArray[np.void]
    repeats: int
    places: NDArray[np.int64]
    changes: Changes


class Memory:
    """Of one shard. `bands`: the part of each cell that last values make; `cells`: as of the last `look`."""

    def __init__(self, directory: Directory, plan: Plan, shard: int) -> None:
        self.directory, self.shard = directory, shard
        self.state, self.seen = State(0), Seen(0)
        self.judge = Judge(plan, directory.capacity)
        self.bands = np.zeros(0, np.uint16)
        self.cells = np.zeros(0, np.uint16)
        self.total = 0  # stored since the shard began
        self.freshest_ms = 0  # when the newest report came to the door
        self.has_misjudged = False  # judging stumbled: what it thinks and what is stored may differ
        self.fit()

    def fit(self) -> None:
        """Make room for all terminals of the directory."""
        if self.directory.capacity > self.state.capacity or not self.state.capacity:
            capacity = int(self.directory.capacity * ROOM) + 1
            self.state.grow(capacity)
            self.seen.grow(capacity)
            more = np.zeros(capacity - len(self.bands), np.uint16)
            self.bands, self.cells = np.concatenate([self.bands, more]), np.concatenate([self.cells, more])

    def knows(self, records: NDArray[np.void]) -> NDArray[np.bool_]:
        """Which of the records are of terminals in the directory: bool[n]."""
        terminals = records["terminal"]
        size = self.directory.capacity
        known: NDArray[np.bool_] = (terminals < size) & (terminals > 0)
        known[known] = self.directory.number[terminals[known]] > 0
        return known

    def take(self, records: NDArray[np.void]) -> Step:
        """Take in one batch. records: RECORD[n] of terminals that the directory knows, as they came."""
        order = np.lexsort((records["seq"], records["boot"], records["terminal"]))
        records = records[order]
        is_newer = self._is_newer(records)
        found, gaps = self.seen.sort_out(records)
        absorb.hear(self.state, records)
        self.freshest_ms = max(self.freshest_ms, int(records["received_ms"].max(initial=0)))
        is_new, is_late = found == Found.NEW, found == Found.LATE
        fresh = records[is_new | is_late]
        clocks.correct(self.state, fresh)
        is_new_of_fresh = is_new[is_new | is_late]
        new, late = fresh[is_new_of_fresh], fresh[~is_new_of_fresh]
        changes = self._take_newer(new[is_newer[is_new]])
        self._count(new)
        self._note_strays(late)
        return Step(
            new=new, late=late, late_is_current=late["boot"] == self.seen.boot[late["terminal"]], gaps=gaps,
            repeats=len(records) - len(fresh), places=np.concatenate([order[is_new], order[is_late]]), changes=changes,
        )  # fmt: skip

    def stored_late(self, late: NDArray[np.void]) -> None:
        """These late ones were new. RECORD[k]."""
        self._count(late)

    def mine(self) -> NDArray[np.uint32]:
        """The numbers of this shard's terminals."""
        numbers = self.directory.numbers
        mine: NDArray[np.uint32] = numbers[self.directory.shard[numbers] == self.shard]
        return mine

    def begun_anew(self, terminals: NDArray[np.intp]) -> None:
        """Another start of these counts from here on: what it reports next is newer than all before."""
        self.state.boot[terminals], self.state.seq[terminals] = self.seen.boot[terminals], self.seen.top[terminals]

    def judged(self, judge: Callable[[], Changes]) -> Changes:
        """What judging says; nothing where it stumbles: reports are stored whatever rules make of them."""
        try:
            return judge()
        except Exception:
            logger.exception("judging failed: what it would have said is missing until it says it again")
            self.has_misjudged = True
            return Changes(opened=transitions.none(), cleared=transitions.none())

    def look(self, now_ms: int) -> NDArray[np.uint32]:
        """Status and cells of all as of now; returns the numbers whose cell changed. now_ms: up to when everything that came was taken."""
        size = self.directory.capacity
        self.state.status[:size] = looks.statuses(self.state, self.directory, now_ms)
        plan, worst = self.judge.plan, np.zeros(size, np.uint8)
        known = min(size, len(self.judge.worst))
        worst[:known] = self.judge.worst[:known]
        quiet = np.zeros(size, np.bool_)
        if plan.windows:
            covered = min(size, len(plan.fleet))
            quiet[:covered] = plan.in_maintenance(np.arange(covered), now_ms)
        cells = looks.cells_of(self.bands[:size], self.state.status[:size], worst, quiet)
        cells[self._is_not_mine()] = 0
        changed = np.flatnonzero(cells != self.cells[:size]).astype(np.uint32)
        self.cells[:size] = cells
        return changed

    def _is_not_mine(self) -> NDArray[np.bool_]:
        not_mine: NDArray[np.bool_] = (self.directory.number == 0) | (self.directory.shard != self.shard)
        return not_mine

    def _is_newer(self, records: NDArray[np.void]) -> NDArray[np.bool_]:
        terminals, boots = records["terminal"], records["boot"]
        current, top = self.state.boot[terminals], self.state.seq[terminals]
        is_newer: NDArray[np.bool_] = (
            ~self.seen.known[terminals] | (boots > current) | ((boots == current) & (records["seq"] > top))
        )
        return is_newer

    def _take_newer(self, records: NDArray[np.void]) -> Changes:
        touched = absorb.absorb(self.state, records)
        self.seen.strays[touched] = 0
        self.bands[touched] = looks.bands(self.state, touched)
        return self.judged(lambda: self.judge.step(records))

    def _count(self, records: NDArray[np.void]) -> None:
        absorb.count(self.state, records)
        self.total += len(records)

    def _note_strays(self, late: NDArray[np.void]) -> None:
        live = late[late["flags"] & Flag.STORED == 0]
        self.seen.note_strays(live["terminal"], live["boot"])
