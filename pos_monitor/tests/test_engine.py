"""Reports from the stream into the history, each once, and what the engine remembers."""

from __future__ import annotations

import pytest

from merchants.models import Merchant
from pos_monitor.engine.progress import Displaced
from pos_monitor.models import DeadLetter, ReportGap, ShardProgress
from pos_monitor.tests.engine_samples import a_report, a_shift, now_ms, send, stored, streams
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire.cells import Status
from pos_monitor.wire.record import Flag, stream_of

pytestmark = pytest.mark.django_db
YEAR_MS = 365 * 86_400_000


@pytest.fixture
def till(acme: Merchant) -> int:
    return a_terminal(acme).pk


def test_what_is_in_the_stream_is_stored_once(till: int) -> None:
    send(a_report(till, 1), a_report(till, 2), a_report(till, 2))
    send(a_report(till, 1), a_report(till, 3))

    with a_shift() as shift:
        shift.tick()

    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 1, 3)]


def test_a_late_report_is_stored_once_and_changes_no_state(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 5000, battery=80))
        shift.tick()
        send(a_report(till, 7, battery=10))
        shift.tick()
        send(a_report(till, 7, battery=10))
        shift.tick()

        assert shift.memory.state.last["battery"][till] == 80
        assert shift.memory.total == 2
    assert stored() == [(till, 1, 7), (till, 1, 5000)]


def test_what_waited_since_an_earlier_start_is_stored_once(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 1, boot=1), a_report(till, 1, boot=2))
        shift.tick()
        for _ in range(2):
            send(a_report(till, 2, boot=1, flags=Flag.STORED), a_report(till, 1, boot=1))
            shift.tick()

    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 2, 1)]


def test_a_terminal_that_lost_its_memory_counts_again_after_two_reports(till: int) -> None:
    with a_shift() as shift:
        shift.snapshots.age_s = lambda: 60.0  # type: ignore[method-assign]
        send(a_report(till, 1, boot=2**32 - 1, battery=80))
        shift.tick()
        for seq in (1, 2, 3):
            send(a_report(till, seq, boot=1, battery=70 + seq))
            shift.tick()

        assert shift.memory.state.last["battery"][till] == 73
    with a_shift() as after:
        send(a_report(till, 2, boot=1), a_report(till, 1, boot=2**32 - 1), a_report(till, 4, boot=1))
        after.tick()
        assert after.memory.state.seq[till] == 4
    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 1, 3), (till, 1, 4), (till, 2**32 - 1, 1)]


def test_memory_comes_back_from_the_stream(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 1, battery=80), a_report(till, 2, battery=79))
        shift.tick()

    with a_shift() as after:
        send(a_report(till, 2), a_report(till, 3))
        after.tick()

        assert after.memory.state.last["battery"][till] == 79
    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 1, 3)]


def test_memory_comes_back_from_a_snapshot_and_the_stream_may_let_go(till: int) -> None:
    with a_shift() as shift:
        for seq in (1, 2, 3):
            send(a_report(till, seq, battery=80 + seq))
            shift.snapshots.hurry()
            shift.tick()
            shift.snapshots._making[0].result()
        shift.tick()
    assert ShardProgress.objects.get().snapshot_id != "0-0"
    assert streams().xlen(stream_of(0)) < 3

    with a_shift() as after:
        send(*(a_report(till, seq) for seq in (1, 2, 3)))
        after.tick()

        assert after.memory.state.last["battery"][till] == 83
    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 1, 3)]


def test_without_the_stream_memory_comes_back_from_the_history(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 1), a_report(till, 2))
        shift.tick()
    streams().delete(stream_of(0))

    with a_shift() as after:
        send(a_report(till, 2), a_report(till, 3))
        after.tick()

    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 1, 3)]


def test_a_stream_that_begins_anew_is_read_from_its_first_entry(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 1))
        shift.tick()
        streams().delete(stream_of(0))
        streams().xadd(stream_of(0), {"v": "9"}, id="5-0")  # ids begin at nought, as if the clock had gone back
        send_at = streams().xadd(stream_of(0), {b"v": b"1", b"r": a_report(till, 2).tobytes()}, id="6-0")
        shift._looked_back_at = 0.0
        shift.tick()

        assert shift.read_to == send_at.decode()
    assert stored() == [(till, 1, 1), (till, 1, 2)]


def test_an_engine_that_lost_the_shard_can_store_nothing(till: int) -> None:
    with a_shift() as shift:
        ShardProgress.objects.update(stream_id="77-0")  # another one was here
        send(a_report(till, 1))
        with pytest.raises(Displaced):
            shift.tick()

    assert stored() == []


def test_a_clock_that_is_off_dates_reports_by_ours(till: int) -> None:
    with a_shift() as shift:
        for seq in (1, 2, 3):
            send(a_report(till, seq, at_ms=now_ms() + 600_000))
            shift.tick()
        last = shift.memory.state.last[till]

    assert abs(int(last["clock_offset"]) - 600_000) < 2_000
    assert abs(int(last["at_ms"]) - now_ms()) < 5_000
    assert last["flags"] & Flag.CLOCK_CORRECTED


def test_a_report_from_next_year_moves_no_time(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 1))
        shift.tick()
        send(a_report(till, 2, at_ms=now_ms() + YEAR_MS))
        shift.tick()
        odd = int(shift.memory.state.last["at_ms"][till])
        send(a_report(till, 3))
        shift.tick()

        assert abs(shift.memory.state.clock_ms[till]) < 2_000
        assert shift.memory.state.status[till] == Status.ONLINE
    assert odd <= now_ms()
    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 1, 3)]


def test_a_new_terminal_is_taken_in_while_the_engine_runs(till: int, acme: Merchant) -> None:
    with a_shift() as shift:
        shift.tick()
        newcomer = a_terminal(acme).pk
        shift.around._refreshed_at = 0.0
        send(a_report(newcomer, 1, battery=50))
        shift.tick()

        assert shift.memory.state.last["battery"][newcomer] == 50
    assert stored() == [(newcomer, 1, 1)]
    assert not DeadLetter.objects.exists()


def test_gaps_are_kept_for_starts_that_ended(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 0, boot=1), a_report(till, 0, boot=2))
        shift.tick()

    assert list(ReportGap.objects.values_list("terminal", "boot", "first_seq")) == [(till, 1, 1)]
