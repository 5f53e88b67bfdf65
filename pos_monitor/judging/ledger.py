"""Who is in trouble by one rule, and since when: bad and good reports in a row, hysteresis, and damping of what comes and goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.memory import Column, Memory

Index = NDArray[np.intp]
MayOpen = Callable[[Index, NDArray[np.int64]], NDArray[np.bool_]]  # (terminals, at_ms) -> which are watched at that time

BAD: Final = 1
GOOD: Final = -1
BETWEEN: Final = 0  # in the dead band: it ends a row of bad ones as well as of good ones
UNSAID: Final = 2  # nothing can be said: nothing changes

FLAPS: Final = 4  # more openings than these …
FLAP_MS: Final = 600_000  # … within so long, and the alert is held until it has been quiet for as long


@dataclass(frozen=True)
class Verdicts:
    """What a rule found. `terminals` [n] each once; `verdict` int8 [n]; `value` float32 [n]; `at_ms` [n];
    `began_ms` [n]: when what is bad began, if that is before `at_ms`."""

    terminals: Index
    verdict: NDArray[np.int8]
    value: NDArray[np.float32]
    at_ms: NDArray[np.int64]
    began_ms: NDArray[np.int64] | None = None

    def take(self, picks: Any) -> Verdicts:
        began = None if self.began_ms is None else self.began_ms[picks]
        return Verdicts(self.terminals[picks], self.verdict[picks], self.value[picks], self.at_ms[picks], began)


@dataclass(frozen=True)
class Patience:
    """How long trouble must last, for each row of the verdicts or one for all."""

    raise_after: Any
    clear_after: Any
    hold_ms: Any

    def take(self, picks: Any) -> Patience:
        return Patience(
            *(
                each[picks] if isinstance(each, np.ndarray) else each
                for each in (self.raise_after, self.clear_after, self.hold_ms)
            )
        )


class Ledger(Memory):
    """One rule's book on all terminals."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "bad": Column("u1"),  # bad ones in a row
        "good": Column("u1"),  # good ones in a row
        "is_open": Column("?"),
        "is_flapping": Column("?"),
        "began_ms": Column("<i8"),  # of the row of bad ones, or of the open alert
        "bad_ms": Column("<i8"),  # the last bad one
        "value": Column("<f4", np.nan),
        "openings_ms": Column("<i8", depth=FLAPS),  # the newest first
    }
    bad: NDArray[np.uint8]
    good: NDArray[np.uint8]
    is_open: NDArray[np.bool_]
    is_flapping: NDArray[np.bool_]
    began_ms: NDArray[np.int64]
    bad_ms: NDArray[np.int64]
    value: NDArray[np.float32]
    openings_ms: NDArray[np.int64]

    def note(self, found: Verdicts, patience: Patience, may_open: MayOpen) -> tuple[Index, Index]:
        """Take in verdicts; -> terminals whose alert opened, and whose was over. may_open: of these, which are watched right now."""
        is_bad = found.verdict == BAD
        matters = is_bad | ((found.verdict != UNSAID) & ((self.bad[found.terminals] > 0) | self.is_open[found.terminals]))
        if not matters.any():
            nobody = np.empty(0, np.intp)
            return nobody, nobody
        if not matters.all():
            found, patience, is_bad = found.take(matters), patience.take(matters), is_bad[matters]
        self._count(found, is_bad)
        return self._open(found, patience, is_bad, may_open), self._clear(found, patience)

    def close(self, terminals: Index) -> None:
        """These have no alert any more and start counting anew; that they flapped is forgotten too."""
        self.forget(terminals)

    def _count(self, found: Verdicts, is_bad: NDArray[np.bool_]) -> None:
        terminals = found.terminals
        began = found.at_ms if found.began_ms is None else found.began_ms
        fresh = is_bad & (self.bad[terminals] == 0) & ~self.is_open[terminals]
        self.began_ms[terminals[fresh]] = began[fresh]
        worse = terminals[is_bad]
        bad, good = self.bad[terminals], self.good[terminals]
        is_good = found.verdict == GOOD
        self.bad[terminals] = np.where(is_bad, np.minimum(bad, 254) + 1, 0)
        self.good[terminals] = np.where(is_good, np.minimum(good, 254) + 1, 0)
        self.bad_ms[worse] = found.at_ms[is_bad]
        self.value[worse] = found.value[is_bad]

    def _open(self, found: Verdicts, patience: Patience, is_bad: NDArray[np.bool_], may_open: MayOpen) -> Index:
        terminals = found.terminals
        lasted = found.at_ms - self.began_ms[terminals] >= patience.hold_ms
        due = is_bad & ~self.is_open[terminals] & (self.bad[terminals] >= patience.raise_after) & lasted
        opens: Index = terminals[due]
        if not len(opens):
            return opens
        at_ms = found.at_ms[due]
        allowed = may_open(opens, at_ms)
        opens, at_ms = opens[allowed], at_ms[allowed]
        oldest = self.openings_ms[-1, opens]
        self.is_flapping[opens] = (oldest > 0) & (at_ms - oldest <= FLAP_MS)
        self.openings_ms[1:, opens] = self.openings_ms[:-1, opens]
        self.openings_ms[0, opens] = at_ms
        self.is_open[opens] = True
        return opens

    def _clear(self, found: Verdicts, patience: Patience) -> Index:
        terminals = found.terminals
        quiet = ~self.is_flapping[terminals] | (found.at_ms - self.bad_ms[terminals] >= FLAP_MS)
        over = (found.verdict == GOOD) & self.is_open[terminals] & (self.good[terminals] >= patience.clear_after) & quiet
        closes: Index = terminals[over]
        self.is_open[closes] = False
        self.is_flapping[closes] = False
        return closes

    def recall(self, terminals: Index, began_ms: NDArray[np.int64]) -> None:
        """Exactly these are open."""
        self.close(np.setdiff1d(np.flatnonzero(self.is_open), terminals))
        new = ~self.is_open[terminals]
        self.is_open[terminals] = True
        self.began_ms[terminals[new]] = began_ms[new]
