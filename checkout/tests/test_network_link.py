"""The connection itself: many threads, late answers, lost hosts, forks."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from checkout.network import iso8583
from checkout.network.client import HostClient
from checkout.network.errors import NetworkReferenceInUse, NetworkTimeout, NetworkUnavailable
from checkout.network.framing import FrameBuffer, frame
from checkout.network.host.background import BackgroundHost
from checkout.network.messages import SIGN_ON, authorisation_message, management_answer, management_message
from checkout.tests.network_samples import advice, eventually, pan_of, request

FSA, SILENT, SLOW = pan_of("approved"), pan_of("silent"), pan_of("slow")


@pytest.fixture
def host() -> Iterator[BackgroundHost]:
    with BackgroundHost(slow_s=0.4) as running:
        yield running


@contextmanager
def link_to(port: int, *, timeout_s: float = 5.0, echo_after_s: float = 30.0, **settings: Any) -> Iterator[HostClient]:
    link = HostClient("127.0.0.1", port, timeout_s=timeout_s, echo_after_s=echo_after_s, **settings)
    yield link
    link.close()


@contextmanager
def peer(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A host of our own making: `answer` gets each connection that comes in."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for connection in connections:
        connection.close()


def sign_on_of(connection: socket.socket) -> None:
    """Take the caller's sign-on, as any host does first."""
    [raw] = FrameBuffer().feed(connection.recv(4096))
    asked = iso8583.decode(raw)
    assert (asked["t"], asked["70"]) == ("0800", "001")
    connection.sendall(frame(iso8583.encode(management_answer(asked))))


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_fifty_threads_share_few_connections_and_each_gets_its_own_answer(host):
    amounts = range(1_00, 1_00 + 1_000)
    with link_to(host.port) as link, ThreadPoolExecutor(50) as threads:
        results = list(threads.map(lambda cents: link.authorise(request(FSA, cents)), amounts))

    assert [result.approved_cents for result in results] == list(amounts)
    assert len({result.network_reference for result in results}) == len(amounts)
    assert host.totals()["held_cents"] == sum(amounts)


def test_a_slow_answer_holds_nobody_up(host):
    with link_to(host.port) as link, ThreadPoolExecutor(2) as threads:
        order: list[str] = []
        slow = threads.submit(lambda: (link.authorise(request(SLOW)), order.append("slow")))
        quick = threads.submit(lambda: (link.authorise(request(FSA)), order.append("quick")))
        slow.result(), quick.result()

    assert order == ["quick", "slow"]


def test_a_late_answer_is_told_with_a_line_that_shows_no_card(host, caplog):
    caplog.set_level(logging.INFO)
    asked = request(SLOW)
    with link_to(host.port, timeout_s=0.2) as link:
        with pytest.raises(NetworkTimeout):
            link.authorise(asked)

        assert eventually(lambda: "late answer: 0110" in caplog.text)
        assert link.authorise(request(FSA)).outcome == "approved"

    assert f"late answer: 0110 stan={asked.reference.stan} rrn={asked.reference.rrn}" in caplog.text
    assert SLOW not in caplog.text


def test_nobody_there_means_unavailable():
    with link_to(unused_port()) as link:
        with pytest.raises(NetworkUnavailable):
            link.authorise(request(FSA))
        assert link.echo() is False
        [outcome] = link.send_many([advice("completion", request(FSA), 1_00)])

    assert isinstance(outcome, NetworkUnavailable)


def test_losing_the_host_fails_what_is_in_flight_at_once(host):
    with link_to(host.port, timeout_s=60, connections=1) as link, ThreadPoolExecutor(5) as threads:
        waiting = [threads.submit(link.authorise, request(SILENT)) for _ in range(5)]
        assert eventually(lambda: host.totals()["authorisations"] == 5)

        host.stop()
        failures = [answer.exception(timeout=10) for answer in waiting]

        assert [type(failure) for failure in failures] == [NetworkTimeout] * 5
        assert eventually(lambda: not link.pool.connections)  # each hears of it by itself
        with pytest.raises(NetworkUnavailable):
            link.authorise(request(FSA))
        with BackgroundHost(port=host.port):
            assert link.authorise(request(FSA)).outcome == "approved"


def test_a_host_that_restarted_between_two_questions_is_found_again():
    with BackgroundHost() as first, link_to(first.port) as link:
        assert link.authorise(request(FSA)).outcome == "approved"
        first.stop()
        assert eventually(lambda: not link.pool.connections)
        with BackgroundHost(port=first.port):
            assert link.authorise(request(FSA)).outcome == "approved"


def test_an_echo_says_whether_the_host_answers(host):
    with link_to(host.port) as link:
        assert link.echo() is True


def test_a_quiet_line_is_probed_and_a_dead_one_dropped():
    heard: list[bytes] = []

    def swallow(connection: socket.socket) -> None:
        sign_on_of(connection)
        while data := connection.recv(4096):
            heard.append(data)

    with peer(swallow) as port, link_to(port, timeout_s=0.1, echo_after_s=0.1) as link:
        with pytest.raises(NetworkTimeout):
            link.authorise(request(FSA))
        [connection] = link.pool.connections

        assert eventually(lambda: not connection.is_open)

    messages = [iso8583.decode(raw) for raw in FrameBuffer().feed(b"".join(heard))]
    assert [message["t"] for message in messages] == ["0100", "0800"]


