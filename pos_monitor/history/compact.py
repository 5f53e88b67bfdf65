"""An hour of rows becomes chunks and roll-ups: taken away from its parent, packed in steps, checked, and only then dropped.

Each step is one transaction that also notes how far it came, so whatever is killed, the next call goes on there. What comes late for an
hour that was taken away makes a further part of it.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from pos_monitor.history import blocks, hours, packed_tables, rows
from pos_monitor.history.chunks import by_terminal
from pos_monitor.models import ReportHour

log = logging.getLogger(__name__)

SETTLES: Final = timedelta(minutes=10)  # how long an engine may be behind before the rest of its hour becomes a part of its own
LATE_PARTS_SETTLE: Final = timedelta(hours=6)  # a part costs every terminal a chunk: late ones are gathered
STEP: Final = 400_000  # reports to a step: some 150 MB here, and 90 MB in the database's process
_LOCK_MS: Final = 250  # engines queue behind us while we wait for readers of the parent; so we wait no longer, and come again
_TRIES: Final = 20
_PACKING: Final = 8_460_003  # an advisory lock; its second key is the hour's row


def compact(*, until: datetime | None = None, seconds: float = 3600) -> int:
    """Pack every hour that is over; returns how many. Safe to repeat and beside itself, beside readers and writers.

    until: hours that end after it stay rows; not said: those of the last ten minutes. seconds: after so many it leaves off between two
    steps, and the next call goes on.
    """
    stop = time.monotonic() + seconds
    take_finished(until)
    done = 0
    for hour in ReportHour.objects.filter(packed_at=None).order_by("hour", "part"):
        if time.monotonic() > stop:
            break
        done += pack(hour, stop)
    return done


def take_finished(until: datetime | None = None) -> list[ReportHour]:
    """Take hours that are over away from their parent. What is written to them from now on begins a further part."""
    now = timezone.now()
    taken = []
    for table, since in hours.attached(hours.REPORTS):
        is_late = ReportHour.objects.filter(hour=since).exists()
        ends_by = until or now - (LATE_PARTS_SETTLE if is_late else SETTLES)
        if since + timedelta(hours=1) <= ends_by and (hour := _take(table, since)):
            taken.append(hour)
    return taken


def _take(table: str, since: datetime) -> ReportHour | None:
    for _ in range(_TRIES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                return _detach(cursor, table, since)
        except DatabaseError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(_LOCK_MS / 1000)
    log.warning("%s is in use all the time: it is packed later", table)
    return None


def _detach(cursor: Any, table: str, since: datetime) -> ReportHour | None:
    cursor.execute(f"SET LOCAL lock_timeout = {_LOCK_MS}")
    cursor.execute(f"LOCK TABLE {hours.REPORTS} IN ACCESS EXCLUSIVE MODE")
    cursor.execute("SELECT to_regclass(%s)::oid::int8", [table])
    (source,) = cursor.fetchone()
    if source is None:
        return None  # another was quicker
    part = ReportHour.objects.filter(hour=since).count()
    cursor.execute(f"ALTER TABLE {hours.REPORTS} DETACH PARTITION {table}")
    cursor.execute(f"ALTER TABLE {table} RENAME TO {packing_table(since, part)}")
    return ReportHour.objects.create(hour=since, part=part, source=source)


def packing_table(hour: datetime, part: int) -> str:
    """The name of the rows of a part while it is packed."""
    return f"pos_monitor_packing_{hour:%Y%m%d%H}_{part}"


def pack(hour: ReportHour, stop: float = float("inf")) -> bool:
    """Pack one part; whether it is done now. Another that packs it already is left to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_PACKING, hour.pk])
        if not cursor.fetchone()[0]:
            return False
        try:
            hour.refresh_from_db()
            return hour.packed_at is None and _pack(cursor, hour, stop)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_PACKING, hour.pk])


def _pack(cursor: Any, hour: ReportHour, stop: float) -> bool:
    table = packing_table(hour.hour, hour.part)
    cursor.execute(f"SELECT count(*), coalesce(min(terminal), 0), coalesce(max(terminal), 0) FROM {table}")  # noqa: S608  # nosec B608
    count, first, last = cursor.fetchone()
    stride = max(1, (last - first + 1) * STEP // max(count, 1))
    stride = -(-stride // blocks.TERMINALS) * blocks.TERMINALS  # a step ends where a row of chunks does
    at = max(hour.next_terminal, first // blocks.TERMINALS * blocks.TERMINALS)
    while at <= last:
        if time.monotonic() > stop:
            return False
        with transaction.atomic():
            _step(cursor, hour, table, at, at + stride)
        at += stride
    return _finish(cursor, hour, table, count)


def _step(cursor: Any, hour: ReportHour, table: str, first: int, end: int) -> None:
    """Pack the terminals from `first` to below `end`."""
    for records in rows.read(cursor, table, f"terminal >= {first} AND terminal < {end}").values():
        records, starts = by_terminal(records)
        hour.size_bytes += packed_tables.store(cursor, hour, records, starts)
        hour.reports += len(records)
        hour.terminals += len(starts)
        hour.duplicates += packed_tables.duplicates(records)
    hour.next_terminal = end
    hour.save(update_fields=["size_bytes", "reports", "terminals", "duplicates", "next_terminal"])


def _finish(cursor: Any, hour: ReportHour, table: str, count: int) -> bool:
    """Drop the rows if every one of them is in a chunk. What differs stays as rows, and is read from them."""
    stored = packed_tables.stored_reports(cursor, hour)
    if not stored == hour.reports == count:
        log.error("%s: %s rows, but %s in chunks and %s counted; the rows are kept", table, count, stored, hour.reports)
        return False
    if hour.duplicates:
        log.error("%s: %s reports are there twice", table, hour.duplicates)
    hour.packed_at = timezone.now()
    with transaction.atomic():
        hour.save(update_fields=["packed_at"])
        cursor.execute(f"DROP TABLE {table}")
    return True
