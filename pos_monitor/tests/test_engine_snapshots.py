"""A snapshot that cannot be read stops no shard: the one before it serves, or the history."""

from __future__ import annotations

import pytest

from merchants.models import Merchant
from pos_monitor.engine.shift import Shift
from pos_monitor.models import DeadLetter, ShardProgress, Terminal
from pos_monitor.tests.engine_samples import a_report, a_shift, now_ms, send, stored, streams
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire.cells import Status
from pos_monitor.wire.record import stream_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(acme: Merchant) -> int:
    return a_terminal(acme).pk


def keep_snapshot(shift: Shift) -> None:
    """Have one taken and stored."""
    shift.snapshots.hurry()
    shift.tick()
    assert shift.snapshots._making is not None
    shift.snapshots._making[0].result()
    shift.tick()


def three_reports(till: int) -> None:
    """Stored with a snapshot after each, so that the stream has let the first go."""
    with a_shift() as shift:
        for seq in (1, 2, 3):
            send(a_report(till, seq, battery=80 + seq))
            keep_snapshot(shift)


def test_the_snapshot_before_serves_where_the_last_cannot_be_read(till: int) -> None:
    three_reports(till)
    before = ShardProgress.objects.get()
    ShardProgress.objects.update(snapshot=b"damaged")

    with a_shift() as after:
        assert after.memory.state.last["battery"][till] == 83
        send(*(a_report(till, seq) for seq in (1, 2, 3, 4)))
        after.tick()

    assert stored() == [(till, 1, seq) for seq in (1, 2, 3, 4)]
    now = ShardProgress.objects.get()
    assert (now.snapshot_id, now.earlier) == (before.earlier_id, None)
    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.stream_id, bytes(letter.body)) == (DeadLetter.Kind.SNAPSHOT, before.snapshot_id, b"damaged")
    assert not letter.can_be_put_back


def test_without_any_snapshot_the_history_serves(till: int, acme: Merchant) -> None:
    silent = a_terminal(acme)
    Terminal.objects.filter(pk=silent.pk).update(first_report_at="2026-01-05T10:00:00Z")
    three_reports(till)
    ShardProgress.objects.update(snapshot=b"damaged", earlier=b"damaged too")

    with a_shift() as after:
        assert after.memory.state.last["battery"][till] == 83
        send(*(a_report(till, seq) for seq in (1, 2, 3, 4)))
        after.tick()
        assert after.memory.state.status[silent.pk] == Status.OFFLINE  # and not as if it had never been

    assert stored() == [(till, 1, seq) for seq in (1, 2, 3, 4)]
    assert DeadLetter.objects.filter(kind=DeadLetter.Kind.SNAPSHOT).count() == 2


def test_a_snapshot_that_cannot_be_made_holds_up_nothing(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_shift() as shift:
        with monkeypatch.context() as patch:
            patch.setattr("pos_monitor.engine.snapshot.zstandard.ZstdCompressor", lambda **_: 1 / 0)
            send(a_report(till, 1))
            shift.snapshots.hurry()
            shift.tick()
            assert shift.snapshots._making is not None
            shift.snapshots._making[0].exception()
        send(a_report(till, 2))
        shift.tick()

        assert shift.figures.errors == {"snapshot": 1}
    assert stored() == [(till, 1, 1), (till, 1, 2)]


def test_what_memory_cannot_take_in_any_more_is_left_out_when_it_is_brought_back(
    till: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another version of the program comes: stored is stored, memory lacks it."""
    from pos_monitor.engine.memory import Memory

    for seq in (1, 13, 2):
        send(a_report(till, seq, battery=80 + seq))
    with a_shift() as shift:
        shift.tick()
    take = Memory.take

    def stumble(memory: Memory, records: object) -> object:
        return 1 / 0 if (records["seq"] == 13).any() else take(memory, records)  # type: ignore[index, arg-type]

    monkeypatch.setattr(Memory, "take", stumble)

    with a_shift() as after:
        assert after.memory.state.last["battery"][till] == 82
        send(a_report(till, 14, battery=70, received_ms=now_ms()))
        after.tick()

    assert [seq for _, _, seq in stored()] == [1, 2, 13, 14]
    assert streams().xlen(stream_of(0)) == 4
