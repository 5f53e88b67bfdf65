"""Frames on the wire: a two-byte big-endian length, then that many bytes of message."""

from __future__ import annotations

from typing import Final

from checkout.network.errors import MalformedMessage

LENGTH_BYTES: Final = 2
MAX_FRAME_BYTES: Final = 2048  # our longest message is under 600 bytes; more is a peer that speaks something else
MIN_FRAME_BYTES: Final = 20  # message type and bitmap


def frame(message: bytes) -> bytes:
    """The message with its length in front."""
    if not MIN_FRAME_BYTES <= len(message) <= MAX_FRAME_BYTES:
        raise MalformedMessage(f"a message has {MIN_FRAME_BYTES} to {MAX_FRAME_BYTES} bytes, this one has {len(message)}")
    return len(message).to_bytes(LENGTH_BYTES, "big") + message


class FrameBuffer:
    """Collects bytes as they arrive and gives back whole messages."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Every message completed by `data`. A length outside the limits raises: the stream is lost."""
        self._pending += data
        messages: list[bytes] = []
        start, available = 0, len(self._pending)
        while available - start >= LENGTH_BYTES:
            length = int.from_bytes(self._pending[start : start + LENGTH_BYTES], "big")
            if not MIN_FRAME_BYTES <= length <= MAX_FRAME_BYTES:
                raise MalformedMessage(f"a frame of {length} bytes was announced")
            end = start + LENGTH_BYTES + length
            if end > available:
                break
            messages.append(bytes(self._pending[start + LENGTH_BYTES : end]))
            start = end
        del self._pending[:start]
        return messages