def test_an_idle_line_to_a_living_host_stays_open(host):
    with link_to(host.port, timeout_s=0.05, echo_after_s=0.05) as link:
        assert link.echo()
        [connection] = link.pool.connections
        first_echo = connection._echo

        assert eventually(lambda: connection._echo is not first_echo and connection._echo.done())
        assert connection.is_open


@pytest.mark.parametrize("nonsense", [b"\xff\xff", b"\x00\x01a", frame(b"0110" + b"z" * 60), b"HTTP/1.1 400 Bad\r\n\r\n"])
def test_an_answer_that_is_no_message_ends_the_connection_without_a_verdict(nonsense):
    def answer(connection: socket.socket) -> None:
        sign_on_of(connection)
        connection.recv(4096)
        connection.sendall(nonsense)

    with peer(answer) as port, link_to(port) as link, pytest.raises(NetworkTimeout):
        link.authorise(request(FSA))


def test_an_answer_that_approves_too_much_gives_no_verdict():
    def answer(connection: socket.socket) -> None:
        sign_on_of(connection)
        [raw] = FrameBuffer().feed(connection.recv(4096))
        asked = iso8583.decode(raw)
        said = {n: asked[n] for n in ("3", "7", "11", "37", "41", "42", "49")}
        connection.sendall(frame(iso8583.encode(said | {"t": "0110", "4": "9" * 12, "39": "00"})))

    with peer(answer) as port, link_to(port) as link, pytest.raises(NetworkTimeout):
        link.authorise(request(FSA))


@pytest.mark.parametrize("nonsense", [b"\xff\xff", b"\x00\x01a", frame(b"x" * 60), b"GET / HTTP/1.1\r\n\r\n"])
def test_the_host_hangs_up_on_nonsense(host, nonsense):
    with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
        connection.sendall(nonsense)

        assert connection.recv(4096) == b""


def test_the_host_answers_a_message_it_can_name_but_not_read_with_a_format_error(host):
    message = authorisation_message(request(FSA))
    message["61"] = "01" + "99" + "123"  # a sub-field longer than its field
    with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
        connection.sendall(frame(iso8583.encode(management_message(SIGN_ON, "000001", datetime.now(UTC)))))
        assert connection.recv(4096)
        connection.sendall(frame(iso8583.encode(message)))
        [raw] = FrameBuffer().feed(connection.recv(4096))

    answer = iso8583.decode(raw)
    assert (answer["t"], answer["11"], answer["39"]) == ("0110", message["11"], "30")


def test_a_reference_waiting_for_its_answer_cannot_be_sent_again_beside_itself(host):
    asked = request(SILENT)
    with link_to(host.port, timeout_s=0.5) as link, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(link.authorise, asked)
        assert eventually(lambda: host.totals()["authorisations"] == 1)

        with pytest.raises(NetworkReferenceInUse):
            link.authorise(asked)
        with pytest.raises(NetworkTimeout):
            waiting.result()


def test_a_batch_that_meets_a_lost_host_says_timeout_for_each():
    def hang_up(connection: socket.socket) -> None:
        sign_on_of(connection)
        connection.recv(100)
        connection.close()

    with peer(hang_up) as port, link_to(port) as link:
        outcomes = link.send_many([advice("completion", request(FSA), 1_00) for _ in range(300)])

    assert len(outcomes) == 300
    assert {type(outcome) for outcome in outcomes} == {NetworkTimeout}


def test_a_forked_child_opens_a_connection_of_its_own(host):
    with link_to(host.port) as link:
        link.authorise(request(FSA))
        childs, parents = request(FSA, 10_00), request(FSA, 20_00)
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:  # nothing of pytest may run here
            answer = b"?"
            try:
                answer = link.authorise(childs).outcome.encode()
            finally:
                os.write(write_end, answer)
                os._exit(0)
        os.waitpid(child, 0)

        assert os.read(read_end, 100) == b"approved"
        assert link.authorise(parents).approved_cents == 20_00
        assert host.totals()["held_cents"] == 45_00 + 10_00 + 20_00
        os.close(read_end), os.close(write_end)


def test_everyone_who_waits_for_the_same_failed_connection_learns_of_it_together(monkeypatch):
    attempts: list[int] = []
    gate = threading.Event()

    def refuse(*args: object, **kwargs: object) -> None:
        attempts.append(1)
        gate.wait(5)
        raise ConnectionRefusedError

    monkeypatch.setattr("checkout.network.pool.Connection", refuse)
    with link_to(1) as link, ThreadPoolExecutor(20) as threads:
        asking = [threads.submit(link.authorise, request(FSA)) for _ in range(20)]
        assert eventually(lambda: len(attempts) == 1 and threads._work_queue.empty())
        gate.set()
        failures = {type(answer.exception(timeout=10)) for answer in asking}

    assert failures == {NetworkUnavailable}
    assert len(attempts) < 20
