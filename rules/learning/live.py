"""Which rankers this process serves: the pointer is looked at every few seconds, a file is loaded once.

A ranker that cannot be loaded leaves feeds in plain order; it never stops one.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from rules.learning import files
from rules.learning.errors import ModelUnreadable
from rules.learning.ranker import Ranker, from_bytes
from rules.models import LearnedModel, LearnedPointer

logger = logging.getLogger(__name__)
RETRY_BROKEN_S: Final = 30.0  # a file may be brought back


@dataclass(frozen=True, slots=True)
class Serving:
    """A ranker with the row that it came from."""

    row: LearnedModel
    ranker: Ranker


@dataclass(frozen=True, slots=True)
class Office:
    live: Serving | None = None
    shadow: Serving | None = None


class Watcher:
    """One for each process, asked by any thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._office = Office()
        self._number = -1
        self._looked_at = self._failed_at = float("-inf")

    def office(self) -> Office:
        """What is in office. At most one query in RULES_RANKER_POLL_S; whoever comes while another looks takes the last answer."""
        now = time.monotonic()
        is_fresh = now - self._looked_at < settings.RULES_RANKER_POLL_S
        if not is_fresh and self._mutex.acquire(blocking=self._number < 0):
            try:
                self._looked_at = now
                self._look(now)
            finally:
                self._mutex.release()
        return self._office

    def _look(self, now: float) -> None:
        pointer = LearnedPointer.objects.select_related("live", "shadow").filter(key="relevance").first()
        number = pointer.number if pointer else 0
        is_due = self._failed_at > float("-inf") and now - self._failed_at > RETRY_BROKEN_S
        if number == self._number and not is_due:
            return
        self._failed_at = float("-inf")
        known = {one.row.sha256: one for one in (self._office.live, self._office.shadow) if one}
        self._office = Office(
            self._serving(pointer.live if pointer else None, known, now),
            self._serving(pointer.shadow if pointer else None, known, now),
        )
        self._number = number

    def _serving(self, row: LearnedModel | None, known: dict[str, Serving], now: float) -> Serving | None:
        if row is None or row.sha256 in known:
            return known[row.sha256] if row else None
        try:
            return Serving(row, from_bytes(files.read(row.sha256)))
        except ModelUnreadable as error:
            self._failed_at = now
            logger.error("%s is not served, feeds keep the plain order: %s", row, error)
            return None


_watcher = Watcher()


def office() -> Office:
    """The rankers that this process serves now."""
    return _watcher.office()
