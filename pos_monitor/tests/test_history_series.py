from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from freezegun import freeze_time

from pos_monitor.history import check, compact, hours, read, replay, retention, rollups, write
from pos_monitor.history.series import as_lists, series
from pos_monitor.models import ReportHour
from pos_monitor.tests.history_tables import partitions
from pos_monitor.tests.test_history_write import reports
from pos_monitor.wire.record import MISSING, Flag

pytestmark = pytest.mark.django_db(transaction=True)
HOUR_MS = 1_780_000_000_000 // 3_600_000 * 3_600_000
HOUR = datetime.fromtimestamp(HOUR_MS / 1000, UTC)
LATER = HOUR + timedelta(hours=30)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with freeze_time(LATER):
        yield


def store(records: np.ndarray) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, records)


def day() -> np.ndarray:
    """Four hours of a terminal: the battery falls by one an hour, a sale every minute, an hour of silence in the third."""
    found = reports(1440, received_ms=HOUR_MS)
    found["battery"] = 80 - np.arange(1440) // 360
    found["sales_ok"] = np.arange(1440) % 6 == 0
    found["signal"] = np.where(np.arange(1440) % 2, -70, -80)
    return np.delete(found, slice(720, 1080))


@pytest.mark.parametrize("packed", [0, 2, 4])
def test_every_resolution_says_the_same_before_and_after_packing(packed: int) -> None:
    store(day())
    compact.compact(until=HOUR + timedelta(hours=packed))

    raw = series(number=7, since_ms=HOUR_MS, until_ms=HOUR_MS + 4 * 3_600_000, fields=("battery", "signal", "sales_ok"))
    fine = series(
        number=7, since_ms=HOUR_MS, until_ms=HOUR_MS + 4 * 3_600_000, fields=("battery", "signal", "sales_ok"), points=48
    )
    hourly = series(
        number=7, since_ms=HOUR_MS, until_ms=HOUR_MS + 4 * 3_600_000, fields=("battery", "signal", "sales_ok"), points=10
    )

    assert [raw.every_ms, fine.every_ms, hourly.every_ms] == [0, 300_000, 3_600_000]
    assert [each.reports for each in (raw, fine, hourly)] == [1080] * 3
    assert as_lists(hourly)["curves"]["battery"]["value"] == [80, 79, None, 77]
    assert hourly.curves["signal"].low[0] == -80
    assert hourly.curves["signal"].high[0] == -70
    assert hourly.curves["signal"].value[0] == -75
    assert [int(each.bars["sales_ok"].sum()) for each in (raw, fine, hourly)] == [180] * 3
    assert np.nanmin(raw.curves["battery"].value) == 77


