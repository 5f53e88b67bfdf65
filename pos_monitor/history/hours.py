"""The tables of hours, days and months: their names, and making them before they are needed.

A partition is made apart and then attached: ATTACH lets readers and writers go on, where CREATE … PARTITION OF would stop both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

REPORTS: Final = "pos_monitor_report"
EXTRAS: Final = "pos_monitor_report_extra"
CHUNKS: Final = "pos_monitor_chunk"
FINE: Final = "pos_monitor_rollup_fine"
HOURLY: Final = "pos_monitor_rollup_hour"
HOUR_MS: Final = 3_600_000

_SPAN: Final = {REPORTS: "hour", EXTRAS: "day", CHUNKS: "day", FINE: "month", HOURLY: "month"}
_AHEAD: Final = {"hour": 26, "day": 3, "month": 2}  # should nobody make any for a day
_NAME: Final = {"hour": "%Y%m%d%H", "day": "%Y%m%d", "month": "%Y%m"}
# Written once and dropped whole, so there is nothing to vacuum. A row of chunks is too long for a page: it lies outside, uncompressed (so that
# a part of it can be read), in pieces that fill pages. What is packed of five minutes is short and stays in its row's page.
_STORAGE: Final = {
    REPORTS: "fillfactor = 100, autovacuum_enabled = off",
    EXTRAS: "fillfactor = 100",
    CHUNKS: "fillfactor = 100, autovacuum_enabled = off, toast.autovacuum_enabled = off",
    FINE: "fillfactor = 100, autovacuum_enabled = off, toast_tuple_target = 8160",
    HOURLY: "fillfactor = 100, autovacuum_enabled = off",
}
_MAKING: Final = 8_460_002  # an advisory lock: two that make the same table at once do it one after the other


def hour_of(ms: int) -> datetime:
    """The start of the hour of a Unix time in ms."""
    return datetime.fromtimestamp(ms // HOUR_MS * 3600, UTC)


def span_of(parent: str, at: datetime) -> tuple[datetime, datetime]:
    """Start and end of the partition that holds a time."""
    span = _SPAN[parent]
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if span == "hour":
        return hour, hour + timedelta(hours=1)
    day = hour.replace(hour=0)
    if span == "day":
        return day, day + timedelta(days=1)
    month = day.replace(day=1)
    return month, (month + timedelta(days=32)).replace(day=1)


def table_of(parent: str, at: datetime) -> str:
    """The name of the partition that holds a time."""
    return f"{parent}_{span_of(parent, at)[0]:{_NAME[_SPAN[parent]]}}"


def ensure(cursor: Any, parent: str, times: Iterable[datetime]) -> None:
    """Make the partitions of these times, in the caller's transaction. Safe to repeat and beside itself.

    Until that transaction ends, none of the parent's partitions is taken away.
    """
    wanted = {table_of(parent, at): at for at in times}
    cursor.execute(f"LOCK TABLE {parent} IN ROW EXCLUSIVE MODE")
    cursor.execute("SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", [list(wanted)])
    missing = [name for (name,) in cursor.fetchall()]
    if missing:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKING])
        for name in missing:
            _make(cursor, parent, name, wanted[name])


def _make(cursor: Any, parent: str, name: str, at: datetime) -> None:
    since, until = (f"'{end:%Y-%m-%d %H:%M:%S}+00'" for end in span_of(parent, at))
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
    if cursor.fetchone()[0]:
        return
    cursor.execute(f"CREATE TABLE {name} (LIKE {parent} INCLUDING STORAGE INCLUDING INDEXES) WITH ({_STORAGE[parent]})")
    cursor.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({since}) TO ({until})")


def attached(parent: str) -> list[tuple[str, datetime]]:
    """The partitions of a table that are part of it, oldest first: name and start."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = to_regclass(%s)",
            [parent],
        )
        names = sorted(name for (name,) in cursor.fetchall())
    stamp = _NAME[_SPAN[parent]]
    return [(name, datetime.strptime(name.removeprefix(f"{parent}_"), stamp).replace(tzinfo=UTC)) for name in names]


def make_ahead(now: datetime) -> None:
    """Make what the coming days need, so that no engine has to. Safe to repeat."""
    for parent, span in _SPAN.items():
        step = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=28)}[span]
        with transaction.atomic(), connection.cursor() as cursor:
            ensure(cursor, parent, [now + step * ahead for ahead in range(_AHEAD[span])])
