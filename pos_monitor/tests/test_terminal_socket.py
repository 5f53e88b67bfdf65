"""WS /ws/terminal/, as a terminal holds it."""

from __future__ import annotations

import asyncio

import pytest

from pos_monitor.estate import tokens
from pos_monitor.receiving import sessions, strangers, websocket
from pos_monitor.tests.doors_client import SOON_S, Socket, stored_names, with_doors
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def token(till):
    return tokens.issue(terminal=till)


def report(seq=1, **fields):
    return {"v": 1, "boot": 1, "seq": seq, **fields}


@pytest.mark.parametrize("in_header", [True, False])
def test_a_terminal_shows_its_token_and_reports_are_acknowledged(till, token, in_header):
    async def scenario(doors):
        socket = Socket(doors, token if in_header else None)
        assert (await socket.open())["type"] == "websocket.accept"
        if not in_header:
            await socket.say({"token": token})
        await socket.say(report(1), [report(2), report(3)])
        answer = await socket.hear()
        assert stored_names() == [(till.pk, 1, seq) for seq in (1, 2, 3)]
        await socket.leave()
        return answer, len(doors.sessions)

    assert with_doors(scenario) == ({"ack": {"boot": 1, "seq": 3}}, 0)


def test_a_token_in_the_header_that_lets_nobody_in_is_refused_before_the_handshake(token):
    async def scenario(doors):
        return await Socket(doors, "trm_test_nobody").open()

    assert with_doors(scenario)["status"] == 401


@pytest.mark.parametrize(
    "first",
    [
        "{",
        "7",
        '"trm_test_x"',
        {"token": 7},
        {"token": "trm_test_nobody"},
        report(1),
        '{"token": "\\ud800"}',
        {"token": "trm_test_é"},
    ],
)
def test_a_first_frame_without_a_good_token_ends_the_socket(token, first):
    async def scenario(doors):
        socket = Socket(doors)
        await socket.open()
        await socket.say(first)
        return await socket.hear(), await socket.hear()

    error, code = with_doors(scenario)

    assert (error["error"]["code"], code) == ("terminal_token_invalid", 4401)
    assert stored_names() == []


def test_a_first_frame_that_is_too_long_is_not_read(token):
    async def scenario(doors):
        socket = Socket(doors)
        await socket.open()
        await socket.say({"token": token, "and": "x" * 1_000})
        return await socket.hear()

    assert with_doors(scenario) == 1009
    assert stored_names() == []


def test_whose_token_cannot_be_looked_up_now_is_told_to_come_later_and_not_that_it_is_wrong(token, monkeypatch):
    monkeypatch.setattr(strangers, "ADDRESS_BURST", 0)

    async def scenario(doors):
        socket = Socket(doors)
        await socket.open()
        await socket.say({"token": "trm_test_newer_than_our_news"})
        with_header = await Socket(doors, "trm_test_newer_than_our_news").open()
        return await socket.hear(), await socket.hear(), with_header

    error, code, answer = with_doors(scenario)

    assert (error["error"]["code"], code, answer["status"]) == ("reports_not_now", 1013, 503)
    assert 2 <= int(dict(answer["headers"])[b"retry-after"]) <= 4


def test_a_socket_that_never_says_who_it_is_is_closed(token, monkeypatch):
    monkeypatch.setattr(websocket, "FIRST_FRAME_S", 0.05)

    async def scenario(doors):
        socket = Socket(doors)
        await socket.open()
        return await socket.hear(), await socket.hear()

    assert with_doors(scenario)[1] == 4401


def test_a_revoked_token_closes_the_socket_that_is_open(till, token, monkeypatch):
    monkeypatch.setattr(sessions, "LOOK_S", 0.05)

    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        await socket.say(report(1))
        acked = await socket.hear()
        await asyncio.to_thread(_revoke, till)
        return acked, await socket.hear(), await socket.hear()

    acked, error, code = with_doors(scenario)

    assert acked == {"ack": {"boot": 1, "seq": 1}}
    assert (error["error"]["code"], code) == ("terminal_token_invalid", 4401)


def _revoke(till):
    from django.db import connection

    from common.scopes import across_merchants

    with across_merchants("a test revokes a token"):
        tokens.revoke(terminal=till)
    connection.close()


