"""What a terminal's history says, for charts and timelines. Numbers are `Terminal.pk`, times Unix time in ms by when it was measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from django.conf import settings
from django.db import connection

from pos_monitor.history import hours, rollups, sources
from pos_monitor.history.chunks import Records
from pos_monitor.history.copying import time_of
from pos_monitor.history.rollups import FINE_MS, GAUGES, HOUR_MS, SUMMARY, SUMS, Summaries
from pos_monitor.history.times import measured_ms
from pos_monitor.wire.record import RECORD

_HOURLY: Final = (
    "reports",
    "clock_offset",
    *(f"{name}_avg" for name in GAUGES),
    *SUMS,
    *(f"{name}_{what}" for name in GAUGES for what in ("min", "max", "last")),
)
MONTH_DAYS: Final = 31


def kept_since_ms(every_ms: int) -> int:
    """From when on there is this resolution (0: every report), by what is kept."""
    days = {
        0: settings.TELEMETRY_REPORT_DAYS,
        FINE_MS: settings.TELEMETRY_FINE_MONTHS * MONTH_DAYS,
        HOUR_MS: settings.TELEMETRY_HOURLY_MONTHS * MONTH_DAYS,
    }[every_ms]
    return round(time.time() * 1000) - days * 86_400_000


def reports(number: int, since_ms: int, until_ms: int, names: Sequence[str] | None = None) -> Records:
    """RECORD [n] of what was measured from `since_ms` to before `until_ms`, in that order; what waited in the terminal is in its place.

    names: the fields that are wanted; what else is in a record may be 0.
    """
    found = sources.received(number, time_of(since_ms), time_of(until_ms) + sources.LATE, names)
    at = measured_ms(found)
    is_in = (at >= since_ms) & (at < until_ms)
    return found[is_in][at[is_in].argsort(kind="stable")]


def last_reports(number: int, count: int = 20, *, within: timedelta = timedelta(days=7)) -> Records:
    """The newest RECORDs of a terminal, newest first. Looks an hour back, then a day, then as far as `within`."""
    now = datetime.now(UTC) + timedelta(minutes=5)  # a door's clock may be a little ahead of ours
    found = np.zeros(0, RECORD)
    for back in (timedelta(hours=1), timedelta(days=1), within):
        found = sources.received(number, now - back, now)
        if len(found) >= count:
            break
    return found[::-1][:count]


def summaries(number: int, since_ms: int, until_ms: int, every_ms: int) -> Summaries:
    """SUMMARY [m] of the buckets that begin in the range, in order; FINE_MS or HOUR_MS each. What is not rolled up yet is, here."""
    first = since_ms // every_ms * every_ms
    since, until = time_of(first), time_of(until_ms) + sources.LATE
    rows, seen = sources.unpacked(number, since, until)
    parts = [rollups.summarise(each, every_ms) for each in rows]
    parts += _fine(number, since, until, seen) if every_ms == FINE_MS else [_hourly(number, since, until, seen)]
    found = rollups.merged(np.concatenate(parts)) if parts else np.zeros(0, SUMMARY)
    return found[(found["bucket_ms"] >= first) & (found["bucket_ms"] < until_ms)]


def _fine(number: int, since: datetime, until: datetime, seen: set[int]) -> list[Summaries]:
    found = sources.packed_rows(hours.FINE, "packed.data", f"terminal = {int(number)}", since, until, seen)
    return [rollups.opened(data, number) for data in found]


def _hourly(number: int, since: datetime, until: datetime, seen: set[int]) -> Summaries:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT rollup.terminal, (extract(epoch FROM rollup.bucket) * 1000)::int8, {", ".join(f"rollup.{name}" for name in _HOURLY)}
                  FROM {hours.HOURLY} AS rollup JOIN pos_monitor_reporthour AS part
                    ON part.hour = rollup.hour AND part.part = rollup.part AND part.packed_at IS NOT NULL AND part.source <> ALL(%s)
                 WHERE rollup.terminal = %s AND rollup.bucket >= %s AND rollup.bucket < %s AND rollup.hour >= %s AND rollup.hour < %s
                 ORDER BY rollup.hour, rollup.part""",  # noqa: S608  # nosec B608
            [list(seen), number, since, until, since, until],
        )
        rows = cursor.fetchall()
    kind = [("terminal", SUMMARY["terminal"]), ("bucket_ms", SUMMARY["bucket_ms"]), *((name, SUMMARY[name]) for name in _HOURLY)]
    found = np.zeros(len(rows), SUMMARY)
    plain = np.array(rows, np.dtype(kind))
    for name in plain.dtype.names or ():
        found[name] = plain[name]
    return found
