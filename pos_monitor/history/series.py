"""A terminal's values over time, at the resolution that the range asks for: every report, five minutes or an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.history import read, rollups
from pos_monitor.history.chunks import Records
from pos_monitor.history.times import measured_ms
from pos_monitor.wire.record import MISSING

MOST_POINTS: Final = 10_000  # 27 hours of a report each ten seconds
GAP: Final = 3.5  # reports that are missing in a row, until a line is broken: as many as make a terminal offline
CARRIED: Final = 60  # reports; a till repeats with every thirtieth what seldom changes
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
FIELDS: Final = (*rollups.GAUGES, *rollups.SUMS, "clock_offset")


@dataclass(frozen=True, slots=True)
class Curve:
    """value: float64 [n], NaN: not said, or a gap; of a summary its mean. low, high: of a summary the least and greatest, else empty."""

    value: NDArray[np.float64]
    low: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    high: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class Series:
    """at_ms: int64 [n] of the curves. bars: sums by bucket; bucket_ms: int64 [m], where each begins, bar_ms: how long it is.

    every_ms: between two points; 0: each report. reports: how many all of it was made of.
    """

    every_ms: int
    reports: int
    at_ms: NDArray[np.int64]
    curves: dict[str, Curve]
    bar_ms: int
    bucket_ms: NDArray[np.int64]
    bars: dict[str, NDArray[np.int64]]


def series(
    *,
    number: int,
    since_ms: int,
    until_ms: int,
    fields: Sequence[str] = FIELDS,
    report_every_s: int = 10,
    points: int = MOST_POINTS,
) -> Series:
    """The history of a terminal from `since_ms` to before `until_ms` (Unix time). fields: of FIELDS; report_every_s: when a gap is one.

    points: how many a curve may have at most, if an hour each is not more still.
    """
    every_ms = resolution(since_ms, until_ms, report_every_s, points)
    gap_ms = round(report_every_s * 1000 * GAP)
    if every_ms:
        return _of_summaries(read.summaries(number, since_ms, until_ms, every_ms), fields, every_ms, gap_ms)
    bar_ms = MINUTE_MS if until_ms - since_ms <= DAY_MS // 8 else rollups.FINE_MS
    return _of_reports(read.reports(number, since_ms, until_ms, fields), fields, gap_ms, bar_ms)


def resolution(since_ms: int, until_ms: int, report_every_s: int, points: int = MOST_POINTS) -> int:
    """ms between two points, 0: every report. The finest that is still kept for all of the range and has few enough points."""
    span = until_ms - since_ms
    if span // (report_every_s * 1000) <= points and since_ms >= read.kept_since_ms(0):
        return 0
    if span // rollups.FINE_MS <= min(points, MOST_POINTS) and since_ms >= read.kept_since_ms(rollups.FINE_MS):
        return rollups.FINE_MS
    return rollups.HOUR_MS


def _of_reports(found: Records, fields: Sequence[str], gap_ms: int, bar_ms: int) -> Series:
    at = measured_ms(found)
    breaks = np.flatnonzero(np.diff(at) > gap_ms) + 1  # in front of these a point without a value
    curves = {}
    for name in _gauges(fields):
        curves[name] = Curve(np.insert(carried(found, name), breaks, np.nan))
    bucket, bars = np.empty(0, np.int64), dict[str, NDArray[np.int64]]()
    if len(at):
        starts = np.append(0, np.flatnonzero(np.diff(at // bar_ms)) + 1)
        bucket = at[starts] // bar_ms * bar_ms
        for name in _counts(fields):
            said = np.where(found[name] == MISSING[name], 0, found[name]).astype(np.int64)
            bars[name] = np.add.reduceat(said, starts)
    return Series(0, len(found), np.insert(at, breaks, at[breaks - 1] + 1000), curves, bar_ms, bucket, bars)


def carried(found: Records, name: str) -> NDArray[np.float64]:
    """A field of reports in order; where one is silent about it, what an earlier one said, of the last CARRIED reports. NaN: none did."""
    values = found[name].astype(np.float64)
    if name not in MISSING or not len(values):
        return values
    place = np.arange(len(values))
    said = np.maximum.accumulate(np.where(found[name] != MISSING[name], place, -CARRIED - 1))
    return np.where(place - said <= CARRIED, values[said], np.nan)


def _of_summaries(found: rollups.Summaries, fields: Sequence[str], every_ms: int, gap_ms: int) -> Series:
    at = found["bucket_ms"].astype(np.int64)
    breaks = np.flatnonzero(np.diff(at) > max(every_ms, gap_ms)) + 1
    curves = {}
    for name in _gauges(fields):
        if name == "clock_offset":
            curves[name] = Curve(np.insert(found[name].astype(np.float64), breaks, np.nan))
            continue
        parts = (found[f"{name}_{what}"].astype(np.float64) for what in ("avg", "min", "max"))
        curves[name] = Curve(*(np.insert(np.where(part == rollups.NONE, np.nan, part), breaks, np.nan) for part in parts))
    bar_ms = rollups.HOUR_MS if every_ms == rollups.FINE_MS else DAY_MS
    bucket, bars = np.empty(0, np.int64), dict[str, NDArray[np.int64]]()
    if len(at):
        starts = np.append(0, np.flatnonzero(np.diff(at // bar_ms)) + 1)
        bucket = at[starts] // bar_ms * bar_ms
        bars = {name: np.add.reduceat(found[name].astype(np.int64), starts) for name in _counts(fields)}
    spot = np.insert(at + every_ms // 2, breaks, at[breaks - 1] + every_ms)
    return Series(every_ms, int(found["reports"].sum()), spot, curves, bar_ms, bucket, bars)


def _gauges(fields: Sequence[str]) -> list[str]:
    return [name for name in fields if name in rollups.GAUGES or name == "clock_offset"]


def _counts(fields: Sequence[str]) -> list[str]:
    return [name for name in fields if name in rollups.SUMS]


def as_lists(found: Series) -> dict[str, Any]:
    """As JSON takes it: times in whole seconds of Unix time; null: not said, or a gap.

    {"every_s", "reports", "t": [n], "curves": {name: {"value": [n], "low"?, "high"?}}, "bars": {"every_s", "t": [m], name: [m]}}
    """
    curves = {
        name: {
            what: _numbers(getattr(curve, what))
            for what in ("value", "low", "high")
            if len(getattr(curve, what)) or what == "value"
        }
        for name, curve in found.curves.items()
    }
    bars = {name: values.tolist() for name, values in found.bars.items()}
    return {
        "every_s": found.every_ms // 1000, "reports": found.reports, "t": (found.at_ms // 1000).tolist(), "curves": curves,
        "bars": {"every_s": found.bar_ms // 1000, "t": (found.bucket_ms // 1000).tolist(), **bars},
    }  # fmt: skip


def _numbers(values: NDArray[np.float64]) -> list[float | int | None]:
    missing = np.isnan(values)
    rounded = np.round(np.nan_to_num(values), 2)
    is_whole = bool((rounded == np.floor(rounded)).all())
    found: list[float | int | None] = (rounded.astype(np.int64) if is_whole else rounded).tolist()
    for at in np.flatnonzero(missing).tolist():
        found[at] = None
    return found
