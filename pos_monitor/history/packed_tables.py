"""Storing packed reports and their roll-ups, and telling whether all of them are there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from pos_monitor.history import blocks, chunks, copying, hours, rollups
from pos_monitor.history.packing import Ints
from pos_monitor.history.times import measured_ms
from pos_monitor.models import ReportHour

_HOURLY_COLUMNS: Final = tuple(name for name in rollups.SUMMARY.names or () if name not in ("terminal", "bucket_ms"))


def store(cursor: Any, hour: ReportHour, records: chunks.Records, starts: Ints) -> int:
    """Store the chunks and roll-ups of whole terminals in the caller's transaction; returns the chunks' bytes.

    records, starts: as `chunks.by_terminal` gives them.
    """
    for parent in (hours.CHUNKS, hours.FINE, hours.HOURLY):
        hours.ensure(cursor, parent, [hour.hour])
    size = _store_chunks(cursor, hour, records, starts)
    _store_fine(cursor, hour, rollups.summarise(records, rollups.FINE_MS))
    _store_hourly(cursor, hour, rollups.summarise(records, rollups.HOUR_MS))
    return size


def _store_chunks(cursor: Any, hour: ReportHour, records: chunks.Records, starts: Ints) -> int:
    at = measured_ms(records)
    rows = list(blocks.joined(records["terminal"][starts], chunks.packed(records, starts)))
    begins = starts[[row.first for row in rows]]
    first, last = np.minimum.reduceat(at, begins), np.maximum.reduceat(at, begins)
    counts = np.diff(np.append(begins, len(records)))
    _copy(
        cursor, hours.CHUNKS, "hour, first_at, last_at, block, reports, part, ends, data",
        ((hour.hour, copying.time_of(a), copying.time_of(b), row.block, count, hour.part, row.ends, row.data)
         for a, b, count, row in zip(first.tolist(), last.tolist(), counts.tolist(), rows, strict=True)),
    )  # fmt: skip
    return sum(len(row.data) for row in rows)


def _store_fine(cursor: Any, hour: ReportHour, summaries: rollups.Summaries) -> None:
    starts = np.append(0, np.flatnonzero(np.diff(summaries["terminal"])) + 1).astype(np.int64)
    ends = np.append(starts[1:], len(summaries)) - 1
    bucket = summaries["bucket_ms"]
    _copy(
        cursor, hours.FINE, "hour, first_at, last_at, terminal, part, data",
        ((hour.hour, copying.time_of(a), copying.time_of(b + rollups.FINE_MS), terminal, hour.part, data)
         for a, b, terminal, data in zip(
             bucket[starts].tolist(), bucket[ends].tolist(), summaries["terminal"][starts].tolist(),
             rollups.packed(summaries, starts), strict=True)),
    )  # fmt: skip


def _store_hourly(cursor: Any, hour: ReportHour, summaries: rollups.Summaries) -> None:
    _copy(
        cursor, hours.HOURLY, f"hour, part, bucket, terminal, {', '.join(_HOURLY_COLUMNS)}",
        ((hour.hour, hour.part, copying.time_of(bucket), terminal, *rest)
         for terminal, bucket, *rest in summaries[["terminal", "bucket_ms", *_HOURLY_COLUMNS]].tolist()),
    )  # fmt: skip


def _copy(cursor: Any, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as out:
        for row in rows:
            out.write_row(row)


def stored_reports(cursor: Any, hour: ReportHour) -> int:
    """How many reports the chunks of a part hold, by their own count."""
    cursor.execute(
        f"SELECT coalesce(sum(reports), 0)::int8 FROM {hours.CHUNKS} WHERE hour = %s AND part = %s",  # noqa: S608  # nosec B608
        [hour.hour, hour.part],
    )
    return int(cursor.fetchone()[0])


def duplicates(records: chunks.Records) -> int:
    """How many of the reports carry a name (terminal, boot, seq) that another has too."""
    order = np.lexsort((records["seq"], records["boot"], records["terminal"]))
    same = np.ones(max(len(records) - 1, 0), bool)
    for name in ("terminal", "boot", "seq"):
        same &= np.diff(records[name][order]) == 0
    return int(same.sum())
