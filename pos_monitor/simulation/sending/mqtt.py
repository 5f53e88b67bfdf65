"""Reports over MQTT 5, the part that a terminal needs: connect, publish, hear what is sent down.

A library such as paho wants a thread for each client; a fleet has thousands in one process.
"""

from __future__ import annotations

import json
import struct
from collections import deque
from typing import Final

from pos_monitor.simulation.sending.answers import hear
from pos_monitor.simulation.sending.line import Heard, Line, Name, Terminal

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, DISCONNECT = 0x10, 0x20, 0x30, 0x40, 0x82, 0xE0
USER_NAME, PASSWORD, CLEAN_START = 0x80, 0x40, 0x02
KEEP_ALIVE_S: Final = 3600  # reports come far more often
PROPERTIES_NONE: Final = b"\0"


class MqttLine(Line):
    """One client of the broker: speaks on `pos/<id>/up`, listens on `pos/<id>/down`."""

    def __init__(self, terminal: Terminal, heard: Heard, host: str, port: int) -> None:
        super().__init__(terminal, heard)
        self.on_the_wire: deque[Name] = deque()
        self.rest = b""
        self.up, self.down = _text(f"pos/{terminal.public_id}/up"), _text(f"pos/{terminal.public_id}/down")

    def greet(self) -> None:
        who, token = _text(self.terminal.public_id), _text(self.terminal.token)
        flags = USER_NAME | PASSWORD | CLEAN_START
        head = _text("MQTT") + struct.pack(">BBH", 5, flags, KEEP_ALIVE_S) + PROPERTIES_NONE
        self.write(_packet(CONNECT, head + who + who + token))

    def send(self, reports: list[tuple[Name, bytes]]) -> None:
        said = reports[0][1] if len(reports) == 1 else b"[" + b",".join(report for _, report in reports) + b"]"
        self.on_the_wire.extend(name for name, _ in reports)
        self.write(
            _packet(PUBLISH, self.up + PROPERTIES_NONE + said)
        )  # the platform’s own acknowledgement counts, not the broker’s

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while (found := _split(self.rest)) is not None:
            kind, body, self.rest = found
            self._packet_came(kind, body)

    def close(self) -> None:
        self.write(_packet(DISCONNECT, b""))
        super().close()

    def _packet_came(self, kind: int, body: bytes) -> None:
        if kind & 0xF0 == CONNACK and body[1]:
            self.heard.refused(self.terminal.place, f"mqtt_{body[1]}", [])
            self.abort()
        elif kind & 0xF0 == CONNACK:
            self.write(_packet(SUBSCRIBE, struct.pack(">H", 65_535) + PROPERTIES_NONE + self.down + b"\x01"))
            self.has_opened()
        elif kind & 0xF0 == PUBLISH:
            self._told(kind, body)

    def _told(self, kind: int, body: bytes) -> None:
        at = 2 + struct.unpack_from(">H", body)[0]
        if kind & 0x06:
            self.write(_packet(PUBACK, body[at : at + 2]))
            at += 2
        length, used = _length(body[at:]) or (0, 1)
        hear(self.heard, self.terminal.place, json.loads(body[at + used + length :]), self.on_the_wire)


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while True:
        size, seven = divmod(size, 128)
        length += bytes([seven | (0x80 if size else 0)])
        if not size:
            return bytes([kind]) + length + body


def _length(data: bytes) -> tuple[int, int] | None:
    """A length of MQTT at the beginning of `data`, and how many bytes it takes; None while it is not all there."""
    value = 0
    for place, byte in enumerate(data[:4]):
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return value, place + 1
    return None


def _split(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first whole packet, kind and body, and what comes after it."""
    found = _length(data[1:]) if len(data) > 1 else None
    if found is None or len(data) < 1 + found[1] + found[0]:
        return None
    start = 1 + found[1]
    return data[0], data[start : start + found[0]], data[start + found[0] :]
