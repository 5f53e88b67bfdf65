"""How the link behaves when things go wrong: sign-on, room, the breaker, damage, and answers nobody waits for any more."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from checkout.network import iso8583
from checkout.network.client import HostClient
from checkout.network.errors import MalformedMessage, NetworkBusy, NetworkCircuitOpen, NetworkTimeout, NetworkUnavailable
from checkout.network.framing import FrameBuffer, frame
from checkout.network.host.background import BackgroundHost
from checkout.network.in_flight import InFlight, NotSent
from checkout.network.late import LateAnswer, late_answers
from checkout.network.messages import ECHO, SIGN_OFF, SIGN_ON, authorisation_message, management_answer, management_message
from checkout.tests.network_samples import advice, eventually, pan_of, request
from checkout.tests.test_network_link import link_to, peer, sign_on_of, unused_port
from common.breaker import FAILURES_TO_OPEN, LONGEST_PAUSE_S, Breaker

FSA, SILENT, SLOW = pan_of("approved"), pan_of("silent"), pan_of("slow")


@pytest.fixture
def host() -> Iterator[BackgroundHost]:
    with BackgroundHost(slow_s=0.4) as running:
        yield running


@pytest.fixture
def heard() -> Iterator[list[LateAnswer]]:
    """What comes too late, as whoever records it is told."""
    told: list[LateAnswer] = []
    late_answers.record = told.append
    yield told
    late_answers.record = None


def ask(port: int, *messages: dict[str, str]) -> list[dict[str, str]]:
    """What a host answers to bare messages, one after the other; what it does not answer ends the list."""
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for message in messages:
            connection.sendall(frame(iso8583.encode(message)))
            if not (data := connection.recv(4096)):
                break
            answers += [iso8583.decode(raw) for raw in FrameBuffer().feed(data)]
    return answers


def management(code: str, number: int = 1) -> dict[str, str]:
    return management_message(code, f"{number:06d}", datetime.now(UTC))


# Sign-on, sign-off


def test_the_host_hangs_up_on_a_question_before_the_sign_on_and_after_the_sign_off(host):
    question = authorisation_message(request(FSA))

    assert ask(host.port, question) == []
    answers = ask(host.port, management(SIGN_ON, 1), question, management(SIGN_OFF, 2), question)
    assert [(answer["t"], answer["39"]) for answer in answers] == [("0810", "00"), ("0110", "00"), ("0810", "00")]


def test_an_unknown_management_code_is_refused(host):
    assert [answer["39"] for answer in ask(host.port, management("999"))] == ["12"]


def test_a_host_that_does_not_sign_us_on_is_unavailable_and_is_asked_nothing():
    said: list[dict[str, str]] = []

    def refuse(connection: socket.socket) -> None:
        [raw] = FrameBuffer().feed(connection.recv(4096))
        said.append(iso8583.decode(raw))
        connection.sendall(frame(iso8583.encode(management_answer(said[0]) | {"39": "05"})))

    with peer(refuse) as port, link_to(port) as link, pytest.raises(NetworkUnavailable):
        link.authorise(request(FSA))

    assert [message["70"] for message in said] == [SIGN_ON]


def test_closing_signs_off():
    said: list[str] = []

    def listen(connection: socket.socket) -> None:
        sign_on_of(connection)
        buffer = FrameBuffer()
        while data := connection.recv(4096):
            for raw in buffer.feed(data):
                message = iso8583.decode(raw)
                said.append(message["70"])
                if message["70"] == ECHO:
                    connection.sendall(frame(iso8583.encode(management_answer(message))))

    with peer(listen) as port, link_to(port) as link:
        assert link.echo()
        link.close()

        assert eventually(lambda: said == [ECHO, SIGN_OFF])


def test_when_the_host_signs_off_what_is_in_flight_is_still_answered_and_new_questions_go_elsewhere():
    connections: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        connections.append(connection)
        sign_on_of(connection)

    with peer(serve) as port, link_to(port) as link, ThreadPoolExecutor(1) as threads:
        asked = request(FSA)
        waiting = threads.submit(link.authorise, asked)
        assert eventually(lambda: link.pool.in_flight.total == 1)
        [first] = connections
        question = iso8583.decode(FrameBuffer().feed(first.recv(4096))[0])
        first.sendall(frame(iso8583.encode(management(SIGN_OFF))))
        assert eventually(lambda: link.pool.connections == [])
        said = {n: question[n] for n in ("3", "4", "7", "11", "37", "41", "42", "49")}
        first.sendall(frame(iso8583.encode(said | {"t": "0110", "39": "00", "38": "123456"})))

        assert waiting.result(5).outcome == "approved"
        assert not link.pool.breaker.is_open


# Room


def test_who_finds_no_room_is_told_so_and_nothing_left(host, monkeypatch):
    monkeypatch.setattr("checkout.network.client.ROOM_WAIT_S", 0.01)
    link = HostClient("127.0.0.1", host.port, timeout_s=2, max_in_flight=3)
    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(link.authorise, request(SILENT)) for _ in range(3)]
        assert eventually(lambda: link.pool.in_flight.total == 3)

        with pytest.raises(NetworkBusy, match="3 questions wait"):
            link.authorise(request(FSA))
        [told] = link.send_many([advice("reversal", request(FSA), 45_00)])

        assert told.acknowledged  # what is owed to the network has room of its own
        assert host.totals()["authorisations"] == 3
        assert {type(one.exception(10)) for one in waiting} == {NetworkTimeout}
    assert link.authorise(request(FSA)).outcome == "approved"
    link.close()


def test_a_further_connection_is_opened_when_all_are_in_use(host):
    with link_to(host.port) as link, ThreadPoolExecutor(8) as threads:
        slow = [threads.submit(link.authorise, request(SLOW)) for _ in range(8)]
        assert {one.result(10).outcome for one in slow} == {"approved"}
        assert eventually(lambda: len(link.pool.connections) == 2)


# The breaker


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_try_when_its_pause_is_over():
    now = [100.0]
    breaker = Breaker(clock=lambda: now[0])
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.failed()
    assert breaker.may_try()

    breaker.failed()
    assert (breaker.is_open, breaker.may_try(), breaker.wait_s) == (True, False, 1.0)
    now[0] += 1.0
    assert (breaker.may_try(), breaker.may_try()) == (True, False)

    breaker.failed()
    assert breaker.wait_s == 2.0
    breaker.succeeded()
    assert (breaker.is_open, breaker.may_try()) == (False, True)


def test_a_breakers_pause_has_an_end():
    breaker = Breaker(clock=lambda: 0.0)
    for _ in range(50):
        breaker.failed()

    assert breaker.wait_s == LONGEST_PAUSE_S


def test_while_the_breaker_is_open_nobody_connects_and_afterwards_the_host_is_found_again():
    port = unused_port()
    with link_to(port) as link:
        failures = []
        for _ in range(FAILURES_TO_OPEN + 2):
            with pytest.raises(NetworkUnavailable) as failure:
                link.authorise(request(FSA))
            failures.append(failure.type)
        assert failures == [NetworkUnavailable] * FAILURES_TO_OPEN + [NetworkCircuitOpen] * 2

        with BackgroundHost(port=port):
            assert eventually(lambda: link.echo())
            assert link.authorise(request(FSA)).outcome == "approved"
            assert not link.pool.breaker.is_open


def test_silent_issuers_behind_a_living_host_open_no_breaker(host):
    with link_to(host.port, timeout_s=0.05) as link, ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(link.authorise, request(SILENT)) for _ in range(3 * FAILURES_TO_OPEN)]
        assert {type(one.exception(10)) for one in waiting} == {NetworkTimeout}

        assert link.authorise(request(FSA)).outcome == "approved"


# The checksum


def test_every_damaged_byte_is_found():
    raw = iso8583.encode(authorisation_message(request(FSA)))

    for position in range(len(raw)):
        damaged = bytearray(raw)
        damaged[position] ^= 0x01
        with pytest.raises(MalformedMessage):
            iso8583.decode(bytes(damaged))


def test_a_damaged_answer_is_no_verdict():
    def answer(connection: socket.socket) -> None:
        sign_on_of(connection)
        asked = iso8583.decode(FrameBuffer().feed(connection.recv(4096))[0])
        said = {n: asked[n] for n in ("3", "4", "7", "11", "37", "41", "42", "49")} | {"t": "0110", "39": "00"}
        connection.sendall(frame(iso8583.encode(said).replace(b"000000004500", b"000000004400")))

    with peer(answer) as port, link_to(port) as link, pytest.raises(NetworkTimeout):
        link.authorise(request(FSA))


# Late answers


def test_a_late_answer_is_handed_over_with_what_names_it_and_by_how_much_it_was_late(host, heard):
    asked = request(SLOW, 45_00)
    with link_to(host.port, timeout_s=0.1) as link:
        with pytest.raises(NetworkTimeout):
            link.authorise(asked)
        assert eventually(lambda: len(heard) == 1)

    [late] = heard
    assert (late.message_type, late.rrn, late.terminal, late.acceptor) == ("0110", asked.reference.rrn, "WEB00001", "ACME-0001")
    assert (late.response_code, late.approved_cents) == ("00", 45_00)
    assert late.late_by_ms is not None
    assert 0 <= late.late_by_ms < 5_000


def test_an_answer_to_no_question_of_ours_is_handed_over_too(heard):
    def answer(connection: socket.socket) -> None:
        sign_on_of(connection)
        asked = iso8583.decode(FrameBuffer().feed(connection.recv(4096))[0])
        said = {n: asked[n] for n in ("3", "4", "7", "41", "42", "49")} | {"t": "0110", "39": "00"}
        connection.sendall(frame(iso8583.encode(said | {"11": "999999", "37": "NOBODYSASKED"})))
        connection.sendall(frame(iso8583.encode(said | {"11": asked["11"], "37": asked["37"]})))

    with peer(answer) as port, link_to(port) as link:
        assert link.authorise(request(FSA)).outcome == "approved"
        assert eventually(lambda: len(heard) == 1)

    assert (heard[0].rrn, heard[0].late_by_ms) == ("NOBODYSASKED", None)


def test_one_that_cannot_be_recorded_is_tried_again_and_keeps_nobody_waiting(monkeypatch, heard):
    monkeypatch.setattr("checkout.network.late.PAUSE_S", 0)
    troubles = iter([RuntimeError(), RuntimeError()])

    def record(late: LateAnswer) -> None:
        if trouble := next(troubles, None):
            raise trouble
        heard.append(late)

    late_answers.record = record
    first = LateAnswer("0110", "000001", "000000000001", "ACME", "00000001", "00", 1, "", "", 5)
    late_answers.put(first)
    late_answers.wait()

    assert heard == [first]


def test_an_answer_may_come_by_another_connection_than_its_question():
    flight, first, second = InFlight(), object(), object()
    flight.open(first), flight.open(second)
    key = ("0110", "000001", "T", "R")
    [answer] = flight.expect([key], first)

    assert flight.take(key) is answer
    assert (flight.count(first), flight.total) == (0, 0)


def test_what_is_lost_with_its_connection_is_known_as_late_when_it_comes_after_all():
    flight, owner = InFlight(), object()
    flight.open(owner)
    key = ("0110", "000001", "T", "R")
    [answer] = flight.expect([key], owner)

    assert flight.abandon(owner) == [answer]
    assert flight.abandon(owner) is None
    assert flight.late_by_s(key) is not None
    assert flight.late_by_s(key) is None
    with pytest.raises(NotSent):
        flight.expect([key], owner)


def test_an_answer_that_is_being_delivered_is_not_given_up():
    flight, owner = InFlight(), threading.current_thread()
    flight.open(owner)
    key = ("0110", "000001", "T", "R")
    flight.expect([key], owner)
    flight.take(key)

    assert flight.give_up(key) is False
