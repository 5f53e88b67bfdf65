"""Unlike the rest: how far a terminal is from the median of its like, in spreads that a few odd ones cannot widen (robust z-score)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.clocks import Clocks
from pos_monitor.judging.kinds.base import Index, Ledger, Round, Verdicts, Watcher, judged
from pos_monitor.judging.measures import MEASURES, SHARES, counted
from pos_monitor.judging.memory import Column
from pos_monitor.judging.parameters import Parameters, choice, duration, number, plain, whole
from pos_monitor.judging.plan import Plan, Watch

SIDES = {"above": "above theirs", "below": "below theirs"}
AMONG = {
    "model": "model",
    "store": "store",
    "region": "region",
    "merchant": "merchant",
    "operator": "network operator",
    "fleet": "kind",
}
OF_MEASURES = ("latency", "signal", "temperature", "memory_free", "storage_free", "offline_queue")
WHAT = {key: MEASURES[key].name for key in OF_MEASURES} | {key: each.name for key, each in SHARES.items()}
NORMAL: Final = 0.6745  # the median distance from the median, of a normal spread of 1


@dataclass(frozen=True, kw_only=True)
class Anomaly(Parameters):
    measure: str = choice("What", WHAT)
    side: str = choice("Is bad when", SIDES, default="above")
    among: str = choice("Compared with others of its", AMONG, default="model")
    limit: float = number(
        "Odd from", low=1, high=100, default=5, unit="spreads", help="Of 100,000 normal ones, one is beyond 4.5."
    )
    clear_at: float = number("Good again below", low=0.5, high=100, default=3, unit="spreads")
    least_difference: float = number(
        "Differs by at least",
        low=0,
        high=65_000,
        default=0,
        help="In the unit of what is looked at: small differences of a calm fleet are none.",
    )
    peers: int = whole("Of at least", low=4, high=10_000, default=8, unit="alike")
    at_least: int = whole(
        "Counted at least", low=1, high=1_000_000, default=3, help="Reports, or for shares sales or checkouts, within the window."
    )
    window_s: int = whole(
        "Within", low=60, high=86_400, default=900, unit="seconds", help="What is older counts a third or less."
    )
    every_s: int = whole("Compared every", low=10, high=3_600, default=30, unit="seconds")
    raise_after: int = whole("Alert after", low=1, high=60, default=3, unit="comparisons")
    clear_after: int = whole("Over after", low=1, high=60, default=3, unit="comparisons")

    repeats = False

    def complaints(self) -> Iterator[tuple[str, str]]:
        if self.clear_at > self.limit:
            yield "clear_at", "What is odd from a limit on is good again at the limit or below it."

    def says(self) -> str:
        least = f" and by at least {plain(self.least_difference)}{_unit(self.measure)}" if self.least_difference else ""
        return (
            f"{WHAT[self.measure]} of the last {duration(self.window_s)} is {self.side} that of others of its {AMONG[self.among]} "
            f"by {plain(self.limit)} spreads or more{least}, in {self.raise_after} comparisons in a row"
        )

    def over(self) -> str:
        return f"Over when it is within {plain(self.clear_at)} spreads, in {self.clear_after} comparisons in a row."


def _unit(measure: str) -> str:
    unit = MEASURES[measure].unit if measure in MEASURES else ("% points" if SHARES[measure].whole else "")
    return f" {unit}" if unit else ""


class AnomalyWatcher(Watcher):
    """Keeps a fading mean for each terminal; every `every_s` it is compared with that of the others, of the same shard."""

    PARAMETERS = Anomaly
    COLUMNS: ClassVar[Mapping[str, Column]] = {"part": Column("<f8"), "whole": Column("<f8"), "at_ms": Column("<i8")}
    part: NDArray[np.float64]
    whole: NDArray[np.float64]
    at_ms: NDArray[np.int64]

    def __init__(self, plan: Plan, watch: Watch, size: int) -> None:
        super().__init__(plan, watch, size)
        self._compared_ms = 0

    def look(self, reports: Round) -> None:
        rule: Anomaly = self.watch.spec.parameters  # type: ignore[assignment]
        if rule.measure in SHARES:
            share = SHARES[rule.measure]
            part = (
                100.0 * counted(reports.records, share.part)
                if share.whole
                else counted(reports.records, share.part).astype(float)
            )
            whole = counted(reports.records, share.whole).astype(float) if share.whole else np.ones(len(reports))
            rows = slice(None)
        else:
            value = reports.value(rule.measure)
            said = np.flatnonzero(~np.isnan(value))
            part, whole, rows = value[said].astype(float), np.ones(len(said)), said  # type: ignore[assignment]
        terminals, at_ms = reports.terminals[rows], reports.at_ms[rows]
        faint = np.exp(-(at_ms - self.at_ms[terminals]) / (1000 * self.watch.of("window_s", terminals)))
        self.part[terminals] = self.part[terminals] * faint + part
        self.whole[terminals] = self.whole[terminals] * faint + whole
        self.at_ms[terminals] = at_ms

    def sweep(self, now_ms: int, ledger: Ledger, clocks: Clocks) -> Verdicts | None:
        rule: Anomaly = self.watch.spec.parameters  # type: ignore[assignment]
        if now_ms - self._compared_ms < rule.every_s * 1000:
            return None
        self._compared_ms = now_ms
        size = len(self.watch.variant)
        fresh = (self.watch.variant >= 0) & (self.at_ms[:size] > now_ms - 1000 * self.watch.of("window_s", np.arange(size)))
        numbers = np.flatnonzero(fresh & (self.whole[:size] >= self.watch.of("at_least", np.arange(size))))
        if not len(numbers):
            return None
        value = self.part[numbers] / self.whole[numbers]
        away, z, peers = compare(value, self._groups(rule, numbers))
        if rule.side == "below":
            away, z = -away, -z
        odd = (z >= self.watch.of("limit", numbers)) & (away >= self.watch.of("least_difference", numbers))
        fine = (z < self.watch.of("clear_at", numbers)) | (away < self.watch.of("least_difference", numbers))
        known = np.where(peers >= self.watch.of("peers", numbers), value, np.nan)
        verdict = judged(odd, fine, known)
        return Verdicts(numbers, verdict, value.astype(np.float32), np.full(len(numbers), now_ms, np.int64))

    def _groups(self, rule: Anomaly, numbers: Index) -> NDArray[np.int64]:
        """What each is compared within: its kind always, and what the rule says."""
        fleet = self.plan.fleet
        group = np.zeros(len(numbers), np.int64) if rule.among == "fleet" else getattr(fleet, rule.among)[numbers]
        return 2 * group + fleet.is_online_store[numbers]


def compare(
    value: NDArray[np.float64], group: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Of each: how far from its group's median, that in spreads (infinite beside peers that do not differ), and how many its group has."""
    _, place, counts = np.unique(group, return_inverse=True, return_counts=True)
    away = value - _medians(value, place, counts)[place]
    spread = _medians(np.abs(away), place, counts)[place]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(away == 0, 0.0, NORMAL * away / spread)
    return away, z, counts[place]


def _medians(value: NDArray[np.float64], place: Index, counts: Index) -> NDArray[np.float64]:
    """Of each group; `place`: which group each value is in."""
    order = np.lexsort((value, place))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    low, high = order[starts + (counts - 1) // 2], order[starts + counts // 2]
    medians: NDArray[np.float64] = (value[low] + value[high]) / 2
    return medians
