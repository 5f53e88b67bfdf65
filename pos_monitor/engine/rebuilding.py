"""Bringing an engine's memory back: the last snapshot, and what was stored after it, read again without storing it again."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import redis
from django.conf import settings
from numpy.typing import NDArray
from psycopg import Connection

from pos_monitor.engine import intake, progress, snapshot
from pos_monitor.engine.memory import Memory
from pos_monitor.engine.progress import FIRST, Progress
from pos_monitor.engine.surroundings import Surroundings
from pos_monitor.history import copying
from pos_monitor.history.replay import replay
from pos_monitor.judging import loading, transitions
from pos_monitor.judging.folding import Folder
from pos_monitor.judging.judge import Judge
from pos_monitor.judging.transitions import TRANSITION, Changes
from pos_monitor.wire import entry

logger = logging.getLogger(__name__)

MARGIN: Final = timedelta(minutes=2)  # doors hold reports for seconds; what is read twice is known
LOOK_BACK: Final = timedelta(hours=1)  # without any snapshot: terminals that send again what was acknowledged do it sooner
MOST_HISTORY: Final = timedelta(days=1)  # of an engine that was down for longer; nobody waits for more
MOST_CULPRITS: Final = 20
PART: Final = 50_000  # records taken in at once
# What memory could not take in before it could not now either; what was settled meanwhile is still in the stream.
POISON_SQL: Final = "SELECT stream_id FROM pos_monitor_deadletter WHERE shard = %s AND kind = 'poison'"
STRANGERS_SQL: Final = "SELECT stream_id, body FROM pos_monitor_deadletter WHERE shard = %s AND kind = 'stranger' AND is_whole"
NAME: Final = ["terminal", "boot", "seq"]  # what tells one report from another
LOST_SQL: Final = "SELECT 1 FROM pos_monitor_deadletter WHERE shard = %s AND kind = 'snapshot' LIMIT 1"
FIRST_SQL: Final = """
    SELECT id, extract(epoch FROM first_report_at) * 1000 FROM pos_monitor_terminal WHERE first_report_at IS NOT NULL
