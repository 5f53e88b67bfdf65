"""Will run out soon: the line through its last values, newer ones counting more, reaches nothing within so many minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.kinds.base import GOOD, UNSAID, Index, Round, Verdicts, Watcher, judged, verdicts
from pos_monitor.judging.measures import MEASURES
from pos_monitor.judging.memory import Column
from pos_monitor.judging.parameters import Parameters, choice, duration, whole
from pos_monitor.wire.record import Flag

GAP_MINUTES: Final = 15.0  # after so long without a value it starts anew
JUMP: Final = 3.0  # so much more than before: another battery, or somebody tidied up
NEVER_MINUTES: Final = 1e6  # it does not fall: said instead of infinity


@dataclass(frozen=True, kw_only=True)
class Prediction(Parameters):
    measure: str = choice("What", {key: MEASURES[key].name for key in ("battery", "storage_free", "memory_free")})
    within_minutes: int = whole("Runs out within", low=5, high=10_080, default=120, unit="minutes")
    clear_minutes: int = whole(
        "Good again from", low=5, high=20_160, default=150, unit="minutes left", help="Between the two nothing changes."
    )
    lookback_minutes: int = whole(
        "Looks back", low=5, high=10_080, default=30, unit="minutes", help="A value so old counts a third of a new one."
    )
    evidence_minutes: int = whole("Watched for at least", low=1, high=10_080, default=15, unit="minutes")
    evidence_fall: int = whole(
        "Fallen by at least", low=1, high=50, default=2, unit="% points", help="A single step proves nothing."
    )

    def complaints(self) -> Iterator[tuple[str, str]]:
        if self.clear_minutes < self.within_minutes:
            yield "clear_minutes", "What is bad within a time is good again from that time on or later."

    def says(self) -> str:
        measure = MEASURES[self.measure]
        charging = " while it is not charging" if self.measure == "battery" else ""
        return f"{measure.name} will be at nothing in less than {duration(self.within_minutes * 60)}{charging}, after {duration(self.evidence_minutes * 60)} of falling"

    def over(self) -> str:
        charging = ", or it is charging" if self.measure == "battery" else ""
        return (
            f"Over when it lasts {duration(self.clear_minutes * 60)} or longer{charging}, in {self.clear_after} reports in a row."
        )


class PredictionWatcher(Watcher):
    """Keeps the sums of a line of least squares, in which a value's weight fades as exp(−age / lookback); time in minutes before now."""

    PARAMETERS = Prediction
    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "w": Column("<f8"), "t": Column("<f8"), "v": Column("<f8"), "tt": Column("<f8"), "tv": Column("<f8"),
        "at_ms": Column("<i8"), "since_ms": Column("<i8"),
        "first": Column("<f4", np.nan), "last": Column("<f4", np.nan),
    }  # fmt: skip
    w: NDArray[np.float64]
    t: NDArray[np.float64]
    v: NDArray[np.float64]
    tt: NDArray[np.float64]
    tv: NDArray[np.float64]
    at_ms: NDArray[np.int64]
    since_ms: NDArray[np.int64]
    first: NDArray[np.float32]
    last: NDArray[np.float32]

    def look(self, reports: Round) -> Verdicts:
        rule: Prediction = self.watch.spec.parameters  # type: ignore[assignment]
        value = reports.value(rule.measure)
        said = ~np.isnan(value)
        minutes = np.full(len(value), np.nan)
        charging = np.zeros(len(value), np.bool_)
        if rule.measure == "battery":
            charging = (reports.records["flags"] & Flag.CHARGING) != 0
            self.forget(reports.terminals[charging])
        rows = np.flatnonzero(said & ~charging)
        if len(rows):
            minutes[rows] = self._left(reports.terminals[rows], value[rows], reports.at_ms[rows])
        with np.errstate(invalid="ignore"):
            bad = minutes < self.watch.of("within_minutes", reports.terminals)
            good = minutes >= self.watch.of("clear_minutes", reports.terminals)
        verdict = judged(bad, good, minutes)
        verdict[charging & said] = GOOD
        verdict[~said] = UNSAID
        return verdicts(reports, verdict, minutes)

    def _left(self, terminals: Index, value: NDArray[np.float32], at_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        """Minutes until nothing is left; NaN while there is too little evidence."""
        age = (at_ms - self.at_ms[terminals]) / 60_000
        anew = (self.w[terminals] == 0) | (age > GAP_MINUTES) | (value - self.last[terminals] > JUMP)
        fresh = terminals[anew]
        self.forget(fresh)
        self.since_ms[fresh], self.first[fresh] = at_ms[anew], value[anew]
        w, t, v, tt, tv = self._age(terminals, np.where(anew, 0.0, age))
        w, v = w + 1, v + value
        self.w[terminals], self.t[terminals], self.v[terminals], self.tt[terminals], self.tv[terminals] = w, t, v, tt, tv
        self.at_ms[terminals], self.last[terminals] = at_ms, value
        spread = w * tt - t * t
        slope = (w * tv - t * v) / np.where(spread > 1e-9, spread, np.nan)
        level = (v - slope * t) / w
        with np.errstate(invalid="ignore", divide="ignore"):
            left = np.where(slope < 0, np.clip(level, 0, None) / -slope, NEVER_MINUTES)
        left = np.minimum(left, NEVER_MINUTES)
        watched = (at_ms - self.since_ms[terminals]) >= self.watch.of("evidence_minutes", terminals) * 60_000
        fallen = self.first[terminals] - value >= self.watch.of("evidence_fall", terminals)
        steady = watched & ~fallen  # long enough, and it does not fall: that is evidence too
        result: NDArray[np.float64] = np.where(watched & fallen & ~np.isnan(slope), left, np.where(steady, NEVER_MINUTES, np.nan))
        return result

    def _age(self, terminals: Index, age: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """The sums as they are when everything in them is `age` minutes older, and fainter by that."""
        w, t, v, tt, tv = (sums[terminals] for sums in (self.w, self.t, self.v, self.tt, self.tv))
        faint = np.exp(-age / self.watch.of("lookback_minutes", terminals))
        return faint * w, faint * (t - age * w), faint * v, faint * (tt - 2 * age * t + age * age * w), faint * (tv - age * v)
