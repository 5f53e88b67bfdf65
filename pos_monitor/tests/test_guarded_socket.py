"""What a socket may say before anybody knows whose it is, on both servers that carry terminals' sockets: web processes and dedicated receivers."""

from __future__ import annotations

import asyncio
import json

import pytest
from django.core.management import call_command
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from pos_monitor.estate import tokens
from pos_monitor.receiving.fast_socket import fast_socket
from pos_monitor.receiving.guarded_socket import MOST_PARTS, GuardedSocket
from pos_monitor.tests.doors_client import LONGEST_S, stored_names
from pos_monitor.tests.doors_server import served
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db(transaction=True)
HOSTS = {"web": lambda doors: GuardedSocket, "receive": fast_socket}


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def token(till):
    return tokens.issue(terminal=till)


@pytest.fixture(params=HOSTS)
def play(request):
    """Run a scenario with the address of the terminals' door."""

    def play(scenario):
        async def run():
            async with asyncio.timeout(LONGEST_S), served(protocol=HOSTS[request.param]) as (_, port):
                return await scenario(f"ws://127.0.0.1:{port}/ws/terminal/")

        return asyncio.run(run())

    return play


def bearer(token):
    return {"additional_headers": {"Authorization": f"Bearer {token}"}}


def reports(count, size):
    return json.dumps([{"boot": 1, "seq": seq, "note": "x" * size} for seq in range(count)])


async def closed(socket, message):
    """With which code, once it has said that; 1006 where what was left unread took the code away, as TCP has it."""
    try:
        await socket.send(message)
        while True:
            await socket.recv()
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else 1006


@pytest.mark.parametrize(
    ("first", "codes"),
    [("x" * 1_001, {1009}), (json.dumps({"token": "t" * 2_000}), {1009}), (reports(400, 1_900), {1009, 1006})],
)
def test_a_stranger_says_little_before_it_is_let_go(play, token, first, codes):
    async def scenario(door):
        async with connect(door) as socket:
            return await closed(socket, first)

    assert play(scenario) in codes
    assert stored_names() == []


def test_a_stranger_does_not_say_much_in_small_parts(play, token):
    async def scenario(door):
        async with connect(door) as socket:
            return await closed(socket, ["x" * 100] * 11)

    assert play(scenario) in {1009, 1006}


def test_a_stranger_with_a_bad_token_in_the_header_is_refused_whatever_it_says(play, token):
    async def scenario(door):
        with pytest.raises(Exception, match="401"):
            await connect(door, **bearer("trm_test_nobody"))

    play(scenario)


def test_who_has_shown_a_token_may_say_a_megabyte_at_once(play, till, token):
    async def scenario(door):
        async with connect(door, **bearer(token)) as socket:
            await socket.send(reports(400, 1_900))
            return json.loads(await socket.recv())

    assert play(scenario) == {"ack": {"boot": 1, "seq": 399}}
    assert stored_names() == [(till.pk, 1, seq) for seq in range(400)]


def test_reports_may_follow_a_token_in_the_same_breath(play, till, token):
    """A device need not wait for an answer to its first frame: there is none."""

    async def scenario(door):
        address = parse_uri(door)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        words = ClientProtocol(address)
        words.send_request(words.connect())
        writer.write(b"".join(words.data_to_send()))
        while not words.events_received():
            words.receive_data(await reader.read(65_536))
        words.send_text(json.dumps({"token": token}).encode())
        words.send_text(reports(20, 1_900).encode())
        writer.write(b"".join(words.data_to_send()))
        while not (told := [one for one in words.events_received() if isinstance(one, Frame) and one.opcode is Opcode.TEXT]):
            words.receive_data(await reader.read(65_536))
        writer.close()
        return json.loads(bytes(told[0].data))

    assert play(scenario) == {"ack": {"boot": 1, "seq": 19}}
    assert len(stored_names()) == 20


def test_nobody_sends_one_message_in_endless_parts(play, token):
    async def scenario(door):
        async with connect(door, **bearer(token)) as socket:
            return await closed(socket, [""] * (MOST_PARTS + 2))

    assert play(scenario) in {1002, 1006}


def test_web_processes_carry_sockets_so(monkeypatch):
    told = {}

    class Enough(Exception):
        pass

    def config(*_, **options):
        told.update(options)
        raise Enough

    monkeypatch.setattr("uvicorn.Config", config)
    with pytest.raises(Enough):
        call_command("web", port=0)

    assert (told["ws"], told["ws_max_size"]) == (GuardedSocket, 1_000_000)