def test_a_gap_is_a_point_without_a_value() -> None:
    store(day())

    raw = as_lists(series(number=7, since_ms=HOUR_MS, until_ms=HOUR_MS + 4 * 3_600_000, fields=("battery",)))

    at = raw["curves"]["battery"]["value"].index(None)
    assert at == 720
    assert raw["t"][at - 1 : at + 2] == [HOUR_MS // 1000 + 7190, HOUR_MS // 1000 + 7191, HOUR_MS // 1000 + 10_800]
    assert raw["curves"]["battery"]["value"].count(None) == 1


def test_what_waited_in_the_terminal_stands_where_it_was_measured() -> None:
    waited = reports(6, received_ms=HOUR_MS + 3 * 3_600_000)
    waited["received_ms"] = HOUR_MS + 3 * 3_600_000
    waited["at_ms"] = HOUR_MS + 60_000 * np.arange(6) + 90_000  # by its clock, which is 90 s ahead
    waited["clock_offset"], waited["flags"] = 90_000, Flag.STORED
    store(waited)
    compact.compact(until=HOUR + timedelta(hours=4))

    found = read.reports(7, HOUR_MS, HOUR_MS + 3_600_000)
    fine = read.summaries(7, HOUR_MS, HOUR_MS + 3_600_000, rollups.FINE_MS)

    assert len(found) == 6
    assert fine["bucket_ms"].tolist() == [HOUR_MS, HOUR_MS + 300_000]
    assert fine["reports"].tolist() == [5, 1]
    assert len(read.reports(7, HOUR_MS + 3 * 3_600_000, HOUR_MS + 4 * 3_600_000)) == 0


def test_parts_of_an_hour_are_one_summary() -> None:
    sent = reports(20, received_ms=HOUR_MS)
    sent["battery"] = np.arange(20)
    store(sent[:5])
    compact.compact(until=HOUR + timedelta(hours=1))
    store(sent[5:])
    compact.compact(until=HOUR + timedelta(hours=1))

    (hour,) = read.summaries(7, HOUR_MS, HOUR_MS + 3_600_000, rollups.HOUR_MS)

    assert (hour["reports"], hour["battery_min"], hour["battery_max"], hour["battery_last"]) == (20, 0, 19, 19)
    assert hour["battery_avg"] == pytest.approx(9.5)


def test_what_nobody_said_is_not_said_in_a_summary() -> None:
    sent = reports(10, received_ms=HOUR_MS)
    sent["battery"], sent["sales_ok"] = MISSING["battery"], MISSING["sales_ok"]
    store(sent)
    compact.compact(until=HOUR + timedelta(hours=1))

    found = as_lists(series(number=7, since_ms=HOUR_MS, until_ms=HOUR_MS + 3_600_000, fields=("battery", "sales_ok"), points=2))

    assert found["curves"]["battery"] == {"value": [None], "low": [None], "high": [None]}
    assert found["bars"]["sales_ok"] == [0]


def test_a_terminal_that_never_reported_has_an_empty_history() -> None:
    store(day())

    found = as_lists(series(number=8, since_ms=HOUR_MS, until_ms=HOUR_MS + 3_600_000))

    assert found["t"] == found["bars"]["t"] == []
    assert found["reports"] == 0
    assert len(read.last_reports(8)) == 0


def test_the_last_reports_come_newest_first() -> None:
    store(day())
    compact.compact(until=HOUR + timedelta(hours=3))

    assert np.array_equal(read.last_reports(7, 500), day()[::-1][:500])


@pytest.mark.parametrize("most", [6_000_000, 700])
def test_a_replay_gives_everything_once_and_in_order(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_AT_ONCE", most)
    sent = np.concatenate([reports(720, terminal=terminal, received_ms=HOUR_MS + terminal) for terminal in (1, 2, 3)])
    store(sent)
    compact.compact(until=HOUR + timedelta(hours=1))

    found = np.concatenate(list(replay.replay(HOUR, HOUR + timedelta(hours=3))))

    assert np.array_equal(found, sent[np.argsort(sent["received_ms"])])
    part = np.concatenate(list(replay.replay(HOUR + timedelta(minutes=30), HOUR + timedelta(minutes=90), [2])))
    assert np.array_equal(part, sent[720 + 180 : 720 + 540])


def test_a_report_that_is_there_twice_shows() -> None:
    store(reports(30, received_ms=HOUR_MS))
    store(reports(2, received_ms=HOUR_MS))

    assert check.tally(HOUR, HOUR + timedelta(hours=1)) == check.Tally(stored=32, distinct=30)


def test_what_is_older_than_is_kept_goes_by_whole_tables(settings: Any) -> None:
    settings.TELEMETRY_REPORT_DAYS = 2
    store(day())
    compact.compact(until=HOUR + timedelta(hours=4))
    hours.make_ahead(LATER)

    assert retention.let_go(HOUR + timedelta(days=2)) == []
    (gone,) = retention.let_go(HOUR + timedelta(days=3))

    assert gone == hours.table_of(hours.CHUNKS, HOUR)
    assert gone not in partitions()
    assert len(read.summaries(7, HOUR_MS, HOUR_MS + 4 * 3_600_000, rollups.HOUR_MS)) == 3
    assert ReportHour.objects.count() == 3
