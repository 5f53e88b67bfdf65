"""One TCP connection to a host: many threads ask, one thread reads, answers find their question by key.

The connection never comes back to life. Once lost, everything in flight fails at once with `NetworkTimeout`,
because the host may have acted on it and its answers cannot arrive any more; the next caller opens a new one.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Final

from checkout.network import iso8583
from checkout.network.errors import MalformedMessage, NetworkReferenceInUse, NetworkTimeout
from checkout.network.framing import FrameBuffer, frame
from checkout.network.iso8583 import Message
from checkout.network.messages import CorrelationKey, correlation_key, echo_message

logger = logging.getLogger(__name__)

Answer = Future[Message]
CONNECT_TIMEOUT_S: Final = 3.0  # a host that is there accepts within a round trip
READ_BYTES: Final = 65_536
USER_TIMEOUT: Final = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux only


class NotSent(Exception):
    """The bytes were not handed over in full, so the host cannot have acted on them."""


class Connection:
    """An open connection. timeout_s bounds a send; after echo_after_s of silence the host is probed."""

    def __init__(self, host: str, port: int, *, timeout_s: float, echo_after_s: float) -> None:
        self._timeout_s, self._echo_after_s = timeout_s, echo_after_s
        self._state = threading.Lock()  # guards _in_flight and _is_open
        self._sending = threading.Lock()  # one frame at a time, and no close in the middle of one
        self._probing = threading.Lock()  # one echo at a time; taken before the other two
        self._in_flight: dict[CorrelationKey, Answer] = {}
        self._is_open = True
        self._echo: Answer | None = None
        self._echo_sent_at = 0.0
        self._echo_numbers = count(1)
        self._heard_at = time.monotonic()
        self._socket = socket.create_connection((host, port), timeout=min(timeout_s, CONNECT_TIMEOUT_S))
        self._tune()
        threading.Thread(target=self._read, name=f"network-link-{host}:{port}", daemon=True).start()

    @property
    def is_open(self) -> bool:
        return self._is_open

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """Send the messages back to back and return the answers to come, in the same order.

        Raises NotSent when none of them can have been acted on; with several messages a broken send makes
        their answers fail with NetworkTimeout instead, as the first ones may have left.
        """
        frames = b"".join([frame(iso8583.encode(message)) for message in messages])
        answers = self._expect([correlation_key(message) for message in messages])
        try:
            with self._sending:
                self._socket.sendall(frames)
        except OSError as lost:
            # sendall fails only while bytes are left over: a single frame is incomplete at the other end
            self.close(f"cannot send: {lost}")
            if len(messages) == 1:
                raise NotSent from lost
        return answers

    def forget(self, message: Message) -> None:
        """Stop waiting for the answer to `message`; should it come after all, it is logged and dropped."""
        with self._state:
            self._in_flight.pop(correlation_key(message), None)

    def echo(self) -> Answer:
        """Ask whether the host is there, unless that question is open already."""
        with self._probing:
            if self._echo is None or self._echo.done():
                stan = f"{next(self._echo_numbers) % 1_000_000:06d}"
                self._echo_sent_at = time.monotonic()
                [self._echo] = self.send([echo_message(stan, datetime.now(UTC))])
            return self._echo

    def close(self, why: str) -> None:
        """Shut the connection and fail whatever waits for an answer on it."""
        with self._state:
            was_open, self._is_open = self._is_open, False
            abandoned, self._in_flight = list(self._in_flight.values()), {}
        if not was_open:
            return
        logger.info("network link closed: %s; %d in flight", why, len(abandoned))
        with suppress(OSError):  # the other end may have been quicker
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a blocked sender and the reader
        for answer in abandoned:
            answer.set_exception(NetworkTimeout("The link to the card network was lost before the answer came."))
        with self._sending:
            self._socket.close()

    def _expect(self, keys: list[CorrelationKey]) -> list[Answer]:
        """Register the questions before they leave: an answer may be quicker than the sender's next line."""
        answers: dict[CorrelationKey, Answer] = {key: Future() for key in keys}
        with self._state:
            if not self._is_open:
                raise NotSent
            if len(answers) < len(keys) or not answers.keys().isdisjoint(self._in_flight):
                raise NetworkReferenceInUse("This network reference is already waiting for its answer.")
            self._in_flight.update(answers)
        return list(answers.values())

    def _read(self) -> None:
        buffer, why = FrameBuffer(), "the host closed it"
        try:
            while data := self._receive():
                for raw in buffer.feed(data):
                    self._deliver(iso8583.decode(raw))
        except (OSError, MalformedMessage, NotSent) as broken:
            why = str(broken) or type(broken).__name__
        self.close(why)

    def _receive(self) -> bytes:
        """The next bytes; while there are none, the host is probed. Empty when the connection is over."""
        while True:
            try:
                data = self._socket.recv(READ_BYTES)
            except TimeoutError:
                self._probe_if_silent()
                continue
            self._heard_at = time.monotonic()
            return data

    def _probe_if_silent(self) -> None:
        """Called after each timeout_s without a byte; an unanswered echo means nobody is there."""
        now = time.monotonic()
        if self._echo is not None and not self._echo.done():
            if now - self._echo_sent_at >= self._timeout_s:
                raise OSError("the host does not answer an echo")
        elif now - self._heard_at >= self._echo_after_s:
            self.echo()

    def _deliver(self, message: Message) -> None:
        with self._state:
            answer = self._in_flight.pop(correlation_key(message), None)
        if answer is None:
            logger.warning("late answer dropped: %s stan=%s rrn=%s", message["t"], message["11"], message.get("37", ""))
        else:
            answer.set_result(message)

    def _tune(self) -> None:
        self._socket.settimeout(self._timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if USER_TIMEOUT is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, int(self._timeout_s * 1000))
