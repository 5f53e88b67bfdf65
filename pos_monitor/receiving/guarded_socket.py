"""uvicorn's WebSocket protocol, with a small bound on what a socket may say at the terminals' door before it was let in.

`ws_max_size` holds for every socket of a server, and a terminal may say a megabyte at once; a stranger must not make us hold as much.
"""

from __future__ import annotations

from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from pos_monitor.receiving.doors import SOCKET_PATH
from pos_monitor.receiving.websocket import MOST_FIRST_FRAME

DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
MOST_PARTS: Final = 1_000  # of one message: empty ones take memory, and no bound on bytes sees them


class _Words(ServerProtocol):
    """Takes no more than MOST_FIRST_FRAME until `trust`, or until the first message is whole: the door then reads no other before it knows the token."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._most = self.max_message_size
        self.max_message_size = MOST_FIRST_FRAME
        self._parts = 0

    def trust(self) -> None:
        self.max_message_size = self._most

    def recv_frame(self, frame: Frame) -> None:
        super().recv_frame(frame)
        if frame.opcode not in DATA:
            return
        self._parts = 0 if frame.fin else self._parts + 1
        if self._parts > MOST_PARTS:
            raise ProtocolError("a message in too many parts")
        if frame.fin:
            self.trust()


class GuardedSocket(WebSocketsSansIOProtocol):
    """For uvicorn's `ws`."""

    conn: _Words

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conn = _Words(extensions=self.conn.available_extensions, max_size=self.config.ws_max_size, logger=self.conn.logger)

    def handle_connect(self, event: Request) -> None:
        if event.path.partition("?")[0] != SOCKET_PATH:
            self.conn.trust()  # other doors bound what they hear themselves
        super().handle_connect(event)

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.accept" and any(name == b"authorization" for name, _ in self.scope["headers"]):
            self.conn.trust()  # the door has looked at it before it opened
        await super().send(message)
