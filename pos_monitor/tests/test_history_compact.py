from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection, transaction

from pos_monitor.history import blocks, compact, hours, read, replay, write
from pos_monitor.models import ReportHour
from pos_monitor.tests.history_tables import partitions
from pos_monitor.tests.test_history_write import reports

pytestmark = pytest.mark.django_db(transaction=True)
HOUR_MS = 1_780_000_000_000 // 3_600_000 * 3_600_000
HOUR = datetime.fromtimestamp(HOUR_MS / 1000, UTC)
DONE = HOUR + timedelta(hours=1)


def store(records: np.ndarray) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, records)


def tables_left() -> list[str]:
    return partitions(r"^pos_monitor_(packing|report)_\d")


def everything(number: int = 7) -> np.ndarray:
    return read.reports(number, HOUR_MS, HOUR_MS + 3_600_000)


def test_packing_changes_nothing_that_is_read() -> None:
    sent = np.concatenate([reports(300, terminal=7, received_ms=HOUR_MS), reports(200, terminal=8, received_ms=HOUR_MS)])
    store(sent)
    before = everything()

    assert compact.compact(until=DONE) == 1

    assert np.array_equal(before, sent[:300])
    assert np.array_equal(everything(), before)
    assert np.array_equal(everything(8), sent[300:])
    assert tables_left() == []


def test_each_terminal_is_found_in_its_block() -> None:
    numbers = [1, 15, 16, 17, 31, 33, 50_000]  # first and last of a block, alone in one, with gaps between
    sent = {number: reports(5 + place, terminal=number, received_ms=HOUR_MS) for place, number in enumerate(numbers)}
    store(np.concatenate(list(sent.values())))
    compact.compact(until=DONE)

    assert {number: len(everything(number)) for number in (*numbers, 2, 14, 32, 34, 49_999)} == {
        **{number: len(records) for number, records in sent.items()},
        **dict.fromkeys((2, 14, 32, 34, 49_999), 0),
    }
    for number, records in sent.items():
        assert np.array_equal(everything(number), records)
        (again,) = replay.replay(HOUR, DONE, [number])
        assert np.array_equal(again, records)
    assert sum(len(records) for records in replay.replay(HOUR, DONE)) == sum(map(len, sent.values()))
    assert packed_rows() == [(0, 11), (1, 7 + 8 + 9), (2, 10), (3_125, 11)]


def packed_rows() -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT block, reports FROM {hours.CHUNKS} ORDER BY block")
        return list(cursor.fetchall())


def test_of_a_row_only_the_pieces_of_one_chunk_are_read() -> None:
    """That takes chunks that lie outside of their row, as they are: what PostgreSQL had compressed, it would have to open whole."""
    records = np.concatenate([reports(300, terminal=number, received_ms=HOUR_MS) for number in range(16)])
    records["latency"] = np.random.default_rng(7).integers(0, 3_000, len(records))  # so that they do not pack into nothing
    store(records)
    compact.compact(until=DONE)

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_column_compression(data), octet_length(data) = ends[16] FROM {hours.CHUNKS}")
        assert cursor.fetchall() == [(None, True)]
        cursor.execute(
            "SELECT pg_relation_size(reltoastrelid) > 0 FROM pg_class WHERE oid = %s::regclass",
            [hours.table_of(hours.CHUNKS, HOUR)],
        )
        assert cursor.fetchall() == [(True,)]


def test_packing_twice_does_nothing_more() -> None:
    store(reports(10, received_ms=HOUR_MS))

    assert compact.compact(until=DONE) == 1
    assert compact.compact(until=DONE) == 0

    assert len(everything()) == 10
    assert ReportHour.objects.get().reports == 10


def test_what_comes_late_makes_a_further_part() -> None:
    sent = reports(20, received_ms=HOUR_MS)
    store(sent[:12])
    compact.compact(until=DONE)

    store(sent[12:])
    assert np.array_equal(everything(), sent)

    compact.compact(until=DONE)
    assert np.array_equal(everything(), sent)
    assert list(ReportHour.objects.values_list("part", "reports")) == [(0, 12), (1, 8)]


def test_who_was_killed_between_two_steps_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [blocks.TERMINALS * block for block in range(1, 9)]
    sent = np.concatenate([reports(50, terminal=number, received_ms=HOUR_MS) for number in numbers])
    store(sent)
    monkeypatch.setattr(compact, "STEP", 100)  # two terminals, and so two blocks, to a step
    step, calls = compact._step, []

    def killed(*args: object) -> None:
        calls.append(args)
        step(*args)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(compact, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        compact.compact(until=DONE)
    assert np.array_equal(everything(numbers[6]), sent[300:350])
    assert np.array_equal(everything(numbers[0]), sent[:50])

    assert compact.compact(until=DONE) == 1

    assert len(calls) == 5  # the third was undone with its transaction, and done again
    for place, number in enumerate(numbers):
        assert np.array_equal(everything(number), sent[50 * place : 50 * (place + 1)])
    assert tables_left() == []


def test_rows_that_are_not_all_in_chunks_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    sent = reports(30, received_ms=HOUR_MS)
    store(sent)
    (hour,) = compact.take_finished(DONE)
    ReportHour.objects.filter(pk=hour.pk).update(next_terminal=8)  # as if a step had been noted that was never stored

    assert compact.compact(until=DONE) == 0

    assert "the rows are kept" in caplog.text
    assert np.array_equal(everything(), sent)


def test_a_report_that_is_there_twice_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    store(reports(10, received_ms=HOUR_MS))
    store(reports(3, received_ms=HOUR_MS))

    compact.compact(until=DONE)

    assert ReportHour.objects.get().duplicates == 3
    assert "3 reports are there twice" in caplog.text


def test_an_hour_that_goes_on_stays_rows() -> None:
    store(reports(10, received_ms=HOUR_MS))

    assert compact.compact(until=DONE - timedelta(seconds=1)) == 0

    assert [name for name, _ in hours.attached(hours.REPORTS)] == tables_left() != []
