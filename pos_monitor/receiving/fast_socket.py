"""The terminals' WebSocket in dedicated receivers: the same Session as over ASGI, without a task, a queue and three wake-ups for each report.

uvicorn's protocol and the library `websockets` do everything but read a whole message and carry it to an application: measured, a report and its
acknowledgement cost a third of what they do over ASGI (docs/tills.md). Whoever comes without a known token goes the way over ASGI, which tells them what is wrong.
"""

from __future__ import annotations

from typing import Final

from websockets.http11 import Request

from common.errors import PlatformError
from pos_monitor.estate.tokens import Found
from pos_monitor.receiving.doors import SOCKET_PATH, Doors
from pos_monitor.receiving.frames import Frames
from pos_monitor.receiving.guarded_socket import GuardedSocket
from pos_monitor.receiving.http import bearer
from pos_monitor.receiving.session import Session
from pos_monitor.receiving.websocket import CLOSED_SLOW

MOST_UNSENT_BYTES: Final = 64_000  # that a terminal has not taken: it does not read, and is let go
TEXT: Final = b"\x81"  # a whole message of text in one frame, as a server sends it: not masked


class _Nobody:
    """Stands where an application would listen: an idle socket without a queue and events of its own is a quarter smaller."""

    def put_nowait(self, event: object) -> None: ...
    def set(self) -> None: ...
    def clear(self) -> None: ...


NOBODY: Final = _Nobody()


def fast_socket(doors: Doors) -> type[GuardedSocket]:
    """The protocol class that uvicorn is to use for WebSockets."""

    class TerminalSocket(GuardedSocket):
        """A Line."""

        session: Session | None = None
        reader: Frames

        def handle_connect(self, event: Request) -> None:
            known = _known(doors, event)
            if known is None:
                return super().handle_connect(event)
            self.conn.trust()
            self.request, self.response = event, self.conn.accept(event)
            self.handshake_initiated = self.handshake_complete = True
            self.conn.send_response(self.response)
            self.transport.write(b"".join(self.conn.data_to_send()))
            if self.response.status_code != 101:
                self.close_sent = True
                return self.transport.close()
            self.session, self.reader = doors.open_session(*known, self), Frames()
            self.queue = self.writable = NOBODY  # type: ignore[assignment]
            self.request = self.response = None  # type: ignore[assignment]
            self.start_keepalive()

        def data_received(self, data: bytes) -> None:
            if self.session is None:
                return super().data_received(data)
            for body, is_message in self.reader.read(data):
                if not is_message:
                    super().data_received(body)
                elif not self.close_sent:
                    self.session.message(body)

        def send_receive_event_to_app(self) -> None:
            if self.session is None:
                return super().send_receive_event_to_app()
            body = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
            self.frames = []
            if not self.close_sent:
                self.session.message(bytes(body))

        def connection_lost(self, exc: Exception | None) -> None:
            if self.session is not None:
                doors.close_session(self.session)
            super().connection_lost(exc)

        # A Line, for the session.
        def tell(self, text: bytes) -> None:
            if self.close_sent or self.transport.is_closing():
                return None
            if self.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
                return self.end(CLOSED_SLOW, "does not read")
            length = len(text)
            head = bytes((0x81, length)) if length < 126 else b"\x81\x7e" + length.to_bytes(2) if length < 65_536 else b""
            self.transport.write(head + text if head else TEXT + b"\x7f" + length.to_bytes(8) + text)

        def end(self, code: int, reason: str) -> None:
            if self.close_sent or self.transport.is_closing():
                return
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.transport.resume_reading()  # for the other end's goodbye
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

        def stop_reading(self) -> None:
            self.transport.pause_reading()

        def read_on(self) -> None:
            if not self.transport.is_closing():
                self.transport.resume_reading()

    return TerminalSocket


def _known(doors: Doors, request: Request) -> tuple[Found, str] | None:
    """Whose socket it is, where the token alone says so."""
    if doors.receiver is None or request.path.partition("?")[0] != SOCKET_PATH:
        return None
    headers = {name.lower().encode(): value.encode("latin-1", "replace") for name, value in request.headers.raw_items()}
    try:
        token = bearer(headers)
    except PlatformError:
        return None
    found = doors.receiver.tokens.find(token)
    return (found, token) if found is not None and not found.certificate else None
