"""MQTT 5 as far as the bridge speaks it: five packets out, four in. OASIS “MQTT Version 5.0”, chapters 2 and 3.

A client library costs 28 µs for each message (paho) or 56 (aiomqtt), this 4; at 5,000 reports a second that is the difference between a tenth
of a core and more than the whole platform may have (docs/adr/0028).
"""

from __future__ import annotations

import struct
from typing import Final

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 13, 14  # upper half of the first byte
PING: Final = b"\xc0\x00"
GOODBYE: Final = b"\xe0\x00"
MOST_IN_FLIGHT: Final = 65_535
AT_MOST_ONCE: Final = 0


class Malformed(Exception):
    """Not MQTT 5, or not what this client asked for."""


def connect(*, client_id: str, user: str, password: str, keep_alive_s: int) -> bytes:
    """CONNECT, beginning anew: what came while we were away is sent again by the terminals, who had no acknowledgement."""
    properties = b"\x21" + struct.pack(">H", MOST_IN_FLIGHT)
    flags = 0x80 | 0x40 | 0x02  # user name, password, clean start
    head = _text("MQTT") + bytes((5, flags)) + struct.pack(">H", keep_alive_s) + _length(len(properties)) + properties
    return _packet(0x10, head + _text(client_id) + _text(user) + _text(password))


def subscribe(topic: str, packet_id: int = 1) -> bytes:
    return _packet(0x82, struct.pack(">H", packet_id) + b"\x00" + _text(topic) + bytes((AT_MOST_ONCE,)))


def publish(topic: bytes, body: bytes) -> bytes:
    """PUBLISH, at most once: what is told is told again until somebody acts on it. topic: with its length before it (`topic_field`)."""
    return b"\x30" + _length(len(topic) + 1 + len(body)) + topic + b"\x00" + body


def topic_field(topic: str) -> bytes:
    return _text(topic)


def split(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the body of the packet at `at` begins and ends; None while it is not all there."""
    size, shift, head = 0, 0, at + 1
    while head < len(data):
        byte = data[head]
        size |= (byte & 0x7F) << shift
        head += 1
        if not byte & 0x80:
            return (head, head + size) if head + size <= len(data) else None
        shift += 7
        if shift > 21:
            raise Malformed("a length of more than four bytes")
    return None


def read_publish(data: bytes, kind: int, start: int, end: int) -> tuple[bytes, bytes]:
    """Topic and body of the PUBLISH in data[start:end]; kind: its first byte. Its properties, if it has any, are passed over."""
    topic_end = start + 2 + (data[start] << 8 | data[start + 1])
    at = topic_end + (2 if kind & 0x06 else 0)  # a packet id
    size, shift = 0, 0
    while True:
        byte = data[at]
        size |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return data[start + 2 : topic_end], data[at + size : end]
        shift += 7


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2) + raw


def _length(size: int) -> bytes:
    if size < 128:
        return bytes((size,))
    found = bytearray()
    while True:
        size, seven = divmod(size, 128)
        found.append(seven | (0x80 if size else 0))
        if not size:
            return bytes(found)


def _packet(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _length(len(body)) + body
