"""One engine's time as the only writer of a shard, from the moment it has the lock: rebuild what is known, then tick.

A tick takes what came, judges it, commits it, and tells screens. Whatever fails in between, memory and database agree again afterwards: either the
same batch is stored a moment later, or the shift ends and the next one begins from what is stored.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NoReturn

import numpy as np
import psycopg
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from numpy.typing import NDArray
from psycopg import Connection, Cursor

from pos_monitor.engine import gaps, intake, progress, snapshot, storing
from pos_monitor.engine.committing import Committer, Stopped
from pos_monitor.engine.figures import Figures
from pos_monitor.engine.gap_bound import GapBound, bound
from pos_monitor.engine.intake import Batch
from pos_monitor.engine.memory import Step
from pos_monitor.engine.progress import FIRST, Displaced
from pos_monitor.engine.rebuilding import agree_on_alerts, rebuild
from pos_monitor.engine.screens import Screens, Told
from pos_monitor.engine.snapshots import Snapshots
from pos_monitor.engine.storing import Stored, Work
from pos_monitor.engine.surroundings import Surroundings
from pos_monitor.engine.times import Times
from pos_monitor.judging import loading
from pos_monitor.judging.folded import Folded
from pos_monitor.judging.folding import Folder, Labels
from pos_monitor.wire.lag import KEEP_S, Lag, encode, lag_key
from pos_monitor.wire.record import stream_of
from pos_monitor.wire.shards import SHARDS_KEY

logger = logging.getLogger(__name__)

ASTRAY_S: Final = 5.0  # a snapshot for terminals that begin anew comes no oftener
BEAT_S: Final = 2.0  # how often a shard to which nothing comes shows that it is served
AGREE_S: Final = 5.0  # how often alerts that people ended are looked for
MISJUDGED_S: Final = 1.0  # sooner, where judging or storing alerts stumbled
DEAF_MS: Final = 3_000  # so long without Redis, and silence before is nobody's fault
QUIET_MS: Final = 15_000  # nothing from anybody for so long before a shift: nobody listened
LOOK_BACK_S: Final = 1.0  # how often an empty stream is asked whether it began anew


class Poisoned(Exception):
    """A batch that cannot be taken in; memory is half of it. up_to: its last entry."""

    def __init__(self, up_to: str) -> None:
        super().__init__(f"something up to {up_to} cannot be taken in")
        self.up_to = up_to


EXPECTED: Final = (Displaced, Stopped, Poisoned, psycopg.Error, DatabaseError, redis.RedisError)


class Shift:
    """session: the one that holds the shard's lock. is_over: were we told to end? singly_to: up to there, entries are taken one by one."""

    def __init__(
        self, shard: int, session: Connection[Any], around: Surroundings, *, results: storing.Results | None,
        is_over: Callable[[], bool], singly_to: str = FIRST, figures: Figures | None = None,
    ) -> None:  # fmt: skip
        self.shard, self.around, self.singly_to = shard, around, singly_to
        self.figures = figures or Figures(shard)
        self.streams, self.screens, self.times = intake.client(), Screens(shard), Times()
        found = progress.read(session, shard)
        self.memory, snapshot_id = rebuild(found, around, shard, self.streams, session)
        self.folder = Folder(self.memory.judge, Labels(around.directory))
        self.committer = Committer(shard, session, found.stream_id, results=results, is_over=is_over)
        self.snapshots, self.gap_bound = Snapshots(snapshot_id, self.figures), GapBound()
        self.read_to = found.stream_id
        self.folder.recall(loading.homes(shard))
        self._pending = [agree_on_alerts(self.memory.judge, self.folder, shard)]
        self.streams.set(SHARDS_KEY, settings.TELEMETRY_SHARDS)
        self._beat_at = self._agreed_at = self._looked_back_at = 0.0
        self._deaf_since_ms, self._has_listened = 0, False
        self._alerts_told: dict[str, int] = {}

    def close(self) -> None:
        """Let go of all but the session."""
        self.snapshots.close()
        self.streams.close()

    def tick(self) -> bool:
        """One round; is there more to take at once? Raises one of EXPECTED, or what nobody expected: then the shift is over."""
        began = time.perf_counter()
        now_ms, leapt_s = self.times.now()
        if leapt_s:
            self._forgive(now_ms, f"the clock leapt by {leapt_s:.0f} s")
        if self.around.look():
            self._follow_plan(now_ms)
        self.memory.fit()
        batch = self._read(now_ms)
        if batch is None:
            self._stay_awake()
            return False
        try:
            told = self._digest(batch, now_ms)
        except EXPECTED:
            raise
        except Exception as error:
            self._give_up(batch, error)
        self._aside("screens", lambda: self.screens.tell(self.memory, told))
        self._aside("doors", lambda: self._tell_doors(batch, told))
        self.figures.batch(
            time.perf_counter() - began, reports=len(told.records), repeats=told.repeats, **self._alerts_told
        )  # fmt: skip
        self.figures.say(self.streams)
        return not batch.is_all

    def _digest(self, batch: Batch, now_ms: int) -> Told:
        """A batch taken in, judged and stored."""
        self._agree_on_alerts()
        step = self._take(batch, now_ms)
        up_to_ms = now_ms if batch.is_all else min(now_ms, self.memory.freshest_ms)
        self._pending += [step.changes] if step else []
        self._pending.append(self.memory.judged(lambda: self.memory.judge.sweep(up_to_ms)))
        stored = self._store(batch, step, up_to_ms)
        changed = self.memory.look(up_to_ms)
        self.snapshots.stored(self.memory, len(stored.records), self.committer.stored_to)
        self._bring_back_strays()
        self._bound_gaps(step, stored)
        return Told(now_ms, changed, stored.records, step.repeats if step else 0, 0 if batch.is_all else batch.entries)

    def _give_up(self, batch: Batch, error: Exception) -> NoReturn:
        """Something nobody expected. What is not stored is tried once more, entry by entry; an entry that fails alone is set aside."""
        self.figures.stumbled("batch")
        if not batch.entries or self.committer.stored_to == batch.to:
            raise error
        logger.exception("a batch of %s entries cannot be taken in", batch.entries)
        if batch.entries == 1 and intake.id_of(batch.to) <= intake.id_of(self.singly_to):
            letter = intake.refused(batch.to, "poison", f"it cannot be taken in: {error!r}", batch.records, batch.extras)
            work = Work(self.shard, self.committer.stored_to, batch.to, refused=[*batch.refused, letter])
            self.figures.counts["dead_letters"] += self.committer.commit(work).refused
        raise Poisoned(max(batch.to, self.singly_to, key=intake.id_of)) from error

    def _aside(self, where: str, do: Callable[[], object]) -> None:
        """What reports need not wait for. Where it stumbles, that is told and counted, and the next tick tries again."""
        try:
            do()
        except Exception:
            logger.exception("telling %s failed", where)
            self.figures.stumbled(where)

    def _stay_awake(self) -> None:
        """Without Redis there is nothing to store; the database, and whoever stands by, hear of us all the same."""
        if time.monotonic() - self._beat_at >= BEAT_S:
            at = self.committer.stored_to
            self.committer.commit(Work(self.shard, at, at))
            self._beat_at = time.monotonic()

    def _read(self, now_ms: int) -> Batch | None:
        """What came; None while Redis does not answer."""
        try:
            if self._may_have_gone_back() and intake.went_back(self.streams, self.shard, self.read_to):
                logger.warning("the stream of shard %s began anew: reading it from its first entry", self.shard)
                self.read_to = FIRST
                self.snapshots.forget()
                self.snapshots.hurry()
            single = intake.id_of(self.read_to) < intake.id_of(self.singly_to)
            batch = intake.read(self.streams, self.shard, self.read_to, singly=single)
        except redis.RedisError as error:
            if not self._deaf_since_ms:
                logger.warning("Redis does not give reports: %s", error)
                self._deaf_since_ms = now_ms
            return None
        if self._deaf_since_ms and now_ms - self._deaf_since_ms >= DEAF_MS:
            self._forgive(now_ms, f"Redis did not answer for {(now_ms - self._deaf_since_ms) / 1000:.0f} s")
        self._deaf_since_ms = 0
        self._looked_back_at = time.monotonic() if batch.entries else self._looked_back_at
        self._listen(batch, now_ms)
        return batch

    def _may_have_gone_back(self) -> bool:
        """Nothing came for a while, or Redis was away."""
        if self._deaf_since_ms or time.monotonic() - self._looked_back_at > LOOK_BACK_S:
            self._looked_back_at = time.monotonic()
            return True
        return False

    def _listen(self, batch: Batch, now_ms: int) -> None:
        """At the beginning: if nobody was heard for a while before, the silence was ours."""
        if not self._has_listened:
            self._has_listened = True
            heard_ms = int(batch.records["received_ms"].min()) if len(batch.records) else now_ms
            if heard_ms - self.memory.freshest_ms > QUIET_MS:
                self.memory.state.listening_since_ms = heard_ms

    def _forgive(self, now_ms: int, why: str) -> None:
        logger.warning("%s: silence counts from now", why)
        self.memory.state.listening_since_ms = now_ms
        np.minimum(self.memory.state.received_ms, now_ms, out=self.memory.state.received_ms)
        self.memory.judge.deaf(now_ms)

    def _follow_plan(self, now_ms: int) -> None:
        self._pending.append(self.memory.judged(lambda: self.memory.judge.change(self.around.plan, now_ms)))

    def _take(self, batch: Batch, now_ms: int) -> Step | None:
        """The batch in memory; reports of nobody are refused."""
        known = self.memory.knows(batch.records)
        if not known.all():
            if self.around.look_for_newcomers():
                self._follow_plan(now_ms)
                self.memory.fit()
            known = self.memory.knows(batch.records)
            intake.refuse_unknown(batch, known)
        return self.memory.take(batch.records) if len(batch.records) else None

    def _store(self, batch: Batch, step: Step | None, up_to_ms: int) -> Stored:
        folded = self._fold(up_to_ms)
        opened, cleared = sum(len(each.alerts) for one in folded for each in one.opened), sum(len(one.cleared) for one in folded)
        self._alerts_told = {"alerts_opened": opened, "alerts_cleared": cleared}
        since = self.committer.stored_to
        made = self.snapshots.made()
        work = Work(
            self.shard, since, batch.to if batch.entries else since, step=step, extras=batch.extras, words=batch.words,
            refused=batch.refused, folded=folded, snapshot=made,
        )  # fmt: skip
        if work.is_empty and time.monotonic() - self._beat_at < BEAT_S:
            return Stored(storing.NOTHING, storing.NOTHING)
        stored = self.committer.commit(work)
        self._beat_at, self.read_to = time.monotonic(), batch.to
        self.figures.counts["dead_letters"] += stored.refused
        self.memory.stored_late(stored.late)
        if stored.alerts_failed or self.memory.has_misjudged:
            self._agreed_at = min(self._agreed_at, time.monotonic() - AGREE_S + MISJUDGED_S)
        if made is not None:
            self.snapshots.kept(made[1])
        return stored

    def _fold(self, up_to_ms: int) -> list[Folded]:
        """What waits to be stored of alerts. Where folding stumbles, they open again once it is agreed that they are not."""
        pending, self._pending = self._pending, []
        try:
            return [self.folder.fold(changes, up_to_ms) for changes in pending if changes]
        except Exception:
            logger.exception("alerts could not be folded into incidents")
            self.figures.stumbled("folding")
            self.memory.has_misjudged = True
            return []

    def _agree_on_alerts(self) -> None:
        """Now and then, while nothing waits to be stored: alerts that people ended are ended."""
        if self._pending or time.monotonic() - self._agreed_at < AGREE_S:
            return
        self._agreed_at, self.memory.has_misjudged = time.monotonic(), False
        try:
            self._pending.append(agree_on_alerts(self.memory.judge, self.folder, self.shard))
        except DatabaseError as error:
            connection.close()
            logger.warning("which alerts are open cannot be read: %s", error)

    def _bring_back_strays(self) -> None:
        """Terminals that began anew with lower numbers: what memory and table say of them changes together, with a snapshot."""
        astray = self.memory.seen.astray()
        if len(astray) and self.snapshots.age_s() > ASTRAY_S:
            at = self.committer.stored_to
            self.snapshots.forget()
            self.committer.commit(Work(self.shard, at, at, also=[partial(self._return, astray, at)]))
            self.snapshots.kept(at)

    def _bound_gaps(self, step: Step | None, stored: Stored) -> None:
        """Nobody fills the table of gaps; each late report may have split one."""
        if step is not None and (len(step.gaps) or len(stored.late)):
            self.gap_bound.note(np.concatenate([step.gaps["terminal"], stored.late["terminal"]]))
            if due := self.gap_bound.due():
                at = self.committer.stored_to
                self.committer.commit(Work(self.shard, at, at, also=[lambda cursor: bound(cursor, due)]))

    def _return(self, astray: NDArray[np.intp], at: str, cursor: Cursor[Any]) -> None:
        for terminal in astray.tolist():
            gaps.return_to(cursor, self.memory.seen, terminal)
        self.memory.begun_anew(astray)
        progress.keep_only_snapshot(cursor, self.shard, snapshot.dump(self.memory, snapshot.Desk())(), at)

    def _tell_doors(self, batch: Batch, told: Told) -> None:
        """How far we are; and the stream may let go of what no start needs."""
        lag_ms = 0 if batch.is_all else max(told.now_ms - intake.id_of(batch.to)[0], 0)
        try:
            with self.streams.pipeline(transaction=False) as pipe:
                pipe.set(lag_key(self.shard), encode(Lag(lag_ms, told.waiting)), ex=KEEP_S)
                if self.snapshots.trim_to != FIRST:
                    pipe.xtrim(stream_of(self.shard), minid=self.snapshots.trim_to, approximate=False)
                pipe.execute()
            self.snapshots.trim_to = FIRST
        except redis.RedisError as error:
            logger.debug("Redis was not told how far we are: %s", error)
