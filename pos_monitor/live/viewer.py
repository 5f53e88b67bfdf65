"""One browser: what it asked for, what it has, and what waits for it.

What waits is bounded whatever the browser does. Of cells it is a version, not frames: however long a slow phone takes, the next frame brings all
that changed meanwhile, once. Of everything that is whole (counts, tables) only the newest waits.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from pos_monitor.live.admission import Seat
from pos_monitor.live.protocol import ACK_EVERY_MS, Look, Reload, encode
from pos_monitor.live.scoped import ScopedFrames

Send = Callable[[str | bytes], Awaitable[None]]
UNANSWERED_S: Final = 4 * ACK_EVERY_MS / 1000  # a browser that has not drawn for so long has enough to do with what it got
MOST_PATCHES: Final = 20
MOST_REPORTS: Final = 50


class Viewer:
    """send: writes one frame and returns when the socket has room again."""

    def __init__(self, send: Send, seat: Seat, session_key: str, *, is_wall: bool, frames: ScopedFrames) -> None:
        self._send, self.seat, self.session_key, self.is_wall, self.frames = send, seat, session_key, is_wall, frames
        self.look = Look()
        self.focus: frozenset[int] = frozenset()
        self.version = -1  # of the cells that were sent last; -1: none, so the next frame is whole
        self.sent: Counter = Counter()
        self._asks_cells = False
        self._newest: dict[str, str] = {}
        self._patches: deque[str] = deque()
        self._reports: deque[str] = deque(maxlen=MOST_REPORTS)
        self._unanswered: deque[tuple[int, float]] = deque()
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    def begin(self, look: Look) -> None:
        """The page shows something else now."""
        had = self.look.wants
        self.look = look
        if "cells" in look.wants and "cells" not in had:
            self.version = -1
            self._unanswered.clear()

    def offer(self, kind: str, text: str) -> None:
        """Something whole, in place of what waited of its kind."""
        self._newest[kind] = text
        self._wake.set()

    def offer_cells(self) -> None:
        if "cells" in self.look.wants:
            self._asks_cells = True
            self._wake.set()

    def patch(self, text: str, revision: int) -> None:
        """A change of the list of terminals; when too many wait, the browser is told to fetch it anew instead."""
        if len(self._patches) >= MOST_PATCHES:
            self._patches.clear()
            text = encode(Reload(revision=revision)).decode()
        self._patches.append(text)
        self._wake.set()

    def report(self, text: str) -> None:
        self._reports.append(text)
        self._wake.set()

    def answered(self, version: int) -> None:
        """The browser has drawn this version, and with it all before."""
        while self._unanswered and self._unanswered[0][0] <= version:
            self._unanswered.popleft()
        self._wake.set()

    def end(self, code: int, sentence: str) -> None:
        self._closing = self._closing or (code, sentence)
        self._wake.set()

    async def run(self) -> tuple[int, str]:
        """Send until `end`; returns why. Whoever cannot send any more ends it by an exception."""
        while self._closing is None:
            await self._wake.wait()
            self._wake.clear()
            await self._send_waiting()
        return self._closing

    async def _send_waiting(self) -> None:
        if self._asks_cells and self._may_send_cells():
            self._asks_cells = False
            frame = self.frames.since(self.version)
            if frame is not None:
                self.version = self.frames.version
                self._unanswered.append((self.version, time.monotonic()))
                await self._put(frame)
        for queue in (self._patches, self._reports):
            while queue and self._closing is None:
                await self._put(queue.popleft())
        for kind in list(self._newest):
            if self._closing is None:
                await self._put(self._newest.pop(kind))

    def _may_send_cells(self) -> bool:
        return not self._unanswered or time.monotonic() - self._unanswered[0][1] < UNANSWERED_S

    async def _put(self, message: str | bytes) -> None:
        self.sent.frames += 1
        self.sent.bytes += len(message)
        await self._send(message)


class Counter(msgspec.Struct):
    """What was sent to one viewer."""

    frames: int = 0
    bytes: int = 0


def text_of(message: Any) -> str:
    """A Struct of the protocol as it goes over the wire; encoded once for all viewers."""
    return encode(message).decode()
