"""The acquirer at the other end of a few TCP connections, for a process with many threads.

Connections are opened on first use and serve all threads. A child process made by fork starts with none, so that two
processes never share a socket. How many questions are in flight is bounded: who finds no room is told so, and nothing left.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TypeVar
from weakref import WeakSet

from checkout.network.connection import Connection
from checkout.network.errors import (
    MalformedMessage,
    NetworkBusy,
    NetworkCircuitOpen,
    NetworkReferenceInUse,
    NetworkTimeout,
    NetworkUnavailable,
)
from checkout.network.in_flight import Answer, NotSent
from checkout.network.iso8583 import Message
from checkout.network.messages import (
    advice_message,
    advice_result,
    authorisation_message,
    authorisation_result,
    correlation_key,
)
from checkout.network.meter import meter
from checkout.network.pool import Pool
from checkout.network.profiles import SANDBOX, Profile
from checkout.network.types import AdviceRequest, AdviceResult, AuthorisationRequest, AuthorisationResult

ECHO_AFTER_S: Final = 30.0  # below the idle limits of common firewalls
ADVICES_IN_FLIGHT: Final = 256
CONNECTIONS: Final = 2
MAX_IN_FLIGHT: Final = 256
ROOM_WAIT_S: Final = 0.5  # a burst passes within it; a host that fell behind does not
SEND_ATTEMPTS: Final = 2  # a connection may turn out dead at the first send after a host's restart

Sent = TypeVar("Sent")
AdviceOutcome = AdviceResult | NetworkTimeout | NetworkUnavailable


class HostClient:
    """Asks one host and waits for its answers, from any thread."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout_s: float = 8.0,
        echo_after_s: float = ECHO_AFTER_S,
        profile: Profile = SANDBOX,
        connections: int = CONNECTIONS,
        max_in_flight: int = MAX_IN_FLIGHT,
    ) -> None:
        self._timeout_s, self._profile, self._max_in_flight = timeout_s, profile, max_in_flight
        self._room = threading.BoundedSemaphore(max_in_flight)
        self.pool = Pool(host, port, size=connections, timeout_s=timeout_s, echo_after_s=echo_after_s)
        _clients.add(self)

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResult:
        """Ask the issuer. NetworkTimeout: unknown, reverse it. NetworkUnavailable: nothing was charged."""
        started = time.monotonic()
        try:
            result = self._authorise(request)
        except (NetworkTimeout, NetworkUnavailable, NetworkReferenceInUse) as trouble:
            meter.note("authorisation", _named(trouble), time.monotonic() - started)
            raise
        outcome = "issuer_away" if result.is_issuer_away else result.outcome
        meter.note("authorisation", outcome, time.monotonic() - started)
        return result

    def send_advice(self, request: AdviceRequest) -> AdviceResult:
        """Tell the host what has been decided. Safe to repeat with the same reference and repeat=True."""
        [outcome] = self.send_many([request])
        if isinstance(outcome, AdviceResult):
            return outcome
        raise outcome

    def send_many(self, requests: Sequence[AdviceRequest]) -> list[AdviceOutcome]:
        """Send a batch of advices without waiting in between; what happened to each, in the same order.

        Network troubles are not raised: a NetworkTimeout or NetworkUnavailable stands in an advice's place. Advices have
        room of their own, so that a long outbox takes none from sales.
        """
        outcomes: list[AdviceOutcome] = []
        for start in range(0, len(requests), ADVICES_IN_FLIGHT):
            outcomes += self._send_window(requests[start : start + ADVICES_IN_FLIGHT])
        return outcomes

    def echo(self) -> bool:
        """Whether the host answers."""
        try:
            return self._send(lambda connection: connection.echo()).result(self._timeout_s)["39"] == "00"
        except (NetworkTimeout, NetworkUnavailable, TimeoutError):
            return False

    def close(self) -> None:
        """Sign off; the next question opens a new connection."""
        self.pool.close()

    def _authorise(self, request: AuthorisationRequest) -> AuthorisationResult:
        answer = self._ask(authorisation_message(request, self._profile))
        try:
            return authorisation_result(request, answer, self._profile)
        except MalformedMessage as refused:
            raise NetworkTimeout(f"The card network's answer cannot be trusted: {refused}.") from None

    def _ask(self, message: Message) -> Message:
        with self._in_room():
            [answer] = self._send(lambda connection: connection.send([message]))
            return self._wait(answer, message, time.monotonic() + self._timeout_s)

    @contextmanager
    def _in_room(self) -> Iterator[None]:
        """Hold one of the places in flight. Who gets none within a moment is told, rather than made to wait out a slow host."""
        if not self._room.acquire(timeout=ROOM_WAIT_S):
            raise NetworkBusy(f"{self._max_in_flight} questions wait for the card network already. Nothing was charged.")
        try:
            yield
        finally:
            self._room.release()

    def _send(self, send: Callable[[Connection], Sent]) -> Sent:
        """Hand something to a live connection; a dead one is replaced once, as nothing has left by then."""
        for _ in range(SEND_ATTEMPTS):
            with suppress(NotSent):
                return send(self.pool.pick())
        raise NetworkUnavailable("The card network closed the connection. Nothing was charged.")

    def _wait(self, answer: Answer, message: Message, until: float) -> Message:
        try:
            return answer.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            if not self.pool.in_flight.give_up(correlation_key(message)):
                return answer.result()  # it came at this very moment
            self._probe()
            raise NetworkTimeout("The card network did not answer in time.") from None

    def _probe(self) -> None:
        """Find out whether the host is still there: silence may mean a dead line."""
        for connection in self.pool.connections:
            with suppress(NotSent):  # then the line is gone, and the next question opens another
                connection.echo()

    def _send_window(self, requests: Sequence[AdviceRequest]) -> list[AdviceOutcome]:
        started = time.monotonic()
        outcomes = list(self._window_outcomes(requests))
        for request, outcome in zip(requests, outcomes, strict=True):
            meter.note(request.kind, _named(outcome), time.monotonic() - started)
        return outcomes

    def _window_outcomes(self, requests: Sequence[AdviceRequest]) -> Iterator[AdviceOutcome]:
        messages = [advice_message(request) for request in requests]
        try:
            answers = self._send(lambda connection: connection.send(messages))
        except NetworkUnavailable as unavailable:
            yield from [unavailable] * len(requests)
            return
        until = time.monotonic() + self._timeout_s
        for answer, message in zip(answers, messages, strict=True):
            try:
                yield advice_result(self._wait(answer, message, until))
            except NetworkTimeout as timeout:
                yield timeout

    def forget_parent(self) -> None:
        """Called in a forked child, which has one thread at that moment."""
        self._room = threading.BoundedSemaphore(self._max_in_flight)
        self.pool.forget_parent()


def _named(outcome: object) -> str:
    """An outcome's name among the figures."""
    match outcome:
        case AdviceResult():
            return "acknowledged" if outcome.acknowledged else "refused"
        case NetworkTimeout():
            return "timeout"
        case NetworkBusy():
            return "busy"
        case NetworkCircuitOpen():
            return "circuit_open"
        case _:
            return "unavailable"


_clients: WeakSet[HostClient] = WeakSet()


def _stands() -> dict[str, int]:
    pools = [client.pool for client in list(_clients)]
    return {
        "in_flight": sum(pool.in_flight.total for pool in pools),
        "connections": sum(len(pool.connections) for pool in pools),
        "circuit_open": int(any(pool.breaker.is_open for pool in pools)),
    }


def _forget_parent() -> None:
    """The parent's threads may have held locks, and its sockets are shared: the child keeps neither."""
    for client in _clients:
        client.forget_parent()


def _sign_off() -> None:
    for client in list(_clients):
        client.close()


meter.stands = _stands
os.register_at_fork(after_in_child=_forget_parent)
atexit.register(_sign_off)
