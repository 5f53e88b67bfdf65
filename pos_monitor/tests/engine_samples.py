"""An engine's shift in the test's own process, and reports as a door would put them into its stream."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
import redis
from django.conf import settings
from django.db import connection

from pos_monitor.commands import results
from pos_monitor.engine.shift import Shift
from pos_monitor.engine.surroundings import Surroundings
from pos_monitor.models import AlertRule
from pos_monitor.wire import entry
from pos_monitor.wire.record import MISSING, RECORD, stream_of


def now_ms() -> int:
    return int(time.time() * 1000)


def a_report(terminal: int, seq: int, boot: int = 1, **values: Any) -> np.ndarray:
    """RECORD [1], received just now; what is not given was not said."""
    record = np.zeros(1, RECORD)
    for name, missing in MISSING.items():
        record[name] = missing
    at = now_ms()
    for name, value in {"terminal": terminal, "seq": seq, "boot": boot, "received_ms": at, "at_ms": at, **values}.items():
        record[name] = value
    return record


def streams() -> redis.Redis:
    return redis.from_url(settings.TELEMETRY_REDIS_URL or settings.REDIS_URL)


def send(*records: np.ndarray, extras: Mapping[int, Mapping[str, Any]] | None = None, words: tuple[str, ...] = ()) -> str:
    """Put reports into the stream of shard 0 as one entry; returns its id."""
    return streams().xadd(stream_of(0), entry.build(np.concatenate(records).tobytes(), extras, words)).decode()


@contextmanager
def a_shift(session: psycopg.Connection | None = None, **options: Any) -> Iterator[Shift]:
    """A shift in the test's transaction; or with a session of its own, where the test has none."""
    connection.ensure_connection()
    around = Surroundings(0)
    around.look()
    shift = Shift(0, session or connection.connection, around, results=results.apply, is_over=lambda: False, **options)
    try:
        yield shift
    finally:
        shift.close()


def stored() -> list[tuple[int, int, int]]:
    """(terminal, boot, seq) of all that is in the history, with repeats if there are any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT terminal, boot, seq FROM pos_monitor_report ORDER BY terminal, boot, seq")
        rows = cursor.fetchall()
    return sorted(tuple(value % 2**32 for value in row) for row in rows)  # columns are signed, what terminals say is not


def a_rule() -> AlertRule:
    """Three and a half intervals without a report."""
    return AlertRule.objects.create(slug="silent", name="No report", kind=AlertRule.Kind.ABSENCE, parameters={})
