"""No report: looked for at every tick, counted from when the last one reached us, whatever the terminal's clock says.

On a line that loses reports, which gaps in their numbers show, more of them must be missing: what is lost by chance is no alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.clocks import Clocks
from pos_monitor.judging.kinds.base import BAD, GOOD, Index, Ledger, Round, Verdicts, Watcher
from pos_monitor.judging.memory import Column
from pos_monitor.judging.parameters import Parameters, duration, number, plain, whole
from pos_monitor.judging.plan import Plan, Watch
from pos_monitor.wire.record import Flag

NEVER: Final = np.iinfo(np.int64).max  # not seen yet, or it said goodbye: nothing is expected
LOOK_AGAIN_MS: Final = 20_000  # how often a silent till of a closed shop is asked whether the shop has opened
LATE: Final = 0.6  # of the silence that is allowed: two of three and a half reports are missing
CHANCE: Final = 1e-8  # for one report, that it and all before it are lost: once in five hours of 50,000 terminals
MOST_LOST: Final = 0.15  # a line worse than this is not waited for any longer: 10 reports in a row


@dataclass(frozen=True, kw_only=True)
class Absence(Parameters):
    missed: float = number(
        "Reports missing",
        low=1.5,
        high=1_000,
        default=3.5,
        unit="intervals",
        help="Of the terminal's own interval between reports.",
    )
    at_least_s: int = whole("… and silent for at least", low=0, high=604_800, default=0, unit="seconds")
    opening_grace_s: int = whole(
        "Not in the first",
        low=0,
        high=14_400,
        default=900,
        unit="seconds after opening",
        help="Shops open late and switch on later.",
    )
    boot_grace_s: int = whole(
        "Not in the first", low=0, high=0, default=0, unit="seconds of a start", help="Whoever starts is not silent."
    )
    hold_s: int = whole("and after", low=0, high=0, default=0, unit="seconds", help="Its intervals say how long.")
    raise_after: int = whole("Alert after", low=1, high=1, default=1, unit="sweep")
    clear_after: int = whole("Over after", low=1, high=60, default=1, unit="reports")

    repeats = False

    def says(self) -> str:
        longer = f" and for at least {duration(self.at_least_s)}" if self.at_least_s else ""
        hours = "" if self.outside_hours else f", while the shop has been open for {duration(self.opening_grace_s)}"
        if self.opening_grace_s == 0 and not self.outside_hours:
            hours = ", while the shop is open"
        return f"no report for {plain(self.missed)} of its intervals{longer}{hours}"

    def over(self) -> str:
        return "Over with its next report." if self.clear_after == 1 else f"Over after {self.clear_after} reports."


class AbsenceWatcher(Watcher):
    PARAMETERS = Absence
    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "heard_ms": Column("<i8"),  # 0: never
        "due_ms": Column("<i8", NEVER),  # when the silence becomes an alert
        "is_closed": Column("?"),  # its shop was closed when that moment came
    }
    heard_ms: NDArray[np.int64]
    due_ms: NDArray[np.int64]
    is_closed: NDArray[np.bool_]

    def __init__(self, plan: Plan, watch: Watch, size: int) -> None:
        super().__init__(plan, watch, size)
        self._allow()

    def follow(self, plan: Plan, watch: Watch) -> None:
        """Whoever may be silent longer now is waited for longer at once; a shorter time holds from the next report on, so that a shop that
        has just opened keeps its time to begin."""
        super().follow(plan, watch)
        self._allow()
        size = len(self.allowed_ms)
        expected = np.flatnonzero((self.heard_ms[:size] > 0) & (self.due_ms[:size] != NEVER) & ~self.is_closed[:size])
        self.due_ms[expected] = np.maximum(self.due_ms[expected], self.heard_ms[expected] + self.allowed_ms[expected])

    def _allow(self) -> None:
        """How long each terminal may be silent, ms [numbers of the fleet]."""
        everyone = np.arange(len(self.watch.variant))
        by_interval = self.watch.of("missed", everyone) * self.plan.fleet.report_every_s * 1000
        self.allowed_ms = np.maximum(by_interval, self.watch.of("at_least_s", everyone) * 1000).astype(np.int64)

    def look(self, reports: Round) -> Verdicts:
        terminals, received = reports.terminals, reports.records["received_ms"]
        heard = np.maximum(self.heard_ms[terminals], received)
        goodbye = (reports.records["flags"] & Flag.GOING_DOWN) != 0
        self.heard_ms[terminals] = heard
        self.due_ms[terminals] = np.where(goodbye, NEVER, heard + self.allowed_ms[terminals])
        self.is_closed[terminals] = False
        count = len(terminals)
        return Verdicts(terminals, np.full(count, GOOD, np.int8), np.zeros(count, np.float32), reports.at_ms)

    def sweep(self, now_ms: int, ledger: Ledger, clocks: Clocks) -> Verdicts | None:
        size = len(self.watch.variant)
        due = np.flatnonzero((self.due_ms[:size] < now_ms) & ~ledger.is_open[:size] & (self.watch.variant >= 0))
        due = self._not_by_chance(due, now_ms, clocks)
        if len(due) and not self.watch.spec.parameters.outside_hours:
            due = self._open_shops(due, now_ms)
        if not len(due):
            return None
        silent_s = ((now_ms - self.heard_ms[due]) / 1000).astype(np.float32)
        return Verdicts(due, np.full(len(due), BAD, np.int8), silent_s, np.full(len(due), now_ms, np.int64), self.heard_ms[due])

    def _not_by_chance(self, due: Index, now_ms: int, clocks: Clocks) -> Index:
        """On a line that loses reports some go missing in a row: so many are waited for that chance alone hardly ever alarms."""
        in_a_row = np.ceil(np.log(CHANCE) / np.log(np.clip(clocks.loss(due), CHANCE, MOST_LOST)))
        waits = self.heard_ms[due] + ((in_a_row + 0.5) * self.plan.fleet.report_every_s[due] * 1000).astype(np.int64)
        self.due_ms[due] = np.maximum(self.due_ms[due], waits)
        return due[self.due_ms[due] < now_ms]

    def _open_shops(self, due: Index, now_ms: int) -> Index:
        """Of these, the tills of shops that have been open long enough; the others are asked again later."""
        is_open = self.plan.fleet.is_open(due, now_ms)
        closed = due[~is_open]
        self.is_closed[closed] = True
        self.due_ms[closed] = now_ms + LOOK_AGAIN_MS
        just_opened = due[is_open & self.is_closed[due]]
        self.is_closed[just_opened] = False
        self.due_ms[just_opened] = now_ms + self.watch.of("opening_grace_s", just_opened) * 1000
        return due[is_open & (self.due_ms[due] < now_ms)]

    def trouble(self, now_ms: int, ledger: Ledger) -> tuple[Index, NDArray[np.int64]]:
        size = len(self.watch.variant)
        late = self._is_expected() & (now_ms - self.heard_ms[:size] > LATE * self.allowed_ms)
        numbers = np.flatnonzero(late | ledger.is_open[:size])
        return numbers, self.heard_ms[numbers]

    def expected(self, clocks: Clocks) -> NDArray[np.bool_]:
        return self._is_expected()

    def _is_expected(self) -> NDArray[np.bool_]:
        size = len(self.watch.variant)
        waited: NDArray[np.bool_] = (self.heard_ms[:size] > 0) & (self.due_ms[:size] != NEVER)
        return waited & (self.watch.variant >= 0) & ~self.is_closed[:size]

    def forgive(self, until_ms: int) -> None:
        expected = self.due_ms != NEVER
        size = len(self.allowed_ms)
        self.due_ms[:size][expected[:size]] = np.maximum(self.due_ms[:size], until_ms + self.allowed_ms)[expected[:size]]
