"""Another number of shards: what every terminal's engine knows moves to the engine that has it from now on, and so do reports that wait.

Nobody may write meanwhile. The doors shut by themselves, because the number that stands in the Redis of reports is not theirs (SHARDS); engines must
have ended, which their locks show. A run that broke off is simply done again: what was moved twice is known by its number.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import redis
from psycopg import Connection

from pos_monitor.engine import intake, progress, snapshot
from pos_monitor.engine.memory import Memory
from pos_monitor.engine.progress import FIRST
from pos_monitor.engine.rebuilding import rebuild
from pos_monitor.engine.surroundings import Surroundings
from pos_monitor.wire import entry
from pos_monitor.wire.record import stream_of
from pos_monitor.wire.shards import MOST, NOBODY, SHARDS_KEY

logger = logging.getLogger(__name__)
DOORS_SHUT_S: Final = (
    3.0  # until every door has seen that its number is not the fleet's, and has given what it held to the stream
)
FORGET_SQL: Final = "DELETE FROM pos_monitor_shardprogress WHERE shard >= %s"
PLACE_SQL: Final = """
    INSERT INTO pos_monitor_shardprogress (shard, stream_id, snapshot_id, snapshot, earlier, earlier_id, engine, shards)
    VALUES (%(shard)s, %(at)s, %(at)s, %(body)s, NULL, '0-0', '', %(shards)s)
    ON CONFLICT (shard) DO UPDATE SET stream_id = %(at)s, snapshot_id = %(at)s, snapshot = %(body)s, earlier = NULL, earlier_id = '0-0',
        shards = %(shards)s
"""


class ShardServed(Exception):
    """An engine still has one of the shards."""


@dataclass(frozen=True, slots=True)
class Moved:
    before: int
    after: int
    terminals: int
    reports: int  # that waited and wait now in their new streams


def reshard(*, after: int, doors_shut_s: float = DOORS_SHUT_S) -> Moved:
    """Divide the fleet among so many engines from now on. Raises ShardServed; then the doors open again and nothing is changed."""
    with ExitStack() as held, intake.client() as streams:
        connection = held.enter_context(progress.connect())
        before = max(progress.shards_written(connection), default=after)
        for shard in range(max(before, after)):
            if not progress.try_lock(connection, shard):
                raise ShardServed(f"An engine still serves shard {shard}: stop the engines first.")
        streams.set(SHARDS_KEY, NOBODY)
        try:
            time.sleep(doors_shut_s)
            moved = _divide(connection, streams, before, after)
        finally:  # whatever happened, the number that holds is the one with which the places are written
            streams.set(SHARDS_KEY, max(progress.shards_written(connection), default=before))
        return moved


def _divide(connection: Connection[Any], streams: redis.Redis, before: int, after: int) -> Moved:
    around = Surroundings(None)
    around.look()
    targets = [Memory(around.directory, around.plan, shard) for shard in range(after)]
    for shard in range(before):
        _move(_known(connection, around, shard, streams), targets, before)
    reports = sum(_carry(streams, connection, shard, after) for shard in range(MOST))
    _place(connection, streams, targets)
    for shard in range(after, MOST):
        streams.delete(stream_of(shard))
    return Moved(before, after, len(around.directory.numbers), reports)


def _known(connection: Connection[Any], around: Surroundings, shard: int, streams: redis.Redis) -> Memory:
    memory, _ = rebuild(progress.read(connection, shard), around, shard, streams, connection)
    return memory


def _move(source: Memory, targets: Sequence[Memory], before: int) -> None:
    """What one engine knew of its terminals goes to those that have them now."""
    for target in targets:
        numbers = source.directory.numbers
        numbers = numbers[(numbers % before == source.shard) & (numbers % len(targets) == target.shard)]
        snapshot.adopt(target, source, numbers)
    first = targets[0]
    first.total += source.total
    for target in targets:
        target.freshest_ms = max(target.freshest_ms, source.freshest_ms)
        target.state.listening_since_ms = max(target.state.listening_since_ms, source.state.listening_since_ms)


def _carry(streams: redis.Redis, connection: Connection[Any], shard: int, after: int) -> int:
    """Entries that no engine has stored go to the streams in which they belong, behind a mark that says how far each was moved; returns their reports."""
    since, last, reports = _stored_to(connection, shard), intake.last(streams, shard), 0
    if intake.went_back(streams, shard, since):
        since = FIRST
    while last is not None and since != last:
        entries: Any = streams.xrange(stream_of(shard), min=f"({since}", max=last, count=intake.ENTRIES)
        if not entries:
            break
        for stream_id, fields in entries:
            reports += _hand_on(streams, shard, fields, after)
            since = stream_id.decode()
    return reports


def _hand_on(streams: redis.Redis, shard: int, fields: dict[bytes, bytes], after: int) -> int:
    try:
        found = entry.read(fields)
    except entry.EntryMalformed:  # whoever reads it sets it aside
        streams.xadd(waiting_of(shard % after), dict[Any, Any](fields))
        return 0
    for new, of_shard in entry.by_shard(found, after).items():
        streams.xadd(waiting_of(new), dict[Any, Any](of_shard))
    return len(found.records)


def waiting_of(shard: int) -> str:
    """Where entries wait until the places are written: a stream is not added to while it is read."""
    return f"{stream_of(shard)}:moved"


def _stored_to(connection: Connection[Any], shard: int) -> str:
    row = connection.execute("SELECT stream_id FROM pos_monitor_shardprogress WHERE shard = %s", [shard]).fetchone()
    return row[0] if row else FIRST


def _place(connection: Connection[Any], streams: redis.Redis, targets: Sequence[Memory]) -> None:
    """Write what each engine knows as of the end of its stream; what waits comes behind that."""
    with connection.transaction():
        connection.execute(FORGET_SQL, [len(targets)])
        for target in targets:
            values = {
                "shard": target.shard, "at": intake.last(streams, target.shard) or FIRST, "shards": len(targets),
                "body": snapshot.dump(target, snapshot.Desk())(),
            }  # fmt: skip
            connection.execute(PLACE_SQL, values)
    for target in targets:
        for _, fields in _all(streams, waiting_of(target.shard)):
            streams.xadd(stream_of(target.shard), fields)
        streams.delete(waiting_of(target.shard))


def _all(streams: redis.Redis, name: str) -> list[tuple[bytes, Any]]:
    found: Any = streams.xrange(name)
    return list(found)
