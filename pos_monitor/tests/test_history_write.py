from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection, transaction

from pos_monitor.history import hours, rows, write
from pos_monitor.wire.record import MISSING, RECORD

pytestmark = pytest.mark.django_db
NOW_MS = 1_780_000_000_000


def reports(count: int, *, terminal: int = 7, received_ms: int = NOW_MS) -> np.ndarray:
    found = np.zeros(count, RECORD)
    for name, missing in MISSING.items():
        found[name] = missing
    found["terminal"], found["boot"], found["seq"] = terminal, 3_000_000_000, np.arange(count) + 4_000_000_000
    found["received_ms"] = received_ms + 10_000 * np.arange(count)
    found["at_ms"], found["battery"], found["signal"], found["sales_ok"] = found["received_ms"] - 40, 80, -71, 65_000
    found["firmware"], found["clock_offset"], found["latitude"] = 4_294_967_295, -40, 3012
    return found


def test_a_batch_is_read_back_as_it_was_written() -> None:
    sent = reports(1000)  # over three hours

    with transaction.atomic(), connection.cursor() as cursor:
        assert write.copy(cursor, sent) == 1000

    with connection.cursor() as cursor:
        found = np.concatenate(list(rows.read(cursor, hours.REPORTS, "terminal = 7").values()))
    assert np.array_equal(np.sort(found, order="received_ms"), sent)


def test_the_view_says_units_and_what_is_missing() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, reports(1))

        cursor.execute(
            "SELECT boot, seq, signal_dbm, temperature_c, latency_ms, sales_ok, firmware, app, latitude, longitude FROM pos_monitor_report_in_words"
        )
        row = cursor.fetchone()

    assert row == (3_000_000_000, 4_000_000_000, -71, None, None, 65_000, 4_294_967_295, None, Decimal("30.12"), None)


def test_what_a_report_says_beyond_its_record_is_kept_beside_it() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, reports(2), {1: {"humidity": 40, "note": "tab\t, \\u0000, \u0000 and \ud800ü", "load": float("nan")}})

        cursor.execute("SELECT terminal, boot, seq, extra::text FROM pos_monitor_report_extra")
        found = [(*row[:3], json.loads(row[3])) for row in cursor.fetchall()]

    assert found == [(7, 3_000_000_000, 4_000_000_001, {"humidity": 40, "note": "tab\t, \\u0000,  and ü", "load": None})]


def test_a_partition_is_made_once() -> None:
    hour = hours.hour_of(NOW_MS)
    with transaction.atomic(), connection.cursor() as cursor:
        for _ in range(2):
            hours.ensure(cursor, hours.REPORTS, [hour, hour])

        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'pos_monitor_report'::regclass")
        assert cursor.fetchone() == (1,)


def test_nothing_else_than_records_is_taken() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(TypeError):
            write.copy(cursor, np.zeros(3, [("terminal", "<u4")]))

        cursor.execute("SELECT count(*) FROM pos_monitor_report")
        assert cursor.fetchone() == (0,)
