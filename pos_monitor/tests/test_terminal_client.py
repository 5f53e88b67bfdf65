"""The device client of integrations/terminal_client against the real doors, over loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

import pytest

from integrations.terminal_client import Buffer, Identity, TerminalClient
from integrations.terminal_client import client as client_module
from integrations.terminal_client.client import TokenRefused
from pos_monitor.estate import tokens
from pos_monitor.tests.doors_client import stored_names
from pos_monitor.tests.doors_server import served
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db(transaction=True)
SOON_S = 20


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(client_module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(client_module, "LONGEST_PAUSE_S", 0.1)


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def token(till):
    return tokens.issue(terminal=till)


def identity(token, port):
    return Identity("term_x", token, 10, f"http://127.0.0.1:{port}/v1/telemetry", f"ws://127.0.0.1:{port}/ws/terminal/")


async def did_nothing(command):
    return "done", ""


async def until(holds, running):
    end = time.monotonic() + SOON_S
    while not holds():
        assert time.monotonic() < end
        assert not running.done(), running
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def alive(client):
    running = asyncio.create_task(client.run())
    yield running
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.mark.parametrize("sockets", [True, False])
def test_what_was_said_without_a_network_is_stored_once_there_is_one(till, token, tmp_path, sockets):
    port = free_port()

    async def scenario():
        client = TerminalClient(identity(token, port), Buffer(tmp_path / "reports"), did_nothing)
        async with alive(client) as running:
            for battery in range(250):
                client.report(battery_percent=battery % 100)
            await asyncio.sleep(0.2)
            assert len(client.buffer) == 250
            async with served(port=port, sockets=sockets):
                await until(lambda: len(client.buffer) == 0, running)
                client.report(battery_percent=1)
                await until(lambda: len(client.buffer) == 0, running)

    asyncio.run(scenario())

    assert sorted(set(stored_names())) == [(till.pk, 1, seq) for seq in range(1, 252)]


def test_nothing_is_lost_while_the_doors_are_shut(till, token, tmp_path):
    async def scenario():
        async with served() as (doors, port):
            doors.receiver.pressure.retry_after_s = lambda: 0.1
            client = TerminalClient(identity(token, port), Buffer(tmp_path / "reports"), did_nothing)
            async with alive(client) as running:
                client.report()
                await until(lambda: len(client.buffer) == 0, running)
                doors.receiver.pressure.redis_fails("gone")
                client.report()
                await asyncio.sleep(0.3)
                kept = len(client.buffer)
                doors.receiver.pressure.redis_answers()
                await until(lambda: len(client.buffer) == 0, running)
        return kept

    assert asyncio.run(scenario()) == 1
    assert stored_names() == [(till.pk, 1, 1), (till.pk, 1, 2)]


def test_a_revoked_token_ends_the_client_and_keeps_what_it_has(till, token, tmp_path):
    tokens.revoke(terminal=till)

    async def scenario():
        async with served() as (_, port):
            client = TerminalClient(identity(token, port), Buffer(tmp_path / "reports"), did_nothing)
            client.report()
            with pytest.raises(TokenRefused):
                await asyncio.wait_for(client.run(), SOON_S)
            return len(client.buffer)

    assert asyncio.run(scenario()) == 1
    assert stored_names() == []


def test_a_refused_report_is_not_sent_for_ever(till, token, tmp_path):
    async def scenario():
        async with served() as (_, port):
            client = TerminalClient(identity(token, port), Buffer(tmp_path / "reports"), did_nothing)
            client.report(v=9)
            client.report()
            async with alive(client) as running:
                await until(lambda: len(client.buffer) == 0, running)

    asyncio.run(scenario())

    assert stored_names() == [(till.pk, 1, 2)]


def test_a_command_that_comes_twice_is_done_once_and_answered_twice(tmp_path):
    done = []

    async def on_command(command):
        done.append(command["id"])
        return "done", "restarted"

    async def scenario():
        client = TerminalClient(identity("x", 1), Buffer(tmp_path / "reports"), on_command)
        for _ in range(2):
            client._heed(
                {"command": {"id": "cmd_1", "kind": "reboot", "parameters": {}, "expires_at_ms": time.time() * 1000 + 60_000}}
            )
            await asyncio.gather(*client._doing)
        client._heed({"command": {"id": "cmd_2", "kind": "reboot", "parameters": {}, "expires_at_ms": 1}})
        await asyncio.gather(*client._doing)
        return [kept.body["command_results"][0] for kept in client.buffer.after((0, 0), 10)]

    answers = asyncio.run(scenario())

    assert done == ["cmd_1"]
    assert [(answer["id"], answer["state"]) for answer in answers] == [
        ("cmd_1", "received"), ("cmd_1", "done"), ("cmd_1", "done"), ("cmd_2", "failed"),
    ]  # fmt: skip


def test_an_acknowledgement_stands_for_what_was_sent_before_and_for_nothing_else(tmp_path):
    async def scenario():
        client = TerminalClient(identity("x", 1), Buffer(tmp_path / "reports"), did_nothing)
        for _ in range(4):
            client.report()
        client._next(3)
        client._heed({"ack": {"boot": 1, "seq": 4}})  # was never sent
        untouched = len(client.buffer)
        client._heed({"ack": {"boot": 1, "seq": 2}})
        return untouched, [kept.name for kept in client.buffer.after((0, 0), 10)]

    assert asyncio.run(scenario()) == (4, [(1, 3), (1, 4)])


def test_a_start_begins_a_boot_and_what_waited_is_still_there(tmp_path):
    first = Buffer(tmp_path / "reports")
    first.add({"battery_percent": 1})
    first.close()

    second = Buffer(tmp_path / "reports")
    second.add({"battery_percent": 2})

    assert [kept.name for kept in second.after((0, 0), 10)] == [(1, 1), (2, 1)]


def test_a_full_buffer_lets_the_oldest_go_that_nobody_must_know(tmp_path):
    buffer = Buffer(tmp_path / "reports", most=3)
    buffer.add({"tamper": True})
    for _ in range(4):
        buffer.add({})

    assert [kept.name[1] for kept in buffer.after((0, 0), 10)] == [1, 4, 5]
    assert buffer.thrown_away == 2


def test_an_identity_is_kept_where_only_its_owner_reads_it(tmp_path):
    identity("trm_test_x", 1).save(tmp_path / "identity.json")

    assert Identity.load(tmp_path / "identity.json") == identity("trm_test_x", 1)
    assert (tmp_path / "identity.json").stat().st_mode & 0o777 == 0o600
