"""What every kind of rule is: parameters that say themselves in English, and a watcher that finds what is bad in arrays."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.clocks import Clocks
from pos_monitor.judging.ledger import BAD, BETWEEN, GOOD, UNSAID, Ledger, Verdicts
from pos_monitor.judging.memory import Memory
from pos_monitor.judging.parameters import Parameters
from pos_monitor.judging.plan import Plan, Watch
from pos_monitor.judging.rounds import Index, Round


class Watcher(Memory):
    """One rule at work. Subclasses look at reports, or at all terminals now and then, or both; they never open an alert themselves."""

    PARAMETERS: ClassVar[type[Parameters]]

    def __init__(self, plan: Plan, watch: Watch, size: int) -> None:
        self.plan = plan
        self.watch = watch
        super().__init__(size)

    def follow(self, plan: Plan, watch: Watch) -> None:
        """A new plan in which this rule is the same; terminals may be others."""
        self.plan, self.watch = plan, watch

    def look(self, reports: Round) -> Verdicts | None:
        """What these reports say. All are watched by this rule."""
        return None

    def sweep(self, now_ms: int, ledger: Ledger, clocks: Clocks) -> Verdicts | None:
        """What can be said of terminals without a report of theirs."""
        return None

    def trouble(self, now_ms: int, ledger: Ledger) -> tuple[Index, NDArray[np.int64]]:
        """Who is in trouble or about to be, and since when (ms): what a folding looks at before the alerts are there."""
        numbers = np.flatnonzero((ledger.bad > 0) | ledger.is_open)
        return numbers, ledger.began_ms[numbers]

    def expected(self, clocks: Clocks) -> NDArray[np.bool_]:
        """Of whom something can be said: bool [numbers of the fleet]."""
        size = len(self.watch.variant)
        return (self.watch.variant >= 0) & (clocks.at_ms[:size] > 0)

    def forgive(self, until_ms: int) -> None:
        """Until then we were deaf: silence says nothing."""


def judged(bad: NDArray[np.bool_], good: NDArray[np.bool_], value: NDArray[np.floating]) -> NDArray[np.int8]:
    """int8 [n]: BAD, GOOD, BETWEEN, or UNSAID where the value is NaN."""
    verdict = np.full(len(value), BETWEEN, np.int8)
    verdict[good] = GOOD
    verdict[bad] = BAD
    verdict[np.isnan(value)] = UNSAID
    return verdict


def verdicts(reports: Round, verdict: NDArray[np.int8], value: NDArray[np.floating]) -> Verdicts:
    return Verdicts(reports.terminals, verdict, value.astype(np.float32), reports.at_ms)


__all__ = [
    "BAD",
    "BETWEEN",
    "GOOD",
    "UNSAID",
    "Index",
    "Ledger",
    "Parameters",
    "Round",
    "Verdicts",
    "Watcher",
    "judged",
    "verdicts",
]
