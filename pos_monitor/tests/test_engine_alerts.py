"""Alerts by way of the engine, and silence that is nobody's fault."""

from __future__ import annotations

from datetime import datetime

import pytest
import redis

from merchants.models import Merchant
from pos_monitor.engine import intake
from pos_monitor.models import Alert, DeadLetter
from pos_monitor.tests.engine_samples import a_report, a_rule, a_shift, now_ms, send, stored
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire.cells import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(acme: Merchant) -> int:
    return a_terminal(acme).pk


def test_reports_are_stored_whatever_judging_makes_of_them(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    a_rule()
    with a_shift() as shift:
        sweep, fold = shift.memory.judge.sweep, shift.folder.fold
        shift.memory.judge.step = shift.memory.judge.sweep = _stumble  # type: ignore[method-assign]
        send(a_report(till, 1, received_ms=now_ms() - 40_000))
        shift.tick()
        assert stored() == [(till, 1, 1)]
        del shift.memory.judge.step

        shift.memory.judge.sweep = sweep  # type: ignore[method-assign]
        shift.folder.fold = _stumble  # type: ignore[method-assign]
        send(a_report(till, 2, received_ms=now_ms() - 39_000))
        shift.tick()
        assert Alert.objects.count() == 0

        shift.folder.fold = fold  # type: ignore[method-assign]
        shift._agreed_at = 0.0
        shift.tick()
        shift.tick()
    assert Alert.objects.get().terminal_id == till
    assert not DeadLetter.objects.exists()


def _stumble(*_: object) -> None:
    raise ZeroDivisionError


def test_silence_opens_an_alert_and_a_report_ends_it(till: int) -> None:
    a_rule()
    with a_shift() as shift:
        send(a_report(till, 1, received_ms=now_ms() - 34_000))
        shift.tick()
        assert Alert.objects.count() == 0
        shift.times.now = lambda: (now_ms() + 2_000, 0.0)  # type: ignore[method-assign]
        shift.tick()
        assert shift.memory.state.status[till] == Status.OFFLINE
        assert Alert.objects.get(resolved_at=None).terminal_id == till

        send(a_report(till, 2))
        shift.tick()
        assert shift.memory.state.status[till] == Status.ONLINE
    assert Alert.objects.get().resolved_at is not None


def test_an_alert_outlives_its_engine(till: int) -> None:
    a_rule()
    with a_shift() as shift:
        send(a_report(till, 1, received_ms=now_ms() - 40_000))
        shift.tick()
    alert = Alert.objects.get(resolved_at=None)

    with a_shift() as after:
        after.tick()
        assert Alert.objects.get(resolved_at=None) == alert
        send(a_report(till, 2))
        after.tick()

    assert Alert.objects.get().resolved_at is not None


def test_an_engine_that_lags_blames_nobody(till: int, acme: Merchant) -> None:
    a_rule()
    other = a_terminal(acme).pk
    began = now_ms() - 300_000
    for at in range(0, 300_000, 10_000):  # five minutes of both, never read
        send(*(a_report(one, at // 10_000, received_ms=began + at) for one in (till, other)))

    with a_shift() as shift:
        while shift.tick():
            pass

    assert Alert.objects.count() == 0
    assert len(stored()) == 60


def test_redis_away_is_not_the_terminals_silence(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    a_rule()
    with a_shift() as shift:
        send(a_report(till, 1))
        shift.tick()
        xread, wall = shift.streams.xread, now_ms()
        monkeypatch.setattr(shift.streams, "xread", lambda *a, **k: (_ for _ in ()).throw(redis.ConnectionError("gone")))
        shift.times.now = lambda: (wall + 1_000, 0.0)  # type: ignore[method-assign]
        shift.tick()
        monkeypatch.setattr(shift.streams, "xread", xread)
        shift.times.now = lambda: (wall + 60_000, 0.0)  # type: ignore[method-assign]
        shift.tick()
        assert Alert.objects.count() == 0

        shift.times.now = lambda: (wall + 96_000, 0.0)  # type: ignore[method-assign]
        shift.tick()
    assert Alert.objects.count() == 1


def test_a_shard_that_was_down_for_five_minutes_catches_up_in_order_with_the_right_times(
    till: int, acme: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One terminal fell silent and came back while nobody served, one is silent still."""
    a_rule()
    back, silent = a_terminal(acme).pk, a_terminal(acme).pk
    began = now_ms() // 1000 * 1000 - 300_000
    with a_shift() as shift:
        shift.times.now = lambda: (began, 0.0)  # type: ignore[method-assign]
        send(*(a_report(one, 1, received_ms=began, at_ms=began) for one in (till, back, silent)))
        shift.tick()
    for after in range(10_000, 300_001, 10_000):
        who = [till] + [back] * (after <= 60_000 or after >= 200_000) + [silent] * (after <= 100_000)
        send(*(a_report(one, 1 + after // 10_000, received_ms=began + after, at_ms=began + after) for one in who))

    with a_shift() as shift:
        monkeypatch.setattr(intake, "ENTRIES", 1)  # as if one entry were all that fits into a batch
        monkeypatch.setattr(intake, "MOST_RECORDS", 1)
        while shift.tick():
            pass
        shift.tick()

    came, went = Alert.objects.get(terminal_id=back), Alert.objects.get(terminal_id=silent)
    assert milliseconds(came.began_at) == began + 60_000
    assert milliseconds(went.began_at) == began + 100_000
    assert came.resolved_at is not None
    assert went.resolved_at is None
    assert Alert.objects.count() == 2
    assert len(stored()) == 31 + 18 + 11


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