"""


class Indigestible(Exception):
    """Something between two entries, which memory cannot take in."""

    def __init__(self, since: str, to: str, entries: int) -> None:
        super().__init__(f"memory cannot take in what lies after {since} and up to {to}")
        self.to, self.entries = to, entries


def rebuild(
    found: Progress, around: Surroundings, shard: int, streams: redis.Redis, connection: Connection[Any]
) -> tuple[Memory, str]:  # fmt: skip
    """Memory as of `found.stream_id`, and as of where the snapshot was with which it began. What cannot be read or taken in is left out, and told.

    Raises redis.RedisError, psycopg.Error, Indigestible.
    """
    without, singly_to = set(_poison(connection, shard)), FIRST
    while True:
        memory, found = _restored(found, around, shard, connection)
        try:
            _replay(memory, found, streams, connection, Reading(frozenset(without), singly_to))
        except Indigestible as error:
            logger.exception("memory of shard %s is brought back without some of the stream", shard)
            if error.entries == 1:
                without.add(error.to)
            if len(without) > MOST_CULPRITS:
                raise
            singly_to = max(singly_to, error.to, key=intake.id_of)
        else:
            return memory, found.snapshot_id


@dataclass(frozen=True, slots=True)
class Reading:
    """How the stream is read once more. without: entries that are left out; singly_to: up to there, one by one."""

    without: frozenset[str]
    singly_to: str


def _restored(found: Progress, around: Surroundings, shard: int, connection: Connection[Any]) -> tuple[Memory, Progress]:
    """Memory as of the last snapshot that can be read, and which that is. Others are set aside."""
    while True:
        memory = Memory(around.directory, around.plan, shard)
        if found.snapshot is None:
            return memory, found
        try:
            snapshot.restore(memory, found.snapshot)
            memory.fit()
        except Exception as error:  # whatever it is: the shard goes on without it
            logger.exception("the snapshot of shard %s as of %s cannot be read", shard, found.snapshot_id)
            found = progress.put_snapshot_aside(connection, shard, f"The snapshot cannot be read: {error!r}")
        else:
            return memory, found


def _replay(memory: Memory, found: Progress, streams: redis.Redis, connection: Connection[Any], how: Reading) -> None:
    if found.snapshot is None and _has_lost(memory.shard, connection):
        logger.error("shard %s has no snapshot that can be read: what is known comes from the history", memory.shard)
        _recall_first_reports(memory, connection)
        _take_history(memory, datetime.now(UTC) - LOOK_BACK, connection)
    reached = found.snapshot_id
    strangers = _strangers(connection, memory.shard, found)
    for mark in [*sorted(strangers, key=intake.id_of), found.stream_id]:
        for batch in intake.between(streams, memory.shard, reached, mark, without=how.without, singly_to=how.singly_to):
            records = _without(batch.records[memory.knows(batch.records)], strangers.get(mark, frozenset()))
            try:
                memory.take(records)
            except Exception as error:
                raise Indigestible(reached, batch.to, batch.entries) from error
            reached = batch.to
            _keep_awake(connection)
    if reached != found.stream_id:
        logger.warning("the stream does not hold what was stored after the snapshot; reading it from the history")
        _take_history(memory, copying.time_of(memory.freshest_ms) - MARGIN, connection)


def _has_lost(shard: int, connection: Connection[Any]) -> bool:
    """Was there a snapshot? Then the stream does not go back to its beginning any more."""
    return connection.execute(LOST_SQL, [shard]).fetchone() is not None


def _recall_first_reports(memory: Memory, connection: Connection[Any]) -> None:
    """Terminals that ever reported are known as such; they were last heard, for all we know, when they first were."""
    for number, first_ms in connection.execute(FIRST_SQL).fetchall():
        if number < memory.state.capacity:
            memory.state.first_ms[number] = memory.state.received_ms[number] = int(first_ms)


def _take_history(memory: Memory, since: datetime, connection: Connection[Any]) -> None:
    """What is stored since then, oldest first, whether or not it is packed already."""
    now = datetime.now(UTC)
    for records in replay(max(since, now - MOST_HISTORY), now + MARGIN):
        for start in range(0, len(records), PART):
            part = records[start : start + PART]
            memory.take(part[memory.knows(part)])
            _keep_awake(connection)


def _strangers(connection: Connection[Any], shard: int, found: Progress) -> dict[str, frozenset[Any]]:
    """Reports that nobody sent, as it seemed then: last entry of their batch -> their names. They are not stored, whoever is known by now."""
    refused: dict[str, frozenset[Any]] = defaultdict(frozenset)
    for stream_id, body in connection.execute(STRANGERS_SQL, [shard]).fetchall():
        if intake.id_of(found.snapshot_id) < intake.id_of(stream_id) <= intake.id_of(found.stream_id):
            refused[stream_id] |= frozenset(entry.read(entry.unpack(bytes(body))).records[NAME].tolist())
    return refused


def _without(records: NDArray[np.void], names: frozenset[Any]) -> NDArray[np.void]:
    return records[[one not in names for one in records[NAME].tolist()]] if names else records


def _keep_awake(connection: Connection[Any]) -> None:
    """Who stands by sees that we are alive (`progress.end_stalled`)."""
    connection.execute("SELECT 1")


def _poison(connection: Connection[Any], shard: int) -> frozenset[str]:
    """Ids of entries that no memory can take in."""
    return frozenset(stream_id for (stream_id,) in connection.execute(POISON_SQL, [shard]).fetchall())


def agree_on_alerts(judge: Judge, folder: Folder, shard: int) -> Changes:
    """Take the database's word for which alerts are open; returns those that are to be ended there, because nobody watches them any more."""
    terminals, rules, began_ms = loading.open_alerts(shard)
    thought = judge.open_alerts()
    ended = thought[~np.isin(_pairs(thought["terminal"], thought["rule"]), _pairs(terminals, rules))]
    folder.let_go(ended["terminal"].astype(np.intp), ended["rule"])
    terminals, rules = judge.recall(terminals, rules, began_ms)
    lost = np.zeros(len(terminals), TRANSITION)
    lost["terminal"], lost["rule"] = terminals, rules
    if settings.TELEMETRY_SHARDS > 1:
        folder.learn(loading.wides_elsewhere(shard))
    return Changes(opened=transitions.none(), cleared=lost)


def _pairs(terminals: NDArray[Any], rules: NDArray[Any]) -> NDArray[np.int64]:
    pairs: NDArray[np.int64] = terminals.astype(np.int64) << 32 | rules
    return pairs
