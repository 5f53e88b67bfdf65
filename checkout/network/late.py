"""Answers that come after their caller gave up: handed to whoever records them, away from the thread that reads the line."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from checkout.network.iso8583 import Message

logger = logging.getLogger(__name__)
KEPT: Final = 1_000
ATTEMPTS: Final = 5
PAUSE_S: Final = 2.0  # between attempts: the database may be away for as long as it restarts


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """One answer nobody waited for. late_by_ms: since its caller gave up; None when this process never asked, or long ago."""

    message_type: str
    stan: str
    rrn: str
    acceptor: str
    terminal: str
    response_code: str
    approved_cents: int
    auth_code: str
    network_reference: str
    late_by_ms: int | None


Record = Callable[[LateAnswer], None]


class LateAnswers:
    """record: what becomes of each; None: it is only logged. One thread per process, started with the first of them."""

    def __init__(self) -> None:
        self.record: Record | None = None
        self.forget_parent()

    def forget_parent(self) -> None:
        """Start afresh, also in a forked child, which has none of its parent's threads."""
        self._queue: queue.Queue[LateAnswer] = queue.Queue(KEPT)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, late: LateAnswer) -> None:
        """Take one over. Never blocks: it is called by the thread that everybody's answers come through."""
        logger.warning(
            "late answer: %s stan=%s rrn=%s code=%s late_by_ms=%s",
            late.message_type, late.stan, late.rrn, late.response_code, late.late_by_ms,
        )  # fmt: skip
        if self.record is None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="network-late-answers", daemon=True)
                self._thread.start()
        try:
            self._queue.put_nowait(late)
        except queue.Full:
            logger.error("late answer not recorded, too many at once: rrn=%s", late.rrn)

    def wait(self) -> None:
        """Until everything taken over is dealt with."""
        self._queue.join()

    def _work(self) -> None:
        while True:
            late = self._queue.get()
            try:
                self._record(late)
            finally:
                self._queue.task_done()

    def _record(self, late: LateAnswer) -> None:
        pause = threading.Event()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self.record is not None:
                    self.record(late)
                return
            except Exception:  # its caller's reversal stands whatever happens here; the next one must get its turn
                logger.exception("late answer rrn=%s not recorded, attempt %s", late.rrn, attempt)
                pause.wait(PAUSE_S)


def late_answer(message: Message, late_by_s: float | None) -> LateAnswer:
    """An answer as it is recorded: what names it and what it says, never a card."""
    is_authorisation = message["t"] == "0110"
    return LateAnswer(
        message_type=message["t"],
        stan=message["11"],
        rrn=message.get("37", ""),
        acceptor=message.get("42", "").rstrip(),
        terminal=message.get("41", ""),
        response_code=message["39"],
        approved_cents=int(message["4"]) if is_authorisation else 0,
        auth_code=message.get("38", ""),
        network_reference=message.get("63", ""),
        late_by_ms=None if late_by_s is None else int(late_by_s * 1000),
    )


late_answers = LateAnswers()
os.register_at_fork(after_in_child=late_answers.forget_parent)
