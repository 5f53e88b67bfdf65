"""Which reports are stored already, exactly: each terminal's last start and its newest 512 to 1,024 reports as bits, the rest as gaps in the database.

A terminal names each report by (boot, seq). The window of the boot that counts holds the half (HALF seqs) with the highest seq and the half before;
a bit's place in it is seq modulo WINDOW, so that moving on means clearing a half. What is below the window, or of another boot, is found in the
table of gaps (`engine.gaps`): a seq was stored if and only if it lies in no gap of its boot, and a boot without gaps was never seen. Hence no
report is ever too late to be told from a repeat, and what stands in memory depends on the set of reports alone, not on their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HALF: Final = 512
WINDOW: Final = 2 * HALF
WINDOW_BYTES: Final = WINDOW // 8
HALF_BYTES: Final = HALF // 8
END: Final = 2**32  # above every seq: the gap behind a boot's last report ends there, so that a known boot always has one

GAP: Final = np.dtype([("terminal", "<u4"), ("boot", "<u4"), ("first", "<i8"), ("last", "<i8")])  # both inclusive
STRAYS: Final = 2  # reports of another start, one after the other, after which that start counts
COLUMNS: Final[dict[str, Any]] = {
    "known": np.bool_, "strayed": np.bool_, "boot": np.uint32, "top": np.uint32, "stray_boot": np.uint32, "strays": np.uint8,
}  # fmt: skip
Ints = NDArray[Any]


class Found(IntEnum):
    REPEAT = 0  # is stored
    NEW = 1
    LATE = 2  # the table of gaps knows


class Seen:
    """Columns by terminal number.

    Boots only grow, except that a terminal which lost its memory begins again, and that a wrong number may be said once. So live reports of
    another start count as strays; after STRAYS of them in a row `gaps.return_to` makes that start the one that counts, and the terminal
    has `strayed`: a higher boot may be known too, so the table decides about all but the one that counts.
    """

    known: NDArray[np.bool_]
    strayed: NDArray[np.bool_]
    boot: NDArray[np.uint32]
    top: NDArray[np.uint32]
    stray_boot: NDArray[np.uint32]
    strays: NDArray[np.uint8]

    def __init__(self, capacity: int) -> None:
        self.capacity = 0
        self.bits = np.zeros((0, WINDOW_BYTES), np.uint8)
        for name, kind in COLUMNS.items():
            setattr(self, name, np.zeros(0, kind))
        self._gaps: list[NDArray[np.void]] = []
        self.grow(capacity)

    def grow(self, capacity: int) -> None:
        """Make room for terminal numbers below `capacity`. Keeps what is there."""
        more = capacity - self.capacity
        if more > 0:
            self.bits = np.concatenate([self.bits, np.zeros((more, WINDOW_BYTES), np.uint8)])
            for name, kind in COLUMNS.items():
                setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, kind)]))
            self.capacity = capacity

    def base(self, terminals: Ints) -> NDArray[np.int64]:
        """The lowest seq in each window."""
        base: NDArray[np.int64] = np.maximum((self.top[terminals].astype(np.int64) // HALF - 1) * HALF, 0)
        return base

    def sort_out(self, records: NDArray[np.void]) -> tuple[NDArray[np.uint8], NDArray[np.void]]:
        """Which of the records are new, and mark them as seen.

        records: RECORD[n], sorted by (terminal, boot, seq). Returns Found[n], and the gaps that leave memory and are to be kept: GAP[k].
        """
        terminals, boots, seqs = records["terminal"].astype(np.int64), records["boot"], records["seq"].astype(np.int64)
        found = np.zeros(len(records), np.uint8)
        known = self.known[terminals]
        other = known & (boots != self.boot[terminals])
        is_late = other & ((boots < self.boot[terminals]) | self.strayed[terminals])
        found[is_late] = Found.LATE
        waiting = np.flatnonzero(~is_late)
        while len(waiting):
            waiting = self._take_lowest_boot(waiting, terminals, boots, seqs, found)
        found[1:][_equal_to_previous(terminals, boots, seqs)] = Found.REPEAT
        gaps, self._gaps = self._gaps, []
        return found, merged(gaps)

    def _take_lowest_boot(self, waiting: Ints, terminals: Ints, boots: Ints, seqs: Ints, found: Ints) -> Ints:
        """Sort out, of each terminal, what is of the lowest boot that waits; returns what is of higher ones."""
        starts = _starts(terminals[waiting])
        lowest = np.repeat(boots[waiting][starts], np.diff(starts, append=len(waiting)))
        is_lowest = boots[waiting] == lowest
        firsts = waiting[starts]
        whose = terminals[firsts]
        is_another = ~self.known[whose] | (self.boot[whose] != boots[firsts])
        if is_another.any():
            firsts = firsts[is_another]
            self._begin_boot(terminals[firsts], boots[firsts], seqs[firsts])
        self._mark(waiting[is_lowest], terminals, seqs, found)
        left: Ints = waiting[~is_lowest]
        return left

    def _begin_boot(self, whose: Ints, boots: Ints, seqs: Ints) -> None:
        """From here on these boots count; seqs: the lowest of each that came."""
        self.leave_boot(whose[self.known[whose]])
        self.bits[whose] = 0
        self.known[whose], self.boot[whose], self.top[whose] = True, boots, seqs
        base = self.base(whose)
        self._keep(whose[base > 0], np.zeros(int((base > 0).sum()), np.int64), base[base > 0] - 1)

    def leave_boot(self, whose: Ints) -> None:
        """Hand over as gaps all that was never seen of the boot that counted so far."""
        base = self.base(whose)
        self._keep_missing(whose, base)
        self._keep_missing(whose, base + HALF)
        self._keep(whose, base + WINDOW, np.full(len(whose), END))

    def note_strays(self, terminals: Ints, boots: Ints) -> None:
        """These live reports were of a start that does not count. Both: [n], sorted by terminal."""
        is_another = boots != self.boot[terminals]
        whose, boots = terminals[is_another], boots[is_another]
        self.strays[whose[self.stray_boot[whose] != boots]] = 0
        self.stray_boot[whose] = boots
        np.add.at(self.strays, whose, (self.strays[whose] < STRAYS).astype(np.uint8))

    def astray(self) -> Ints:
        """Terminals whose stray start is to count."""
        return np.flatnonzero(self.strays >= STRAYS)

    def return_to(self, terminal: int, boot: int, missing: Sequence[tuple[int, int]]) -> tuple[int, NDArray[np.void]]:
        """Make another start the one that counts.

        missing: its gaps, first and last, in order. Returns the lowest seq in its window, and the gaps of the start that is left: GAP[k].
        """
        whose = np.array([terminal])
        self.leave_boot(whose)
        self.boot[terminal], self.top[terminal], self.strayed[terminal] = boot, max(missing[-1][0] - 1, 0), True
        self.strays[terminal] = 0
        base = int(self.base(whose)[0])
        window = np.ones(WINDOW, np.uint8)
        for first, last in missing:
            window[max(first - base, 0) : max(min(last - base + 1, WINDOW), 0)] = 0
        self.bits[terminal] = np.packbits(np.roll(window, base % WINDOW), bitorder="little")
        gaps, self._gaps = self._gaps, []
        return base, merged(gaps)

    def _mark(self, waiting: Ints, terminals: Ints, seqs: Ints, found: Ints) -> None:
        """Set the bits of reports of the boots that count; windows move on as far as the reports go."""
        flat = self.bits.reshape(-1)
        while len(waiting):
            whose, which = terminals[waiting], seqs[waiting]
            base = self.base(whose)
            found[waiting[which < base]] = Found.LATE
            fits = which < base + WINDOW
            inside = fits & (which >= base)
            places = whose[inside] * WINDOW_BYTES + (which[inside] % WINDOW >> 3)
            masks = (1 << (which[inside] & 7)).astype(np.uint8)
            found[waiting[inside][flat[places] & masks == 0]] = Found.NEW
            np.bitwise_or.at(flat, places, masks)
            np.maximum.at(self.top, whose[inside], which[inside].astype(np.uint32))
            waiting = waiting[~fits]
            if len(waiting):
                firsts = waiting[_starts(terminals[waiting])]
                self._move_to(terminals[firsts], seqs[firsts])

    def _move_to(self, whose: Ints, seqs: Ints) -> None:
        """Move windows on so that these seqs, which lie above them, fit."""
        base = self.base(whose)
        steps = seqs // HALF - 1 - base // HALF  # halves to leave, at least one
        self._leave_half(whose, base)
        two = steps > 1
        self._leave_half(whose[two], base[two] + HALF)
        far = steps > 2
        self._keep(whose[far], base[far] + WINDOW, base[far] + steps[far] * HALF - 1)
        self.top[whose] = seqs

    def _leave_half(self, whose: Ints, start: Ints) -> None:
        self._keep_missing(whose, start)
        columns = (start % WINDOW >> 3)[:, None] + np.arange(HALF_BYTES)
        self.bits[whose[:, None], columns] = 0

    def _keep_missing(self, whose: Ints, start: Ints) -> None:
        """Keep the unset bits of the halves that begin at `start` as gaps."""
        halves = self.bits[whose[:, None], (start % WINDOW >> 3)[:, None] + np.arange(HALF_BYTES)]
        holey = np.flatnonzero((halves != 0xFF).any(axis=1))
        if len(holey):
            missing = np.zeros((len(holey), HALF + 2), np.int8)
            missing[:, 1:-1] = np.unpackbits(halves[holey], axis=1, bitorder="little") == 0
            edges = np.diff(missing, axis=1)
            rows, begins = np.nonzero(edges == 1)
            ends = np.nonzero(edges == -1)[1]
            self._keep(whose[holey][rows], start[holey][rows] + begins, start[holey][rows] + ends - 1)

    def _keep(self, whose: Ints, first: Ints, last: Ints) -> None:
        if len(whose):
            gaps = np.zeros(len(whose), GAP)
            gaps["terminal"], gaps["boot"], gaps["first"], gaps["last"] = whose, self.boot[whose], first, last
            self._gaps.append(gaps)


def merged(gaps: list[NDArray[np.void]]) -> NDArray[np.void]:
    """The same gaps, sorted, those that touch made one."""
    if not gaps:
        return np.zeros(0, GAP)
    together = np.concatenate(gaps)
    together = together[np.lexsort((together["first"], together["boot"], together["terminal"]))]
    joins = (
        (together["terminal"][1:] == together["terminal"][:-1])
        & (together["boot"][1:] == together["boot"][:-1])
        & (together["first"][1:] == together["last"][:-1] + 1)
    )
    starts = np.flatnonzero(np.concatenate([[True], ~joins]))
    whole = together[starts]
    whole["last"] = np.maximum.reduceat(together["last"], starts)
    return whole


def _starts(values: Ints) -> Ints:
    """Where each run of equal values begins. values: not empty."""
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))


def _equal_to_previous(*columns: Ints) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
    return same