def test_refusals_are_told_each_time_and_flaws_once(till, token):
    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        await socket.say(report("x"), report("x"), report(1, battery_percent=400), report(2, battery_percent=400))
        heard = [await socket.hear()]
        while heard[-1] != {"ack": {"boot": 1, "seq": 2}}:
            heard.append(await socket.hear())
        return heard

    told = [fault for frame in with_doors(scenario) for fault in frame.get("faults", ())]

    assert [fault["code"] for fault in told] == ["report_unnamed", "report_unnamed", "value_unbelievable"]
    assert stored_names() == [(till.pk, 1, 1), (till.pk, 1, 2)]


def test_a_message_that_is_too_long_is_refused(token):
    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        await socket.say(" " * 1_000_000 + "{}")
        return await socket.hear()

    assert with_doors(scenario)["error"]["code"] == "reports_unreadable"
    assert stored_names() == []


def test_a_socket_that_ends_while_the_doors_are_shut_leaves_nothing_behind(token):
    async def scenario(doors):
        pressure = doors.receiver.pressure
        pressure.redis_fails("gone")
        for _ in range(3):
            socket = Socket(doors, token)
            await socket.open()
            await socket.say(report(1))
            await socket.hear()
            await socket.leave()
        return len(pressure._calls)

    assert with_doors(scenario) == 0
    assert stored_names() == []


def test_what_is_no_report_is_told_and_in_the_end_the_socket_is_closed(token):
    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        await socket.say(*["hello"] * 20)
        return [await socket.hear() for _ in range(21)]

    *errors, code = with_doors(scenario)

    assert {error["error"]["code"] for error in errors} == {"reports_unreadable"}
    assert code == 4400


def test_shut_doors_tell_a_socket_to_pause_and_take_what_came_once_they_open(till, token):
    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        doors.receiver.pressure.redis_fails("gone")
        await socket.say(report(1), report(2))
        pause = await socket.hear()
        assert await socket.hears_nothing()
        assert stored_names() == []
        doors.receiver.pressure.redis_answers()
        acks = [await socket.hear()]
        while acks[-1] != {"ack": {"boot": 1, "seq": 2}}:
            acks.append(await socket.hear())
        return pause

    assert 1_000 <= with_doors(scenario)["pause"]["ms"] <= 4_000
    assert stored_names() == [(till.pk, 1, 1), (till.pk, 1, 2)]


def test_a_terminal_that_floods_is_told_to_pause_and_loses_nothing(till, token, settings):
    settings.TELEMETRY_TERMINAL_RATE_PER_S = 400

    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        await socket.say(*([report(part * 500 + seq) for seq in range(500)] for part in range(3)), report(1_500))
        heard = [await socket.hear()]
        while heard[-1] != {"ack": {"boot": 1, "seq": 1_500}}:
            heard.append(await socket.hear())
        return heard

    heard = with_doors(scenario)

    assert sum("pause" in frame for frame in heard) >= 1
    assert stored_names() == [(till.pk, 1, seq) for seq in range(1_501)]


def test_reports_that_were_taken_are_stored_before_the_process_ends(till, token):
    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        doors.receiver.buffer.flush_s = 60
        await asyncio.wait_for(_said(doors, socket, report(1)), SOON_S)
        await doors.stop()
        return await socket.hear(), await socket.hear()

    assert with_doors(scenario) == ({"ack": {"boot": 1, "seq": 1}}, 1012)
    assert stored_names() == [(till.pk, 1, 1)]


async def _said(doors, socket, frame):
    await socket.say(frame)
    while not doors.receiver.buffer.count:
        await asyncio.sleep(0.01)


def test_doors_that_end_while_redis_is_being_called_end(token, monkeypatch):
    """Redis' client tells of a cancellation in the middle of a connection as of an error of the connection."""
    from redis.exceptions import ConnectionError as Broken

    from pos_monitor.receiving import pressure

    monkeypatch.setattr(pressure, "LOOK_S", 0.001)

    async def scenario(doors):
        looking = asyncio.Event()

        async def look():
            looking.set()
            try:
                await asyncio.sleep(SOON_S)
            except asyncio.CancelledError:
                raise Broken from None

        doors.receiver.pressure._look = look
        await looking.wait()

    with_doors(scenario)
