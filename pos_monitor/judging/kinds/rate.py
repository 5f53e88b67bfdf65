"""Too many, or too few, of something within a while: failed sales of all sales in 15 minutes, API errors in 5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pos_monitor.judging.kinds.base import UNSAID, Round, Verdicts, judged, verdicts
from pos_monitor.judging.kinds.window import WindowWatcher
from pos_monitor.judging.measures import SHARES
from pos_monitor.judging.parameters import Parameters, choice, duration, number, plain, whole

SIDES = {"above": "above the limit", "below": "below the limit"}


@dataclass(frozen=True, kw_only=True)
class Rate(Parameters):
    measure: str = choice("What", {key: each.name for key, each in SHARES.items()})
    window_s: int = whole("Within", low=60, high=86_400, default=900, unit="seconds")
    side: str = choice("Is bad when", SIDES, default="above")
    limit: float = number(
        "Limit", low=0, high=1_000_000, help="In % for shares, such as failed sales; a number for errors that are only counted."
    )
    clear_at: float = number("Good again at", low=0, high=1_000_000, help="Between the two nothing changes.")
    at_least: int = whole(
        "Of at least",
        low=0,
        high=1_000_000,
        default=10,
        unit="in the window",
        help="For shares: fewer sales or checkouts prove nothing.",
    )

    def complaints(self) -> Iterator[tuple[str, str]]:
        share = SHARES[self.measure]
        for name, label in (("limit", "Limit"), ("clear_at", "Good again at")):
            if share.whole and getattr(self, name) > 100:
                yield name, f"“{label}” is a share of {share.of}: at most 100 %."
        if self.side == "above" and self.clear_at > self.limit:
            yield "clear_at", "What is bad above a limit is good again at the limit or below it."
        if self.side == "below" and self.clear_at < self.limit:
            yield "clear_at", "What is bad below a limit is good again at the limit or above it."
        if share.whole and self.at_least < 1:
            yield "at_least", f"Say of how many {share.of} at least: a share of none says nothing."
        if self.window_s % WINDOW_PARTS:
            yield (
                "window_s",
                f"“Within” is a multiple of {WINDOW_PARTS} seconds, because the window moves in {WINDOW_PARTS} steps.",
            )

    def says(self) -> str:
        share, window = SHARES[self.measure], duration(self.window_s)
        more = "more" if self.side == "above" else "less"
        if share.whole:
            return f"{more} than {plain(self.limit)} % {share.name} in {window}, of at least {self.at_least} {share.of}"
        return f"{'more' if self.side == 'above' else 'fewer'} than {plain(self.limit)} {share.name} in {window}"

    def over(self) -> str:
        share = SHARES[self.measure]
        side = "at most" if self.side == "above" else "at least"
        return (
            f"Over when it is {side} {plain(self.clear_at)}{' %' if share.whole else ''} in {self.clear_after} reports in a row."
        )


WINDOW_PARTS = 12


class RateWatcher(WindowWatcher):
    PARAMETERS = Rate
    PARTS: ClassVar[int] = WINDOW_PARTS

    def look(self, reports: Round) -> Verdicts:
        rule: Rate = self.watch.spec.parameters  # type: ignore[assignment]
        said = self.count(reports)
        terminals = reports.terminals
        part, total = self.part_sum[terminals], self.whole_sum[terminals]
        if SHARES[rule.measure].whole:
            value = 100 * part / np.maximum(total, 1)
            said = said & (total >= self.watch.of("at_least", terminals))
        else:
            value = part.astype(np.float64)
        limit, clear_at = self.watch.of("limit", terminals), self.watch.of("clear_at", terminals)
        bad, good = (value > limit, value <= clear_at) if rule.side == "above" else (value < limit, value >= clear_at)
        verdict = judged(bad, good, value)
        verdict[~said] = UNSAID
        return verdicts(reports, verdict, value)
