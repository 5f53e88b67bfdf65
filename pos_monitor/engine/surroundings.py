"""What an engine judges by, and what may change while it runs: the directory of terminals, the rules in force."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

import numpy as np
from django.db import DatabaseError, connection

from common.following import follow
from common.scopes import across_merchants
from pos_monitor.estate.directory import Directory
from pos_monitor.estate.revisions import CHANNEL as ESTATE
from pos_monitor.judging import loading
from pos_monitor.judging.loading import CHANNEL as RULES
from pos_monitor.judging.plan import Plan

logger = logging.getLogger(__name__)
LOOK_S: Final = 2.0  # how often who was not told looks
REASON: Final = "terminals of all merchants are judged by one engine"


class Surroundings:
    """Looked at by the engine's own thread, between two batches, so that nothing changes under its hands. shard: None for all."""

    def __init__(self, shard: int | None) -> None:
        self.shard = shard
        self.directory = Directory()
        self._may_be_stale = threading.Event()
        self._over: list[threading.Event] = []
        self._in_force: loading.InForce | None = None
        self._plan: Plan | None = None
        self._refreshed_at = 0.0

    def follow(self) -> None:
        """Hear from here on when something is another."""
        self._over = [follow(channel=name, look=self._may_be_stale.set, pause_s=LOOK_S) for name in (ESTATE, RULES)]

    def stop(self) -> None:
        for over in self._over:
            over.set()

    @property
    def plan(self) -> Plan:
        assert self._plan is not None, "look first"
        return self._plan

    def look(self, *, at_once: bool = False) -> bool:
        """Read what changed; is there another plan? While the database does not answer, what is known holds on, except at the first look."""
        if not (at_once or self._plan is None or self._may_be_stale.is_set()):
            return False
        self._may_be_stale.clear()
        try:
            return self._read()
        except DatabaseError as error:
            connection.close()
            if self._plan is None:
                raise
            logger.warning("what is in force cannot be read, what is known holds on: %s", error)
            return False

    def look_for_newcomers(self) -> bool:
        """Somebody reports whom the directory does not know: read it now, but not for every batch. Is there another plan?"""
        return time.monotonic() - self._refreshed_at > LOOK_S / 4 and self.look(at_once=True)

    def _read(self) -> bool:
        with across_merchants(REASON):
            changed = self.directory.refresh()
        self._refreshed_at = time.monotonic()
        in_force = loading.read()
        is_same = self._in_force is not None and in_force.mark == self._in_force.mark
        if self._plan is not None and is_same and not len(changed):
            return False
        plan = loading.plan_of(in_force, self.directory, self.shard)
        if self._plan is not None and is_same and _is_same_fleet(plan, self._plan):
            return False
        self._in_force, self._plan = in_force, plan
        return True


def _is_same_fleet(one: Plan, other: Plan) -> bool:
    """Terminals differ at most in what judging does not look at."""
    return all(
        len(column) == len(vars(other.fleet)[name])
        and np.array_equal(column, vars(other.fleet)[name], equal_nan=column.dtype.kind == "f")
        for name, column in vars(one.fleet).items()
        if isinstance(column, np.ndarray)
    )
