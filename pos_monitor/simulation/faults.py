"""What goes wrong in the made-up fleet: when, for how long, and at which terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.simulation.chance import Ints

Mask = NDArray[np.bool_]
FOR_EVER_S: Final = 1e9


class Kind(Enum):
    POWER_CUT = "no power: silent, and started anew afterwards"
    CUT_OFF = "no network: reports wait in the terminal and come afterwards"
    DROPPED = "every connection breaks at once and comes back"
    READER_FAILS = "the card reader fails again and again"
    PAPER_OUT = "the printer has no paper"
    DRAINING = "the battery drains within minutes, far from its dock"
    WEAK_SIGNAL = "hardly any signal"
    SALES_FAIL = "many sales fail"
    TAMPER = "the case was opened"
    API_ERRORS = "calls to the platform fail"
    WEBHOOKS_REFUSED = "the platform's webhooks are not taken"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong at the terminals `who` (places in the fleet) from begins_s for lasts_s, and again after again_s."""

    kind: Kind
    who: Ints
    words: str
    begins_s: float = 0.0
    lasts_s: float = FOR_EVER_S
    again_s: float = 0.0

    def is_on(self, now_s: float) -> bool:
        """now_s: seconds since the fleet began."""
        passed = now_s - self.begins_s
        return passed >= 0 and (passed % self.again_s if self.again_s else passed) < self.lasts_s

    def round(self, now_s: float) -> int:
        """The how-manieth time it is on, from 0; -1 before the first."""
        passed = now_s - self.begins_s
        if passed < 0:
            return -1
        return int(passed // self.again_s) if self.again_s else 0


class Faults:
    """All faults of a fleet of n terminals."""

    def __init__(self, faults: Sequence[Fault], n: int) -> None:
        self.faults, self.n = list(faults), n
        self._masks: dict[Kind, tuple[tuple[int, ...], Mask]] = {}
        self._none = np.zeros(n, bool)

    def at(self, kind: Kind, now_s: float) -> Mask:
        """Which terminals have such a fault now. The array is shared: do not write into it."""
        on = tuple(place for place, fault in enumerate(self.faults) if fault.kind is kind and fault.is_on(now_s))
        if not on:
            return self._none
        known = self._masks.get(kind)
        if known is None or known[0] != on:
            mask = self._none.copy()
            for place in on:
                mask[self.faults[place].who] = True
            self._masks[kind] = known = (on, mask)
        return known[1]

    def told(self, now_s: float) -> Iterator[Fault]:
        """Those that are on now."""
        return (fault for fault in self.faults if fault.is_on(now_s))
