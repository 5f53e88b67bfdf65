"""The frames that terminals send all day, taken apart at once: a whole message of text in one masked frame.

What is anything else (ping, close, a message in parts, a frame that breaks the rules) is handed to the library of WebSockets as it came, and it alone
judges it. So that it always meets whole frames, a frame that has not come in full waits here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from websockets.speedups import apply_mask

FIN: Final = 0x80
TEXT_WHOLE: Final = FIN | 1  # no extension
MASKED: Final = 0x80
TWO_BYTES: Final = 126  # what stands for a length in two bytes; 127: in eight
MOST_KEPT: Final = 16_384  # bytes of a frame that has not come in full; each of its pieces is copied anew


class Frames:
    """One socket's."""

    __slots__ = ("_is_theirs", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._is_theirs = False  # from here on all is the library's: a message in parts began, or a long frame that comes slowly

    def read(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        """-> (message, True), or (bytes for the library, False), in their order."""
        if self._is_theirs:
            yield data, False
            return
        data = self._rest + data if self._rest else data
        self._rest, at, end = b"", 0, len(data)
        while at < end:
            until, start = _bounds(data, at, end)
            is_whole = start > 0 and until <= end
            if start and (not data[at] & FIN or (not is_whole and until - start > MOST_KEPT)):
                self._is_theirs = True
                yield data[at:], False
                return
            if not is_whole:
                self._rest = data[at:]
                return
            if data[at] == TEXT_WHOLE and data[at + 1] & MASKED:
                yield apply_mask(data[start:until], data[start - 4 : start]), True
            else:
                yield data[at:until], False
            at = until


def _bounds(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Of the frame that begins at `at`: where it ends, and where what it holds begins; 0, 0 while its head has not come in full."""
    if end - at < 2:
        return 0, 0
    length, start = data[at + 1] & 0x7F, at + 2
    if length >= TWO_BYTES:
        wide = 2 if length == TWO_BYTES else 8
        if end < start + wide:
            return 0, 0
        length, start = int.from_bytes(data[start : start + wide]), start + wide
    start += 4 if data[at + 1] & MASKED else 0
    return start + length, start
