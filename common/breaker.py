"""A circuit breaker: after several lost or refused connections in a row, nobody tries for a while.

What counts is the line, not the answer: a silent issuer behind a host that answers echoes opens nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

FAILURES_TO_OPEN: Final = 5
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 5.0  # a try costs one connection, and every second after the host is back costs sales


class Breaker:
    """Closed: everybody may connect. Open: nobody, until the pause is over; then one try, and the pause doubles if it fails."""

    def __init__(
        self,
        *,
        failures_to_open: int = FAILURES_TO_OPEN,
        longest_pause_s: float = LONGEST_PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._failures_to_open, self._longest_pause_s = failures_to_open, longest_pause_s
        self._failures, self._pause_s, self._shut_until = 0, FIRST_PAUSE_S, 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= self._failures_to_open

    @property
    def wait_s(self) -> float:
        """How long nobody may try."""
        return max(0.0, self._shut_until - self._clock()) if self.is_open else 0.0

    def may_try(self) -> bool:
        """May somebody connect now? Where the breaker is open, a yes is for the one who asked."""
        with self._lock:
            if self.wait_s:
                return False
            if self.is_open:
                self._shut_until = self._clock() + self._pause_s
            return True

    def failed(self) -> None:
        """A connection was refused or lost."""
        with self._lock:
            self._failures += 1
            if self.is_open:
                self._shut_until = self._clock() + self._pause_s
                self._pause_s = min(2 * self._pause_s, self._longest_pause_s)

    def succeeded(self) -> None:
        """The host answered a question."""
        if self._failures:
            with self._lock:
                self._failures, self._pause_s, self._shut_until = 0, FIRST_PAUSE_S, 0.0
