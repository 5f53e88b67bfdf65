"""What a process holds of reports is bounded with all that stands beside them."""

from __future__ import annotations

import asyncio

import pytest

from pos_monitor.estate import tokens
from pos_monitor.receiving import buffer, pressure
from pos_monitor.tests.doors_client import Socket, post, stored, stored_names, with_doors
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def token(till):
    return tokens.issue(terminal=till)


def report(seq, size=0):
    return {"boot": 1, "seq": seq} | ({"colour": "x" * size} if size else {})


@pytest.mark.parametrize(("size", "is_shut"), [(0, False), (1_900, True)])
def test_the_doors_shut_when_what_stands_beside_reports_takes_too_much(till, token, monkeypatch, size, is_shut):
    for module in (buffer, pressure):
        monkeypatch.setattr(module, "MOST_HELD_BYTES", 20_000)

    async def scenario(doors):
        held = doors.receiver.buffer
        socket = Socket(doors, token)
        await socket.open()
        with monkeypatch.context() as still:
            still.setattr(held, "_flush", _later)
            await socket.say([report(seq, size) for seq in range(15)])
            while held.count < 15:
                await asyncio.sleep(0.01)
            seen = held.size, doors.receiver.pressure.is_shut
        assert await socket.hear() == {"ack": {"boot": 1, "seq": 14}}
        return *seen, held.size, doors.receiver.pressure.is_shut, await post(doors, report(99), token)

    held, was_shut, left, is_shut_still, answer = with_doors(scenario)

    assert (was_shut, left, is_shut_still, answer.status_code) == (is_shut, 0, False, 200)
    assert held >= 15 * size
    assert stored_names() == [*((till.pk, 1, seq) for seq in range(15)), (till.pk, 1, 99)]


async def _later():
    """Redis is slow."""


def test_what_stands_beside_many_reports_goes_in_several_entries_and_stays_beside_its_own(till, token, monkeypatch):
    monkeypatch.setattr(buffer, "MOST_BESIDE", 5_000)

    answer = with_doors(lambda doors: post(doors, [report(seq, 1_000 + seq if seq % 3 == 0 else 0) for seq in range(40)], token))

    assert answer.json()["accepted"] == 40
    entries = stored()
    assert len(entries) == 4
    assert stored_names() == [(till.pk, 1, seq) for seq in range(40)]
    beside = {
        int(one.records["seq"][place]): len(extra["unknown"]["colour"]) for one in entries for place, extra in one.extras.items()
    }
    assert beside == {seq: 1_000 + seq for seq in range(0, 40, 3)}
