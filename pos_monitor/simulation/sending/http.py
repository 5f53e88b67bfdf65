"""Reports over HTTP, one POST at a time on a connection that stays open; answers are parsed by the library `httptools`."""

from __future__ import annotations

import json
from collections import deque
from typing import Final

from httptools import HttpResponseParser

from pos_monitor.simulation.sending.answers import hear
from pos_monitor.simulation.sending.line import Heard, Line, Name, Terminal

PATH: Final = "/v1/telemetry"
DEFAULT_PAUSE_S = 2.0


class HttpLine(Line):
    """What is to be sent while an answer is awaited goes together in the next call."""

    def __init__(self, terminal: Terminal, heard: Heard, host: str, port: int) -> None:
        super().__init__(terminal, heard)
        self.head = (
            f"POST {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {terminal.token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self.parser = HttpResponseParser(self)
        self.asked: list[Name] = []
        self.waiting: deque[tuple[Name, bytes]] = deque()
        self.body, self.retry_after_s = b"", DEFAULT_PAUSE_S

    def greet(self) -> None:
        self.has_opened()

    def send(self, reports: list[tuple[Name, bytes]]) -> None:
        self.waiting.extend(reports)
        if not self.asked:
            self._post()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    # httptools calls these.
    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self.retry_after_s = float(value)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        status, names, body = self.parser.get_status_code(), self.asked, self.body
        self.asked, self.body = [], b""
        place = self.terminal.place
        if status in (429, 503):
            self.heard.refused(place, f"http_{status}", [])
            self.heard.kept_back(place, names)
            self.heard.paused(place, self.retry_after_s)
        elif status >= 400:
            self.heard.refused(place, f"http_{status}", names)
        else:
            told = json.loads(body)
            self.heard.acked(place, names)
            hear(self.heard, place, {"faults": told["faults"]}, deque())
        if self.waiting:
            self._post()

    def _post(self) -> None:
        reports = [self.waiting.popleft() for _ in range(len(self.waiting))]
        said = reports[0][1] if len(reports) == 1 else b"[" + b",".join(report for _, report in reports) + b"]"
        self.asked = [name for name, _ in reports]
        self.write(self.head + str(len(said)).encode() + b"\r\n\r\n" + said)
