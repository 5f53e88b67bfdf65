"""One TCP connection to a host: many threads ask, one thread reads, answers find their question by key.

The connection never comes back to life. Once lost, everything in flight on it fails at once with `NetworkTimeout`,
because the host may have acted on it; the pool opens another. It signs on before anything else and signs off at the end;
when the host signs off, nothing new is sent and what is in flight may still be answered.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from checkout.network import iso8583
from checkout.network.errors import MalformedMessage, NetworkTimeout
from checkout.network.framing import FrameBuffer, frame
from checkout.network.in_flight import Answer, InFlight, NotSent
from checkout.network.iso8583 import Message
from checkout.network.late import LateAnswer, late_answer
from checkout.network.messages import ECHO, SIGN_OFF, SIGN_ON, correlation_key, management_answer, management_message
from checkout.network.responses import APPROVED

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 3.0  # a host that is there accepts, and signs us on, within a round trip
READ_BYTES: Final = 65_536
USER_TIMEOUT: Final = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux only
ASKED_TO: Final = "asked to"


class Connection:
    """An open, signed-on connection. timeout_s bounds a send; after echo_after_s of silence the host is probed.

    Raises OSError when the host cannot be reached or does not sign us on.
    on_answer: called for each answer somebody waited for. on_lost: called once when it ends and nobody had asked it to.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout_s: float,
        echo_after_s: float,
        in_flight: InFlight,
        on_answer: Callable[[], None],
        on_late: Callable[[LateAnswer], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._timeout_s, self._echo_after_s, self._in_flight = timeout_s, echo_after_s, in_flight
        self._on_answer, self._on_late, self._on_lost = on_answer, on_late, on_lost
        self._sending = threading.Lock()  # one frame at a time, and no close in the middle of one
        self._probing = threading.Lock()  # one echo at a time; taken before the other
        self._is_signed_on = self._is_draining = False
        self._echo: Answer | None = None
        self._echo_sent_at = 0.0
        self._heard_at = time.monotonic()
        self._socket = socket.create_connection((host, port), timeout=min(timeout_s, CONNECT_TIMEOUT_S))
        self._tune()
        in_flight.open(self)
        threading.Thread(target=self._read, name=f"network-link-{host}:{port}", daemon=True).start()
        self._sign_on()

    @property
    def is_open(self) -> bool:
        """Can something be sent? No longer once the host has signed off."""
        return self._in_flight.is_open(self) and not self._is_draining

    @property
    def in_flight(self) -> int:
        return self._in_flight.count(self)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """Send the messages back to back and return the answers to come, in the same order.

        Raises NotSent when none of them can have been acted on; with several messages a broken send makes
        their answers fail with NetworkTimeout instead, as the first ones may have left.
        """
        frames = b"".join([frame(iso8583.encode(message)) for message in messages])
        answers = self._in_flight.expect([correlation_key(message) for message in messages], self)
        try:
            self._write(frames)
        except OSError as lost:
            # sendall fails only while bytes are left over: a single frame is incomplete at the other end
            self.close(f"cannot send: {lost}")
            if len(messages) == 1:
                raise NotSent from lost
        return answers

    def echo(self) -> Answer:
        """Ask whether the host is there, unless that question is open already."""
        with self._probing:
            if self._echo is None or self._echo.done():
                self._echo_sent_at = time.monotonic()
                [self._echo] = self.send([self._management(ECHO)])
            return self._echo

    def sign_off(self) -> None:
        """Tell the host that we go, and go. Nobody waits for its answer."""
        with suppress(OSError):
            self._write(frame(iso8583.encode(self._management(SIGN_OFF))))
        self.close(ASKED_TO)

    def close(self, why: str) -> None:
        """Shut the connection and fail whatever waits for an answer on it."""
        abandoned = self._in_flight.abandon(self)
        if abandoned is None:
            return
        logger.info("network link closed: %s; %d in flight", why, len(abandoned))
        with suppress(OSError):  # the other end may have been quicker
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a blocked sender and the reader
        for answer in abandoned:
            answer.set_exception(NetworkTimeout("The link to the card network was lost before the answer came."))
        with self._sending:
            self._socket.close()
        if why != ASKED_TO and self._is_signed_on and not self._is_draining:
            self._on_lost()

    def _sign_on(self) -> None:
        try:
            [answer] = self.send([self._management(SIGN_ON)])
            said = answer.result(min(self._timeout_s, CONNECT_TIMEOUT_S))["39"]
        except (NotSent, NetworkTimeout, TimeoutError) as silence:
            self.close(ASKED_TO)  # the one who opens it tells of the failure
            raise ConnectionError("the host did not sign us on") from silence
        if said != APPROVED:
            self.close(ASKED_TO)
            raise ConnectionRefusedError(f"the host refused to sign us on ({said})")
        self._is_signed_on = True

    def _management(self, code: str) -> Message:
        return management_message(code, self._in_flight.next_number(), datetime.now(UTC))

    def _write(self, frames: bytes) -> None:
        with self._sending:
            self._socket.sendall(frames)

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
        if message["t"] == "0800":
            self._obey(message)
            return
        key = correlation_key(message)
        answer = self._in_flight.take(key)
        if answer is not None:
            if message["t"] != "0810":
                self._on_answer()
            answer.set_result(message)
        elif message["t"] != "0810":
            self._on_late(late_answer(message, self._in_flight.late_by_s(key)))

    def _obey(self, message: Message) -> None:
        """The host asks whether we are there, or says that it goes."""
        self._write(frame(iso8583.encode(management_answer(message))))
        if message["70"] == SIGN_OFF:
            logger.info("the host signed off; %d in flight", self.in_flight)
            self._is_draining = True

    def _tune(self) -> None:
        self._socket.settimeout(self._timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if USER_TIMEOUT is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, int(self._timeout_s * 1000))
