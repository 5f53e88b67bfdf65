"""Acknowledgements over MQTT: some at a time for each terminal, because each is a message that the broker must carry.

A terminal that reports every ten seconds hears of three reports at once. It keeps them a little longer for it, and that is all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Final

from pos_monitor.receiving.buffer import Name
from pos_monitor.receiving.mqtt_packets import publish

TOGETHER: Final = 3  # reports
WITHIN_S: Final = 25.0  # of the first of them
LOOK_S: Final = 1.0


class Waiting:
    """What one terminal is still to hear. An Owner."""

    __slots__ = ("acks", "down", "names", "since")

    def __init__(self, acks: Acks, down: bytes) -> None:
        self.acks, self.down, self.names, self.since = acks, down, list[Name](), 0.0

    def stored(self, names: list[Name]) -> None:
        if not self.names:
            self.since = time.monotonic()
            self.acks.due[self.down] = self
        self.names += names
        if len(self.names) >= TOGETHER:
            self.tell()

    def tell(self) -> None:
        names, self.names = self.names, []
        del self.acks.due[self.down]
        for boot, first, last in runs(names):
            self.acks.send(publish(self.down, b'{"ack":{"boot":%d,"seq":%d,"from":%d}}' % (boot, last, first)))


class Acks:
    """Of all terminals. send: takes a packet for the broker."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.send = send
        self.due: dict[bytes, Waiting] = {}  # by topic; who waits longest comes first
        self._all: dict[bytes, Waiting] = {}

    def of(self, down: bytes) -> Waiting:
        """Whoever hears that reports of this terminal are stored."""
        return self._all.get(down) or self._all.setdefault(down, Waiting(self, down))

    def send_all(self) -> None:
        for waiting in list(self.due.values()):
            waiting.tell()

    async def run(self) -> None:
        """Tell those that have waited long enough, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            latest = time.monotonic() - WITHIN_S
            for waiting in list(self.due.values()):
                if waiting.since > latest:
                    break
                waiting.tell()


def runs(names: list[Name]) -> Iterator[tuple[int, int, int]]:
    """boot, first and last seq of each run of reports without a gap, whatever their order."""
    ordered = sorted(set(names))
    boot, first = ordered[0]
    last = first
    for other, seq in ordered[1:]:
        if other == boot and seq == last + 1:
            last = seq
        else:
            yield boot, first, last
            boot, first, last = other, seq, seq
    yield boot, first, last
