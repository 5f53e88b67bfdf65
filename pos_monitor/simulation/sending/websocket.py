"""Reports over a WebSocket. The words of the protocol are those of the library `websockets`; here is only what goes through."""

from __future__ import annotations

import json
from collections import deque
from typing import Final

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from pos_monitor.simulation.sending.answers import hear
from pos_monitor.simulation.sending.line import Heard, Line, Name, Terminal

PATH: Final = "/ws/terminal/"


class WebSocketLine(Line):
    """Holds one socket to the door of terminals."""

    def __init__(self, terminal: Terminal, heard: Heard, host: str, port: int) -> None:
        super().__init__(terminal, heard)
        self.on_the_wire: deque[Name] = deque()
        self.words = ClientProtocol(parse_uri(f"ws://{host}:{port}{PATH}"), max_size=1_000_000)

    def greet(self) -> None:
        request = self.words.connect()
        request.headers["Authorization"] = f"Bearer {self.terminal.token}"
        self.words.send_request(request)
        self._flush()

    def send(self, reports: list[tuple[Name, bytes]]) -> None:
        said = reports[0][1] if len(reports) == 1 else b"[" + b",".join(report for _, report in reports) + b"]"
        self.on_the_wire.extend(name for name, _ in reports)
        self.words.send_text(said)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self.words.receive_data(data)
        for event in self.words.events_received():
            if isinstance(event, Response):
                self._answered(event)
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                hear(self.heard, self.terminal.place, json.loads(bytes(event.data)), self.on_the_wire)
        self._flush()

    def eof_received(self) -> None:
        self.words.receive_eof()

    def _answered(self, response: Response) -> None:
        if self.words.handshake_exc is None and self.words.state is State.OPEN:
            self.has_opened()
        else:
            self.heard.refused(self.terminal.place, f"handshake_{response.status_code}", [])
            self.close()

    def _flush(self) -> None:
        for data in self.words.data_to_send():
            self.write(data) if data else self.close()
