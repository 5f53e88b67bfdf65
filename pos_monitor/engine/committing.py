"""Getting a batch into the database, however the database fares."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from psycopg import Connection

from pos_monitor.engine import progress, storing
from pos_monitor.engine.progress import Displaced
from pos_monitor.engine.storing import Stored, Work

logger = logging.getLogger(__name__)

PAUSE_S: Final = (0.05, 1.0)  # between attempts: first, longest
CAREFUL_AFTER: Final = 5  # failures that look as if the database were away, though its session lives


class Stopped(Exception):
    """We were told to end."""


class Committer:
    """Holds the session that has the shard's lock. stored_to: the shard's place in the database."""

    def __init__(
        self,
        shard: int,
        connection: Connection[Any],
        stored_to: str,
        *,
        results: storing.Results | None,
        is_over: Callable[[], bool],
    ) -> None:
        self.shard, self.connection, self.stored_to = shard, connection, stored_to
        self._results, self._is_over = results, is_over

    def commit(self, work: Work) -> Stored:
        """Store it, now or as soon as the database is back. Raises Displaced where what is stored is not what we think, Stopped."""
        failures, pause_s = 0, PAUSE_S[0]
        while True:
            carefully = failures >= CAREFUL_AFTER
            try:
                stored = storing.store(self.connection, work, self._results, carefully=carefully)
                self.stored_to = work.to
                return stored
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                logger.warning("a batch waits for the database: %s", str(error).strip())
                failures += 1
            except Displaced:
                raise
            except Exception as error:
                logger.exception("a batch is not taken%s", " with care either" if carefully else "; trying part by part")
                if carefully:
                    work = storing.set_aside(work, f"a batch that could not be stored: {error!r}")
                failures += CAREFUL_AFTER
            if work.also:
                raise Displaced("what changed in memory along with it is not stored")
            self._pause(pause_s)
            pause_s = min(pause_s * 2, PAUSE_S[1])
            if self.connection.closed or self.connection.broken:
                self._reconnect(work)
                failures = 0

    def _reconnect(self, work: Work) -> None:
        """Another session with the lock, if nobody was quicker and the shard is where it was. Raises Displaced, Stopped."""
        while True:
            try:
                self.connection = progress.connect()
                if not progress.try_lock(self.connection, self.shard):
                    raise Displaced(f"another engine took shard {self.shard} over")
                found = progress.read(self.connection, self.shard)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self._pause(PAUSE_S[1] / 4)
                continue
            if found.stream_id != work.since:
                raise Displaced(f"shard {self.shard} is at {found.stream_id}, not at {work.since}")
            logger.warning("the database is back")
            return

    def _pause(self, pause_s: float) -> None:
        if self._is_over():
            raise Stopped
        time.sleep(pause_s)
