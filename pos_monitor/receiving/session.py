"""One terminal that holds a socket, whatever carries it: what its frames mean, and what it is told.

Frames up: a report, or a list of reports. Frames down, all JSON objects: `ack` (all that was sent on this socket before and including this report is
stored), `faults`, `pause` (keep what you have, for so many ms), `command`, `error` before the end. A terminal that pays no heed to `pause` is
simply not read, so that the network holds it back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, Protocol

from pos_monitor.estate.tokens import Found
from pos_monitor.receiving.buffer import Name
from pos_monitor.receiving.receiver import Receiver
from pos_monitor.wire.schema import MOST_BYTES, Batch, BodyUnreadable

UNREADABLE_MOST: Final = 20  # frames that are no reports, before the socket is closed: something else speaks here


class Line(Protocol):
    """What carries a session. None of these raises or waits; after `end` they do nothing."""

    def tell(self, text: bytes) -> None: ...
    def stop_reading(self) -> None: ...
    def read_on(self) -> None: ...
    def end(self, code: int, reason: str) -> None: ...


class Session:
    """An Owner of reports. One event loop; no task of its own."""

    __slots__ = ("__weakref__", "_held", "_told", "_unreadable", "found", "has_come", "line", "receiver", "token")

    def __init__(self, receiver: Receiver, found: Found, token: str, line: Line, has_come: Callable[[int], None]) -> None:
        self.receiver, self.found, self.token, self.line = receiver, found, token, line
        self.has_come = has_come  # told at each message, so that what waits for this terminal goes out
        self._held: list[bytes | str] | None = (
            None  # what came while the doors were shut; None: nothing is held, and the socket is read
        )
        self._told: set[str] | None = None  # fields whose flaws it was told of
        self._unreadable = 0

    def message(self, body: bytes | str) -> None:
        """A frame came."""
        if self._held is not None:
            self._held.append(body)
        elif self.receiver.pressure.is_shut:
            self._hold(body)
        else:
            self._take(body)

    def stored(self, names: list[Name]) -> None:
        boot, seq = names[-1]
        self.line.tell(b'{"ack":{"boot":%d,"seq":%d}}' % (boot, seq))

    def gone(self) -> None:
        """The socket has ended. What was held is sent again, for it was not acknowledged."""
        if self._held is not None:
            self.receiver.pressure.forget(self._go_on)
            self._held = []

    def tell(self, frame: dict[str, Any]) -> None:
        self.line.tell(json.dumps(frame, separators=(",", ":")).encode())

    def _take(self, body: bytes | str) -> None:
        receiver = self.receiver
        if len(body) > MOST_BYTES:
            return self._refuse(f"A message of {len(body):,} bytes is too long: send at most {MOST_BYTES:,}.")
        try:
            batch = receiver.read(self.found, body)
        except BodyUnreadable as error:
            self._refuse(str(error))
            wait_s = receiver.is_over(self.found)
            return self._pause_for(wait_s) if wait_s and self._unreadable < UNREADABLE_MOST else None
        wait_s = receiver.wait_s(self.found, batch.weight, is_here=True)
        receiver.hand_over(self.found.shard, batch, self)
        self.has_come(self.found.number)
        if batch.faults:
            self._tell_faults(batch)
        if wait_s:  # it was taken; the next is read once that much is due again
            self._pause_for(wait_s)

    def _refuse(self, why: str) -> None:
        self.receiver.counts.refused += 1
        self._unreadable += 1
        self.tell({"error": {"code": "reports_unreadable", "message": why}})
        if self._unreadable >= UNREADABLE_MOST:
            self.line.end(4400, "no reports")

    def _tell_faults(self, batch: Batch) -> None:
        """Every refusal; a flaw that comes with every report only once."""
        told = self._told = self._told or set()
        news = [fault for fault in batch.faults if fault.is_refused or fault.param not in told]
        told.update(fault.param for fault in news if fault.param and not fault.is_refused)
        if news:
            self.tell({"faults": [fault.told() for fault in news]})

    def _hold(self, body: bytes | str) -> None:
        """Not now: it waits here, and the terminal with it."""
        receiver = self.receiver
        receiver.counts.turned_away += 1
        self._held = [body]
        self.line.stop_reading()
        self.tell({"pause": {"ms": round(receiver.pressure.retry_after_s() * 1000)}})
        receiver.pressure.when_open(self._go_on)

    def _pause_for(self, wait_s: float) -> None:
        self._held = []
        self.line.stop_reading()
        self.tell({"pause": {"ms": round(wait_s * 1000)}})
        asyncio.get_running_loop().call_later(wait_s, self._go_on)

    def _go_on(self) -> None:
        held, self._held = self._held or [], None
        for place, body in enumerate(held):
            self.message(body)
            if self._held is not None:  # shut again, or too fast again
                self._held += held[place + 1 :]
                return
        self.line.read_on()
