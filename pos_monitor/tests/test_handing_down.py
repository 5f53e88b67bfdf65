"""A command reaches its terminal through the door that it holds or calls, once, and stands in the ledger as sent."""

from __future__ import annotations

import asyncio

import pytest
from django.db import connection

from common.scopes import across_merchants
from pos_monitor.estate import tokens
from pos_monitor.models import CommandDelivery
from pos_monitor.tests.command_samples import a_command
from pos_monitor.tests.doors_client import Socket, post, with_doors
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db(transaction=True)
SENT, QUEUED = CommandDelivery.State.SENT, CommandDelivery.State.QUEUED


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def token(till):
    return tokens.issue(terminal=till)


def states():
    return list(CommandDelivery.objects.order_by("terminal").values_list("state", "attempts"))


async def in_thread(call, *asked):
    """The database from beside the doors' loop."""

    def run():
        try:
            with across_merchants("a test sends a command"):
                return call(*asked)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def test_a_command_goes_down_a_socket_that_is_open_and_to_no_other(till, token, acme):
    neighbour = tokens.issue(terminal=a_terminal(acme))

    async def scenario(doors):
        socket, other = Socket(doors, token), Socket(doors, neighbour)
        await socket.open()
        await other.open()
        command = await in_thread(a_command, till)
        frame = await socket.hear()
        await socket.say({"boot": 1, "seq": 1})
        return command, frame, await socket.hear(), await other.hears_nothing(), doors.handing_down.sent

    command, frame, ack, is_quiet, sent = with_doors(scenario)

    assert frame["command"] == {
        "id": command.public_id, "kind": "reboot", "parameters": {}, "expires_at_ms": int(command.expires_at.timestamp() * 1000),
    }  # fmt: skip
    assert ack == {"ack": {"boot": 1, "seq": 1}}  # and not the command again
    assert (is_quiet, sent, states()) == (True, 1, [(SENT, 1)])


def test_a_command_that_waits_is_handed_to_a_terminal_that_comes(till, token):
    command = a_command(till)

    async def scenario(doors):
        assert await in_thread(states) == [(QUEUED, 0)]
        socket = Socket(doors, token)
        await socket.open()
        return await socket.hear()

    assert with_doors(scenario)["command"]["id"] == command.public_id
    assert states() == [(SENT, 1)]


def test_a_terminal_that_holds_two_sockets_is_told_on_the_newer(till, token):
    async def scenario(doors):
        older, newer = Socket(doors, token), Socket(doors, token)
        await older.open()
        await newer.open()
        command = await in_thread(a_command, till)
        return command, await newer.hear(), await older.hears_nothing()

    command, frame, is_quiet = with_doors(scenario)

    assert (frame["command"]["id"], is_quiet) == (command.public_id, True)


def test_whoever_calls_over_https_finds_it_in_the_answer_once(till, token):
    command = a_command(till)

    async def scenario(doors):
        return [(await post(doors, {"boot": 1, "seq": seq}, token)).json()["commands"] for seq in (1, 2)]

    first, second = with_doors(scenario)

    assert ([one["id"] for one in first], second) == ([command.public_id], [])
    assert states() == [(SENT, 1)]


def test_what_was_cancelled_stays_here(till, token):
    a_command(till, state="cancelled")

    async def scenario(doors):
        return (await post(doors, {"boot": 1, "seq": 1}, token)).json()["commands"]

    assert with_doors(scenario) == []
    assert states() == [(QUEUED, 0)]
