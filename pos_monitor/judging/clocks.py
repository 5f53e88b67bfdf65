"""Each terminal's time, start and versions, as its reports tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.measures import Records
from pos_monitor.judging.memory import Column, Memory
from pos_monitor.judging.rounds import Index, Round
from pos_monitor.wire.record import Flag

STORED_AT_MOST_MS: Final = 30 * 86_400_000  # what says that it is older is not believed

FADES: Final = np.float32(1 - 1 / 32)  # how much a report counts when the next one has come
LOST_AT_MOST: Final = 4  # in a row
OWN_PRIOR: Final = 8  # reports without a loss that a terminal is credited with


class Clocks(Memory):
    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "at_ms": Column("<i8"),  # of its newest report; it never goes back
        "boot": Column("<u4"),
        "booted_ms": Column("<i8"),  # when we first heard of this start; 0: it was running when we first heard of it
        "firmware": Column("<u4"),  # as last said
        "app": Column("<u4"),
        "seq": Column("<u4"),
        "asked": Column("<f4"),  # reports that there should have been lately, older ones counting less …
        "lost": Column("<f4"),  # … and of these, those that never came
    }
    at_ms: NDArray[np.int64]
    boot: NDArray[np.uint32]
    booted_ms: NDArray[np.int64]
    firmware: NDArray[np.uint32]
    app: NDArray[np.uint32]
    seq: NDArray[np.uint32]
    asked: NDArray[np.float32]
    lost: NDArray[np.float32]

    def round(self, terminals: Index, records: Records) -> Round:
        """Reports of different terminals with the time at which each counts: when it reached us, and for stored ones when it was made."""
        received, said = records["received_ms"], records["at_ms"]
        stored = ((records["flags"] & Flag.STORED) != 0) & (said > received - STORED_AT_MOST_MS) & (said < received)
        at_ms = np.maximum(np.where(stored, said, received), self.at_ms[terminals])
        self._count_losses(terminals, records)
        restarted = (self.boot[terminals] != records["boot"]) & (self.at_ms[terminals] > 0)
        self.booted_ms[terminals[restarted]] = at_ms[restarted]
        self.boot[terminals] = records["boot"]
        self.at_ms[terminals] = at_ms
        for name, known in (("firmware", self.firmware), ("app", self.app)):
            said_version = records[name]
            known[terminals] = np.where(said_version == 0, known[terminals], said_version)
        return Round(terminals, records, at_ms, self.booted_ms[terminals])

    def loss(self, terminals: Index) -> NDArray[np.float64]:
        """The share of reports that get lost on the way, of each of these; at least what the whole fleet loses."""
        fleet = float(self.lost.sum()) / max(float(self.asked.sum()), 100.0)
        own: NDArray[np.float64] = self.lost[terminals].astype(np.float64) / (self.asked[terminals] + OWN_PRIOR)
        return np.maximum(own, fleet)

    def _count_losses(self, terminals: Index, records: Records) -> None:
        """By gaps in the numbers of reports. A long gap is no loss but an outage, which is what alarms are for."""
        gap = records["seq"].astype(np.int64) - self.seq[terminals]
        counts = (self.boot[terminals] == records["boot"]) & (self.at_ms[terminals] > 0) & (gap > 0) & (gap <= LOST_AT_MOST + 1)
        asked, lost = self.asked[terminals], self.lost[terminals]
        self.asked[terminals] = np.where(counts, asked * FADES + gap, asked)
        self.lost[terminals] = np.where(counts, lost * FADES + (gap - 1), lost)
        self.seq[terminals] = records["seq"]
