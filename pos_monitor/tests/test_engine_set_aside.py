"""What an engine cannot take goes to the dead letters, and nothing waits for it."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest
from django.db import connection

from merchants.models import Merchant
from pos_monitor.engine import committing, gaps, service
from pos_monitor.engine.dead_letters import contents
from pos_monitor.engine.memory import Memory
from pos_monitor.engine.service import Engine
from pos_monitor.engine.shift import Poisoned
from pos_monitor.models import DeadLetter
from pos_monitor.tests.engine_samples import a_report, a_shift, send, stored, streams
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire import entry
from pos_monitor.wire.record import stream_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(acme: Merchant) -> int:
    return a_terminal(acme).pk


def test_what_cannot_be_read_is_set_aside_and_holds_up_nothing(till: int) -> None:
    streams().xadd(stream_of(0), {"v": "1", "r": "half a record"})
    send(a_report(999_999, 1), a_report(till, 1))

    with a_shift() as shift:
        shift.tick()

    assert stored() == [(till, 1, 1)]
    reasons = sorted(DeadLetter.objects.values_list("reason", flat=True))
    assert reasons[0].startswith("13 bytes are not between")
    assert reasons[1] == "there is no terminal 999999"


def test_an_entry_that_breaks_the_memory_is_found_and_set_aside(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    take = Memory.take

    def stumble(memory: Memory, records: np.ndarray) -> object:
        if (records["seq"] == 13).any():
            raise FloatingPointError("thirteen")
        return take(memory, records)

    monkeypatch.setattr(Memory, "take", stumble)
    for seq in (1, 13, 2):
        send(a_report(till, seq))
    with a_shift() as shift, pytest.raises(Poisoned) as poisoned:
        shift.tick()
    assert stored() == []

    with a_shift(singly_to=poisoned.value.up_to) as shift:
        shift.tick()
        with pytest.raises(Poisoned):
            shift.tick()
    with a_shift(singly_to=poisoned.value.up_to) as shift:
        shift.tick()

    assert stored() == [(till, 1, 1), (till, 1, 2)]
    letter = DeadLetter.objects.get()
    assert "thirteen" in letter.reason
    assert letter.kind == DeadLetter.Kind.POISON
    assert contents(letter).records["seq"].tolist() == [13]


def test_a_report_that_the_history_does_not_take_is_set_aside_alone(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from pos_monitor.engine import storing

    copy = storing.history.copy

    def refuse(cursor: object, records: np.ndarray, extras: object = None) -> int:
        if (records["seq"] == 13).any():
            raise psycopg.DataError("thirteen")
        return copy(cursor, records, extras)

    monkeypatch.setattr(storing.history, "copy", refuse)
    send(*(a_report(till, seq) for seq in (11, 12, 13, 14)), extras={3: {"roll": "wide"}})

    with a_shift() as shift:
        shift.tick()

    assert stored() == [(till, 1, 11), (till, 1, 12), (till, 1, 14)]
    assert DeadLetter.objects.get().reason == "the history does not take it: thirteen"
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, extra ->> 'roll' FROM pos_monitor_report_extra")
        assert cursor.fetchall() == [(14, "wide")]


def test_what_stands_too_deep_beside_a_report_harms_no_other(till: int) -> None:
    deep: object = "deep"
    for _ in range(700):
        deep = [deep]
    send(*(a_report(till, seq) for seq in (11, 12, 13)), extras={1: {"events": deep}})
    send(a_report(till, 14))

    with a_shift() as shift:
        shift.tick()

    assert stored() == [(till, 1, 11), (till, 1, 13), (till, 1, 14)]
    letter = DeadLetter.objects.get()
    assert contents(letter).records["seq"].tolist() == [12]


def test_an_entry_over_which_reading_itself_stumbles_is_set_aside_alone(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read = entry.read
    monkeypatch.setattr(entry, "read", lambda fields: _stumble() if b"odd" in fields else read(fields))
    streams().xadd(stream_of(0), {"odd": "1"})
    send(a_report(till, 1))

    with a_shift() as shift:
        shift.tick()

    assert stored() == [(till, 1, 1)]
    assert DeadLetter.objects.get().reason == "it cannot be read: ZeroDivisionError()"


def test_an_entry_that_fails_once_is_tried_again_and_stored(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    send(a_report(till, 1))
    with a_shift() as shift:
        shift.memory.take = _stumble  # type: ignore[method-assign, assignment]
        with pytest.raises(Poisoned) as poisoned:
            shift.tick()
        assert shift.figures.errors == {"batch": 1}
    assert not DeadLetter.objects.exists()

    with a_shift(singly_to=poisoned.value.up_to) as shift:
        shift.tick()

    assert stored() == [(till, 1, 1)]
    assert not DeadLetter.objects.exists()


def test_a_batch_that_cannot_be_stored_in_any_way_is_set_aside_with_what_stands_beside_it(
    till: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "change", lambda *_, **__: _stumble())
    monkeypatch.setattr(committing, "PAUSE_S", (0.0, 0.0))
    send(a_report(till, 1), a_report(till, 2), extras={1: {"events": ["fell"]}})

    with a_shift() as shift:
        shift.tick()
        assert shift.figures.counts["dead_letters"] == 1

    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.reports) == (DeadLetter.Kind.UNSTORED, 2)
    assert contents(letter).extras == {1: {"events": ["fell"]}}
    assert stored() == []


def test_reports_are_stored_while_screens_cannot_be_told(till: int) -> None:
    with a_shift() as shift:
        shift.screens.tell = _stumble  # type: ignore[method-assign, assignment]
        send(a_report(till, 1))
        shift.tick()

        assert shift.figures.errors == {"screens": 1}
    assert stored() == [(till, 1, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_stumbles_again_and_again_ends_with_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSE_S", 0.0)
    monkeypatch.setattr(service, "Shift", lambda *_, **__: _stumble())
    engine = Engine(0)

    with pytest.raises(ZeroDivisionError):
        engine.run()

    assert engine.figures.errors == {"shift": service.MOST_STUMBLES}


def _stumble(*_: object) -> None:
    raise ZeroDivisionError
