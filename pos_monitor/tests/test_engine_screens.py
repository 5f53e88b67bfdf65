"""What an engine tells screens, whoever asks it, and the rows of terminals."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings

from merchants.models import Merchant
from pos_monitor.engine import hot
from pos_monitor.engine.upkeep import Upkeep
from pos_monitor.models import FleetWord, Terminal
from pos_monitor.tests.engine_samples import a_report, a_shift, now_ms, send
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire import frames
from pos_monitor.wire.cells import BATTERY, STATUS, Band, Status
from pos_monitor.wire.words import key_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(acme: Merchant) -> int:
    return a_terminal(acme).pk


def test_screens_are_told_and_a_hub_begins_with_the_whole(till: int, acme: Merchant) -> None:
    silent = a_terminal(acme).pk
    client = redis.from_url(settings.REDIS_URL)
    with client.pubsub(ignore_subscribe_messages=True) as hub, a_shift() as shift:
        hub.subscribe(frames.DIFF)
        hub.get_message(timeout=1)
        client.zadd(frames.FOCUS, {str(till): now_ms() / 1000 + 30})
        shift.tick()
        send(a_report(till, 1, battery=10))
        shift.tick()
        first, second = (frames.decode(hub.get_message(timeout=2)["data"]) for _ in range(2))
        whole = frames.decode(shift.screens.whole())

    assert second.header["after"] == first.header["tick"] == whole.header["after"]
    assert second.numbers.tolist() == [till]
    assert second.cells[0] >> STATUS[0] & STATUS[1] == Status.ONLINE
    assert second.cells[0] >> BATTERY[0] & BATTERY[1] == Band.BAD
    assert second.focused["battery"].tolist() == [10]
    assert second.header["by_status"][Status.NEVER_SEEN] == 1
    assert (second.header["reports"], second.header["total"]) == (1, 1)
    assert dict(zip(whole.numbers.tolist(), whole.cells.tolist(), strict=True)) == {till: second.cells[0], silent: 0}


def test_without_an_engine_its_last_snapshot_answers(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 1, battery=42))
        shift.snapshots.hurry()
        shift.tick()
        shift.snapshots._making[0].result()
        shift.tick()

    assert hot.read([till, till + 1])["battery"].tolist() == [42]
    whole = hot.cells(0)
    assert whole is not None
    assert whole.header["tick"] == 0
    assert whole.numbers.tolist() == [till]


def test_rows_of_terminals_say_what_was_reported(till: int) -> None:
    send(a_report(till, 1, firmware=key_of("4.2.1"), app=key_of("9.9")), words=("4.2.1",))
    with a_shift() as shift:
        shift.tick()

        upkeep = Upkeep()
        upkeep.keep(shift.memory)
        revision = Terminal.objects.get(pk=till).revision
        upkeep.keep(shift.memory)

    terminal = Terminal.objects.get(pk=till)
    assert (terminal.firmware, terminal.app) == ("4.2.1", "")
    assert terminal.first_report_at is not None
    assert terminal.revision == revision
    assert FleetWord.objects.get().word == "4.2.1"
