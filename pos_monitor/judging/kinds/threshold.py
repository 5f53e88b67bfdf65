"""A value beyond a limit, with a dead band: below 15 % it is bad, from 20 % on it is good, in between nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pos_monitor.judging.kinds.base import BAD, GOOD, UNSAID, Round, Verdicts, Watcher, judged, verdicts
from pos_monitor.judging.measures import MEASURES
from pos_monitor.judging.parameters import Parameters, choice, number, plain, yes_no
from pos_monitor.wire.record import Flag

SIDES = {"below": "below the limit", "above": "above the limit"}


@dataclass(frozen=True, kw_only=True)
class Threshold(Parameters):
    measure: str = choice("What", {key: each.name for key, each in MEASURES.items()})
    side: str = choice(
        "Is bad when", SIDES, default="below", help="A sign, such as the tamper switch, is above 0.5 when it is set."
    )
    limit: float = number("Limit", low=-2_000_000, high=2_000_000)
    clear_at: float = number("Good again at", low=-2_000_000, high=2_000_000, help="Between the two nothing changes.")
    unless_charging: bool = yes_no("Only while it is not charging")

    def complaints(self) -> Iterator[tuple[str, str]]:
        measure = MEASURES[self.measure]
        for name, label in (("limit", "Limit"), ("clear_at", "Good again at")):
            if not measure.low <= getattr(self, name) <= measure.high:
                unit = f" {measure.unit}" if measure.unit else ""
                yield name, f"“{label}” for {measure.name} lies between {plain(measure.low)} and {plain(measure.high)}{unit}."
        if self.side == "below" and self.clear_at < self.limit:
            yield "clear_at", "What is bad below a limit is good again at the limit or above it."
        if self.side == "above" and self.clear_at > self.limit:
            yield "clear_at", "What is bad above a limit is good again at the limit or below it."

    def says(self) -> str:
        measure = MEASURES[self.measure]
        if measure.is_sign:
            return f"{measure.name} is reported" if self.side == "above" else f"{measure.name} is not reported"
        charging = " and it is not charging" if self.unless_charging else ""
        return f"{measure.name} is {self.side} {plain(self.limit)}{_unit(measure.unit)}{charging}"

    def over(self) -> str:
        measure = MEASURES[self.measure]
        often = f"{self.clear_after} reports in a row" if self.clear_after > 1 else "one report"
        if measure.is_sign:
            return f"Over when {often} say otherwise." if self.clear_after > 1 else "Over when one report says otherwise."
        side = "at or above" if self.side == "below" else "at or below"
        return f"Over when it is {side} {plain(self.clear_at)}{_unit(measure.unit)} in {often}{', or charging' if self.unless_charging else ''}."


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


class ThresholdWatcher(Watcher):
    PARAMETERS = Threshold

    def look(self, reports: Round) -> Verdicts:
        rule: Threshold = self.watch.spec.parameters  # type: ignore[assignment]
        value = reports.value(rule.measure)
        limit = self.watch.of("limit", reports.terminals)
        clear_at = self.watch.of("clear_at", reports.terminals)
        with np.errstate(invalid="ignore"):
            bad, good = (value < limit, value >= clear_at) if rule.side == "below" else (value > limit, value <= clear_at)
        verdict = judged(bad, good, value)
        if rule.unless_charging:
            charging = (reports.records["flags"] & Flag.CHARGING) != 0
            verdict[charging & (verdict != UNSAID)] = GOOD
        return verdicts(reports, verdict, value)


__all__ = ["BAD", "Threshold", "ThresholdWatcher"]
