"""The connections to one host: as many as are useful, up to a number, each signed on; a breaker in front of opening more."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from checkout.network.connection import Connection
from checkout.network.errors import NetworkCircuitOpen, NetworkUnavailable
from checkout.network.in_flight import InFlight
from checkout.network.late import late_answers
from common.breaker import Breaker

logger = logging.getLogger(__name__)
UNREACHABLE: Final = "The card network cannot be reached. Nothing was charged."
SPARE_AGAIN_S: Final = 5.0  # after a further connection could not be opened


class Pool:
    """Up to `size` connections. The first is opened by the first question; others when all of them have something in flight."""

    def __init__(self, host: str, port: int, *, size: int, timeout_s: float, echo_after_s: float) -> None:
        self._host, self._port, self._size = host, port, size
        self._timeout_s, self._echo_after_s = timeout_s, echo_after_s
        self.forget_parent()

    def forget_parent(self) -> None:
        """Start with nothing; called in a forked child too, where locks may be held by threads that are not there."""
        self.in_flight, self.breaker = InFlight(), Breaker()
        self._lock = threading.Lock()
        self._connections: list[Connection] = []
        self._refused_at = self._spare_at = 0.0
        self._is_opening_spare = False

    @property
    def connections(self) -> list[Connection]:
        """Those that something can be sent by."""
        return [connection for connection in self._connections if connection.is_open]

    def pick(self) -> Connection:
        """The connection with the least in flight. Raises NetworkUnavailable, or NetworkCircuitOpen without trying."""
        asked_at = time.monotonic()
        with self._lock:  # threads that come while the first one connects wait here for its connection
            usable = self._connections = self.connections
            if usable:
                best = min(usable, key=lambda connection: connection.in_flight)
                if best.in_flight and len(usable) < self._size:
                    self._want_spare()
                return best
            if self._refused_at >= asked_at:  # or for its failure: they must not each wait out a dead address in turn
                raise NetworkUnavailable(UNREACHABLE)
            if not self.breaker.may_try():
                raise NetworkCircuitOpen(f"{UNREACHABLE} It is tried again in {self.breaker.wait_s:.0f} s.")
            connection = self._open_first()
            self._connections.append(connection)
            return connection

    def close(self) -> None:
        """Sign off everywhere; the next question opens a new connection."""
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.sign_off()

    def _open_first(self) -> Connection:
        try:
            return self._open()
        except OSError as refused:
            logger.warning("network link to %s:%s cannot be opened: %s", self._host, self._port, refused)
            self._refused_at = time.monotonic()
            self.breaker.failed()
            raise NetworkUnavailable(UNREACHABLE) from refused

    def _want_spare(self) -> None:
        """Open a further connection beside: no question waits for it."""
        if self._is_opening_spare or time.monotonic() < self._spare_at:
            return
        self._is_opening_spare = True
        threading.Thread(target=self._open_spare, name="network-link-spare", daemon=True).start()

    def _open_spare(self) -> None:
        opened: list[Connection] = []
        try:
            opened.append(self._open())
        except OSError as refused:
            logger.warning("a further network link cannot be opened: %s", refused)
        with self._lock:
            self._connections += opened
            self._spare_at = time.monotonic() + (0 if opened else SPARE_AGAIN_S)
            self._is_opening_spare = False

    def _open(self) -> Connection:
        return Connection(
            self._host, self._port, timeout_s=self._timeout_s, echo_after_s=self._echo_after_s, in_flight=self.in_flight,
            on_answer=self.breaker.succeeded, on_late=late_answers.put, on_lost=self.breaker.failed,
        )  # fmt: skip
