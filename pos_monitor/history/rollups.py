"""Summaries of five minutes and of an hour: of what is measured lowest, highest, mean and last; of what is counted the sum.

Summaries of the same bucket that were made of different reports (some came late) can be merged into what all of them would have made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np

from pos_monitor.history.packing import Ints, Packed, pack
from pos_monitor.history.times import measured_ms
from pos_monitor.wire.record import MISSING, RECORD

Summaries: TypeAlias = np.ndarray[Any, np.dtype[np.void]]

FINE_MS: Final = 300_000
HOUR_MS: Final = 3_600_000
GAUGES: Final = ("battery", "signal", "temperature", "latency", "memory_free", "storage_free", "offline_queue")
SUMS: Final = ("sales_ok", "sales_failed", "reader_errors", "api_errors", "webhook_failures", "visits", "orders")
NONE: Final = -32768  # of lowest, highest and last: nobody said; the mean is NaN then

SUMMARY: Final = np.dtype(
    [("terminal", "<u4"), ("bucket_ms", "<i8"), ("reports", "<i4"), ("clock_offset", "<i4")]
    + [(f"{name}_avg", "<f4") for name in GAUGES]
    + [(name, "<i4") for name in SUMS]
    + [(f"{name}_{what}", "<i2") for name in GAUGES for what in ("min", "max", "last")]
)


def summarise(records: np.ndarray[Any, np.dtype[np.void]], every_ms: int) -> Summaries:
    """SUMMARY [m] of RECORD [n], by terminal and bucket."""
    if not len(records):
        return np.zeros(0, SUMMARY)
    at = measured_ms(records)
    order = np.lexsort((at, records["terminal"]))
    records, bucket = records[order], at[order] // every_ms
    starts = _starts(records["terminal"], bucket)
    found = np.zeros(len(starts), SUMMARY)
    found["terminal"], found["bucket_ms"] = records["terminal"][starts], bucket[starts] * every_ms
    found["reports"] = np.diff(np.append(starts, len(records)))
    found["clock_offset"] = records["clock_offset"][np.append(starts[1:], len(records)) - 1]
    for name in GAUGES:
        _gauge(found, name, records[name], records[name] != MISSING[name], starts)
    for name in SUMS:
        said = records[name] != MISSING[name]
        found[name] = np.add.reduceat(np.where(said, records[name], 0).astype(np.int64), starts)
    return found


def _starts(terminal: np.ndarray[Any, Any], bucket: Ints) -> Ints:
    return np.append(0, np.flatnonzero((np.diff(terminal) != 0) | (np.diff(bucket) != 0)) + 1).astype(np.int64)


def _gauge(
    found: Summaries, name: str, values: np.ndarray[Any, Any], said: np.ndarray[Any, np.dtype[np.bool_]], starts: Ints
) -> None:
    whole = values.astype(np.int32)
    count = np.add.reduceat(said.astype(np.int64), starts)
    is_any = count > 0
    lowest = np.minimum.reduceat(np.where(said, whole, 2**31 - 1), starts)
    highest = np.maximum.reduceat(np.where(said, whole, -(2**31)), starts)
    last = np.maximum.reduceat(np.where(said, np.arange(len(whole)), -1), starts)
    for what, each in (("min", lowest), ("max", highest), ("last", whole[last])):
        found[f"{name}_{what}"] = np.where(is_any, np.clip(each, NONE + 1, 32767), NONE)
    total = np.add.reduceat(np.where(said, whole, 0).astype(np.int64), starts)
    found[f"{name}_avg"] = np.where(is_any, total / np.maximum(count, 1), np.nan)


def merged(parts: Summaries) -> Summaries:
    """One summary for each terminal and bucket. A mean is weighed by its reports; last is that of the part that stands last."""
    if not len(parts):
        return parts
    order = np.lexsort((parts["bucket_ms"], parts["terminal"]))
    parts = parts[order]
    starts = _starts(parts["terminal"], parts["bucket_ms"])
    if len(starts) == len(parts):
        return parts
    found: Summaries = parts[np.append(starts[1:], len(parts)) - 1].copy()
    for name in ("reports", *SUMS):
        found[name] = np.add.reduceat(parts[name], starts)
    for name in GAUGES:
        said = parts[f"{name}_min"] != NONE
        weight = np.where(said, parts["reports"], 0)
        total = np.add.reduceat(np.where(said, parts[f"{name}_avg"], 0).astype(np.float64) * weight, starts)
        weights = np.add.reduceat(weight, starts)
        found[f"{name}_avg"] = np.where(weights > 0, total / np.maximum(weights, 1), np.nan)
        found[f"{name}_max"] = np.maximum.reduceat(parts[f"{name}_max"], starts)
        lowest = np.minimum.reduceat(np.where(said, parts[f"{name}_min"], 32767), starts)
        found[f"{name}_min"] = np.where(weights > 0, lowest, NONE)
        last = np.maximum.reduceat(np.where(said, np.arange(len(parts)), -1), starts)
        found[f"{name}_last"] = np.where(weights > 0, parts[f"{name}_last"][last], NONE)
    return found


# --- packed: the buckets of one terminal in one hour of arrival ------------------------------------------------------
# As they stand in a row, for ever. A mean is kept in hundredths.
_PLAIN: Final = (
    "bucket_ms",
    "reports",
    "clock_offset",
    *SUMS,
    *(f"{name}_{what}" for name in GAUGES for what in ("min", "max", "last")),
)
_MEANS: Final = tuple(f"{name}_avg" for name in GAUGES)
_NO_MEAN: Final = -(2**40)


def packed(summaries: Summaries, starts: Ints) -> Iterator[bytes]:
    """One row for each terminal. summaries: by terminal and bucket; starts: where each terminal begins."""
    columns = [summaries[name].astype(np.int64) for name in _PLAIN]
    for name in _MEANS:
        mean = summaries[name].astype(np.float64)
        columns.append(np.where(np.isnan(mean), _NO_MEAN, np.round(np.nan_to_num(mean) * 100)).astype(np.int64))
    return pack(columns, starts)


def opened(data: bytes | memoryview, terminal: int) -> Summaries:
    """SUMMARY [m] of one row. Raises packing.Damaged."""
    row = Packed(data, len(_PLAIN) + len(_MEANS))
    found = np.zeros(row.rows, SUMMARY)
    found["terminal"] = terminal
    for number, name in enumerate(_PLAIN):
        found[name] = row.column(number)
    for number, name in enumerate(_MEANS, len(_PLAIN)):
        mean = row.column(number)
        found[name] = np.where(mean == _NO_MEAN, np.nan, mean / 100)
    return found


assert set(GAUGES) | set(SUMS) <= set(RECORD.names or ())
