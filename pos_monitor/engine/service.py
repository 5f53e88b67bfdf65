"""An engine's life: stand by until the shard is free, serve it shift by shift, leave when told."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

import psycopg
import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from pos_monitor.engine import intake, progress, storing
from pos_monitor.engine.committing import Stopped
from pos_monitor.engine.figures import Figures
from pos_monitor.engine.progress import FIRST, Displaced, WrongShards
from pos_monitor.engine.screens import Answers
from pos_monitor.engine.shift import Poisoned, Shift
from pos_monitor.engine.surroundings import Surroundings
from pos_monitor.engine.upkeep import Upkeep

logger = logging.getLogger(__name__)
PAUSE_S: Final = 0.5  # after a shift that ended badly
MOST_STUMBLES: Final = (
    3  # one after the other, of what nobody expected: then this process ends, and its supervisor starts it anew
)
STEADY_S: Final = 60.0  # a shift that lived so long was well


# What passes by itself, or means that another engine is right.
PASSING: Final = (
    Displaced, psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError, redis.RedisError,
)  # fmt: skip


class Engine:
    """One process's engine of one shard. `results` takes what terminals answered to commands, in the transaction of their reports."""

    def __init__(self, shard: int, *, results: storing.Results | None = None, tick_s: float | None = None) -> None:
        self.shard, self._results = shard, results
        self._tick_s = tick_s or settings.TELEMETRY_TICK_S
        self._over = threading.Event()
        self._singly_to = FIRST
        self._stumbles = 0
        self.figures = Figures(shard)

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        """Serve until `stop`. Raises only what no new beginning mends: the process ends with an error, and another one serves the shard."""
        around, answers, upkeep = Surroundings(self.shard), Answers(self.shard), Upkeep()
        self._prepare(around)
        for helper in (answers, upkeep):
            helper.start()
        try:
            while not self._over.is_set():
                self._serve(around, answers, upkeep)
        finally:
            around.stop()
            for helper in (answers, upkeep):
                helper.stop()

    def _prepare(self, around: Surroundings) -> None:
        """Read the directory while another engine still serves, so that taking over is quick."""
        while not self._over.is_set():
            try:
                around.look()
            except DatabaseError as error:
                logger.warning("no database yet: %s", error)
                self._over.wait(PAUSE_S)
            else:
                around.follow()
                return

    def _stand_by(self, around: Surroundings, streams: redis.Redis) -> None:
        """Keep what is needed at once as it is now, and tell that somebody stands here."""
        around.look()
        self.figures.say(streams)

    def _serve(self, around: Surroundings, answers: Answers, upkeep: Upkeep) -> None:
        self.figures.is_serving = False
        with intake.client() as streams:
            connection = progress.hold(
                self.shard, is_over=self._over.is_set, meanwhile=lambda: self._stand_by(around, streams)
            )  # fmt: skip
        if connection is None:
            return
        shift, started = None, time.monotonic()
        try:
            progress.refuse_other_shards(connection)
            around.look(at_once=True)
            shift = Shift(
                self.shard, connection, around, results=self._results, is_over=self._over.is_set, singly_to=self._singly_to,
                figures=self.figures,
            )  # fmt: skip
            self.figures.begin(time.monotonic() - started)
            logger.info("serving shard %s; what was known is back after %.1f s", self.shard, self.figures.back_seconds)
            answers.serving, upkeep.memory = (shift.memory, shift.screens), shift.memory
            self._tick(shift)
        except Stopped:
            pass
        except WrongShards:
            raise
        except Poisoned as error:
            self._singly_to = error.up_to
            logger.error("%s: beginning again, entry by entry", error)
        except PASSING as error:
            logger.warning("shard %s is let go: %s", self.shard, error)
            self._over.wait(PAUSE_S)
        except Exception as error:
            self._stumble(error, lived_s=time.monotonic() - started)
        finally:
            answers.serving = upkeep.memory = None
            if shift is not None:
                shift.close()
                shift.committer.connection.close()  # another one, if the database was away
            connection.close()

    def _stumble(self, error: Exception, *, lived_s: float) -> None:
        """What nobody expected: told, counted, and tried again from what is stored; but not for ever."""
        self.figures.stumbled("shift")
        self._stumbles = 1 if lived_s > STEADY_S else self._stumbles + 1
        if self._stumbles >= MOST_STUMBLES:
            logger.error("shard %s cannot be served by this process", self.shard)
            raise error
        logger.error("the engine of shard %s stumbled: beginning again from what is stored", self.shard, exc_info=error)
        self._over.wait(PAUSE_S)

    def _tick(self, shift: Shift) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            is_more = shift.tick()
            due = max(due + self._tick_s, time.monotonic() - self._tick_s)
            if not is_more:
                self._over.wait(max(due - time.monotonic(), 0))
