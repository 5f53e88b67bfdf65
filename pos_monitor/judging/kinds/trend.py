"""Getting worse: the line through the last hours rises, such as of a card reader that fails more and more before it fails for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.kinds.base import UNSAID, Round, Verdicts, judged, verdicts
from pos_monitor.judging.kinds.window import WindowWatcher
from pos_monitor.judging.measures import SHARES
from pos_monitor.judging.parameters import Parameters, choice, duration, number, plain, whole

TREND_PARTS: Final = 6
NEEDS_PARTS: Final = 4  # parts of the window in which there was something to count


@dataclass(frozen=True, kw_only=True)
class Trend(Parameters):
    measure: str = choice("What", {key: each.name for key, each in SHARES.items() if key != "conversion"})
    window_s: int = whole("Within", low=600, high=604_800, default=14_400, unit="seconds")
    limit: float = number(
        "Rises by", low=0, high=1_000_000, help="Over the window: % points for shares, else a number in a sixth of it."
    )
    clear_at: float = number("Good again at", low=0, high=1_000_000, help="Between the two nothing changes.")
    at_least: int = whole("Of at least", low=1, high=1_000_000, default=10, unit="errors in the window")

    def complaints(self) -> Iterator[tuple[str, str]]:
        if self.clear_at > self.limit:
            yield "clear_at", "What is bad from a limit on is good again at the limit or below it."
        if self.window_s % TREND_PARTS:
            yield "window_s", f"“Within” is a multiple of {TREND_PARTS} seconds, because the window moves in {TREND_PARTS} steps."

    def says(self) -> str:
        share = SHARES[self.measure]
        return f"{share.name} rise by {plain(self.limit)}{_unit(self.measure)} or more over {duration(self.window_s)}, with at least {self.at_least} of them"

    def over(self) -> str:
        return (
            f"Over when they rise by at most {plain(self.clear_at)}{_unit(self.measure)}, in {self.clear_after} reports in a row."
        )


def _unit(measure: str) -> str:
    return " % points" if SHARES[measure].whole else ""


class TrendWatcher(WindowWatcher):
    PARAMETERS = Trend
    PARTS: ClassVar[int] = TREND_PARTS

    def look(self, reports: Round) -> Verdicts:
        rule: Trend = self.watch.spec.parameters  # type: ignore[assignment]
        said = self.count(reports)
        terminals = reports.terminals
        enough = said & (self.part_sum[terminals] >= self.watch.of("at_least", terminals))
        rise = np.zeros(len(terminals))
        rise[enough] = self._rise(terminals[enough], is_share=bool(SHARES[rule.measure].whole))
        with np.errstate(invalid="ignore"):
            good = rise <= self.watch.of("clear_at", terminals)
            bad = (rise >= self.watch.of("limit", terminals)) & ~good
        verdict = judged(bad & enough, good | ~enough, rise)
        verdict[~said] = UNSAID
        return verdicts(reports, verdict, rise)

    def _rise(self, terminals: NDArray[np.intp], *, is_share: bool) -> NDArray[np.float64]:
        """How much the line of least squares through the window's parts rises from first to last; NaN of too few parts."""
        ages = np.arange(TREND_PARTS)[:, None]  # 0: the running part
        slots = (self.bucket[terminals][None, :] - ages) % TREND_PARTS
        part = self.part[slots, terminals].astype(np.float64)
        if is_share:
            total = self.whole[slots, terminals].astype(np.float64)
            y, weight = 100 * part / np.maximum(total, 1), (total > 0).astype(np.float64)
        else:
            y, weight = part, np.ones_like(part)
        x = -ages.astype(np.float64)
        parts = weight.sum(0)
        sum_x, sum_y = (weight * x).sum(0), (weight * y).sum(0)
        spread = parts * (weight * x * x).sum(0) - sum_x**2
        slope = (parts * (weight * x * y).sum(0) - sum_x * sum_y) / np.where(spread > 0, spread, np.nan)
        rise: NDArray[np.float64] = np.where(parts >= NEEDS_PARTS, slope * (TREND_PARTS - 1), np.nan)
        return rise
