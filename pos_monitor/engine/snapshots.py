"""When an engine writes its memory down, and which entries of the stream may go after that."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from pos_monitor.engine import snapshot
from pos_monitor.engine.figures import Figures
from pos_monitor.engine.memory import Memory
from pos_monitor.engine.progress import FIRST

logger = logging.getLogger(__name__)

EVERY_S: Final = 20.0
EVERY_REPORTS: Final = 300_000  # or sooner, so that reading them again takes about two seconds


class Snapshots:
    """Copies the memory between two ticks and compresses the copy in a thread; it is stored with one of the batches that follow.

    The stream keeps what came after the last snapshot *but one*: commits do not wait for the disk, and a database that lost its last
    moments may have lost a snapshot with them.
    """

    def __init__(self, kept_to: str, figures: Figures) -> None:
        self._figures = figures
        self.trim_to = FIRST  # entries before this one may go
        self._kept_to = kept_to
        self._taken_at = time.monotonic()
        self._reports = 0
        self._making: tuple[Future[bytes], str] | None = None
        self._desk = snapshot.Desk()
        self._thread = ThreadPoolExecutor(1, "snapshot")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def hurry(self) -> None:
        """Take one after the next batch."""
        self._reports = EVERY_REPORTS

    def age_s(self) -> float:
        return time.monotonic() - self._taken_at

    def stored(self, memory: Memory, reports: int, stored_to: str) -> None:
        """A batch is stored, and memory says no more than what is: begin a snapshot if one is due."""
        self._reports += reports
        is_due = self._reports >= EVERY_REPORTS or (self._reports > 0 and self.age_s() >= EVERY_S)
        if is_due and self._making is None:
            self._making = self._thread.submit(snapshot.dump(memory, self._desk)), stored_to
            self._reports, self._taken_at = 0, time.monotonic()

    def made(self) -> tuple[bytes, str] | None:
        """A snapshot that waits to be stored, with the entry after which it was taken. Asked again until `kept`."""
        if self._making is None or not self._making[0].done():
            return None
        try:
            return self._making[0].result(), self._making[1]
        except Exception:  # the next one may be better; meanwhile the stream keeps more
            logger.exception("a snapshot could not be made")
            self._figures.stumbled("snapshot")
            self._making = None
            return None

    def kept(self, stream_id: str) -> None:
        """This one is stored."""
        self.trim_to, self._kept_to = self._kept_to, stream_id
        if self._making is not None and self._making[1] == stream_id:
            self._making = None

    def forget(self) -> None:
        """What is being made is not of the truth any more."""
        if self._making is not None:
            self._making[0].exception()  # it uses the desk until it is done
        self._making = None
