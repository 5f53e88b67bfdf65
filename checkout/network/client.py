"""The acquirer at the other end of a TCP connection, for a web process with many threads.

One connection serves all threads of a process and is opened on first use. A child process made by fork starts
with none, so that two processes never share a socket.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar
from weakref import WeakSet

from checkout.network.connection import Answer, Connection, NotSent
from checkout.network.errors import MalformedMessage, NetworkTimeout, NetworkUnavailable
from checkout.network.iso8583 import Message
from checkout.network.messages import (
    advice_message,
    advice_result,
    authorisation_message,
    authorisation_result,
)
from checkout.network.types import AdviceRequest, AdviceResult, AuthorisationRequest, AuthorisationResult

logger = logging.getLogger(__name__)

ECHO_AFTER_S: Final = 30.0  # below the idle limits of common firewalls
ADVICES_IN_FLIGHT: Final = 256
UNREACHABLE: Final = "The card network cannot be reached. Nothing was charged."
SEND_ATTEMPTS: Final = 2  # a connection may turn out dead at the first send after a host's restart

Sent = TypeVar("Sent")
AdviceOutcome = AdviceResult | NetworkTimeout | NetworkUnavailable


class HostClient:
    """Asks one host and waits for its answers, from any thread."""

    def __init__(self, host: str, port: int, *, timeout_s: float = 8.0, echo_after_s: float = ECHO_AFTER_S) -> None:
        self._host, self._port = host, port
        self._timeout_s, self._echo_after_s = timeout_s, echo_after_s
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._refused_at = 0.0
        _clients.add(self)

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResult:
        """Ask the issuer. NetworkTimeout: unknown, reverse it. NetworkUnavailable: nothing was charged."""
        answer = self._ask(authorisation_message(request))
        try:
            return authorisation_result(request, answer)
        except MalformedMessage as refused:
            raise NetworkTimeout(f"The card network's answer cannot be trusted: {refused}.") from None

    def send_advice(self, request: AdviceRequest) -> AdviceResult:
        """Tell the host what has been decided. Safe to repeat with the same reference and repeat=True."""
        return advice_result(self._ask(advice_message(request)))

    def send_many(self, requests: Sequence[AdviceRequest]) -> list[AdviceOutcome]:
        """Send a batch of advices without waiting in between; what happened to each, in the same order.

        Network troubles are not raised: a NetworkTimeout or NetworkUnavailable stands in an advice's place.
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
        """Drop the connection; the next question opens a new one."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection:
            connection.close("asked to")

    def _ask(self, message: Message) -> Message:
        [answer] = self._send(lambda connection: connection.send([message]))
        return self._wait(answer, message, time.monotonic() + self._timeout_s)

    def _send(self, send: Callable[[Connection], Sent]) -> Sent:
        """Hand something to a live connection; a dead one is replaced once, as nothing has left by then."""
        for _ in range(SEND_ATTEMPTS):
            try:
                return send(self._live_connection())
            except NotSent:
                continue
        raise NetworkUnavailable("The card network closed the connection. Nothing was charged.")

    def _wait(self, answer: Answer, message: Message, until: float) -> Message:
        try:
            return answer.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            self._give_up_on(message)
            raise NetworkTimeout("The card network did not answer in time.") from None

    def _give_up_on(self, message: Message) -> None:
        """Forget the question, and find out whether the host is still there: silence may mean a dead line."""
        connection = self._connection
        if connection is None:
            return
        connection.forget(message)
        with suppress(NotSent):  # then the line is gone, and the next question opens another
            connection.echo()

    def _send_window(self, requests: Sequence[AdviceRequest]) -> list[AdviceOutcome]:
        messages = [advice_message(request) for request in requests]
        try:
            answers = self._send(lambda connection: connection.send(messages))
        except NetworkUnavailable as unavailable:
            return [unavailable] * len(requests)
        until = time.monotonic() + self._timeout_s
        return [self._advice_outcome(*pair, until) for pair in zip(answers, messages, strict=True)]

    def _advice_outcome(self, answer: Answer, message: Message, until: float) -> AdviceOutcome:
        try:
            return advice_result(self._wait(answer, message, until))
        except NetworkTimeout as timeout:
            return timeout

    def _live_connection(self) -> Connection:
        asked_at = time.monotonic()
        with self._lock:  # threads that come while the first one connects wait here for its connection
            if self._connection is not None and self._connection.is_open:
                return self._connection
            if self._refused_at >= asked_at:  # or for its failure: they must not each wait out a dead address in turn
                raise NetworkUnavailable(UNREACHABLE)
            self._connection = self._connect()
            return self._connection

    def _connect(self) -> Connection:
        try:
            return Connection(self._host, self._port, timeout_s=self._timeout_s, echo_after_s=self._echo_after_s)
        except OSError as refused:
            logger.warning("network link to %s:%s cannot be opened: %s", self._host, self._port, refused)
            self._refused_at = time.monotonic()
            raise NetworkUnavailable(UNREACHABLE) from refused

    def forget_parent(self) -> None:
        """Called in a forked child, which has one thread at that moment."""
        self._lock = threading.Lock()
        self._connection = None


_clients: WeakSet[HostClient] = WeakSet()


def _forget_parent() -> None:
    """The parent's threads may have held locks, and its sockets are shared: the child keeps neither."""
    for client in _clients:
        client.forget_parent()


os.register_at_fork(after_in_child=_forget_parent)
