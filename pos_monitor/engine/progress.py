"""Who may write a shard, and how far its stream is stored.

The lock belongs to the very connection that writes, so that whoever loses it can write no more. Besides, a batch moves the shard's place from
where its engine thinks it is: two engines that both believe they are alone cannot both succeed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import Connection, Cursor

from common.processes import process_name

logger = logging.getLogger(__name__)

LOCK: Final = 0x7E1E_0001  # first half of the advisory lock's name; the second is the shard
LOOK_S: Final = 0.2  # how often a standby tries
STALLED_S: Final = (
    10.0  # an engine speaks to its session at least every two seconds: one that is silent for so long has stopped in its tracks
)
LOOK_AT_HOLDER_S: Final = 1.0
FIRST: Final = "0-0"

CONNECT_TIMEOUT_S: Final = 5
# A commit need not wait for the disk: the place in the stream is lost with the reports, and the stream keeps them until a later
# snapshot has long been written. See the decision record on it.
# The server ends the session of a machine that vanished within seconds, not after hours: until then nobody else gets the lock.
SESSION_SQL: Final = (
    "SET synchronous_commit = off", "SET tcp_keepalives_idle = 5", "SET tcp_keepalives_interval = 2", "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 15000",
)  # fmt: skip
LOCK_SQL: Final = "SELECT pg_try_advisory_lock(%s, %s)"
# Whoever holds the shard, if the server waits for its next word for longer than it may think: stopped, swapped out, or hung.
STALLED_SQL: Final = """
    SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = %s AND l.objsubid = 2 AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND a.wait_event_type = 'Client' AND a.state_change < clock_timestamp() - make_interval(secs => %s)
"""
END_SQL: Final = "SELECT pg_terminate_backend(%s)"
BEGIN_SQL: Final = "INSERT INTO pos_monitor_shardprogress (shard, stream_id, snapshot_id, engine) VALUES (%s, '0-0', '0-0', '') ON CONFLICT DO NOTHING"
READ_SQL: Final = "SELECT stream_id, snapshot_id, snapshot, beat_at, shards FROM pos_monitor_shardprogress WHERE shard = %s"
MOVE_SQL: Final = """
    UPDATE pos_monitor_shardprogress SET stream_id = %(to)s, engine = %(engine)s, beat_at = now(), shards = %(shards)s
    WHERE shard = %(shard)s AND stream_id = %(since)s
"""
SNAPSHOT_SQL: Final = """
    UPDATE pos_monitor_shardprogress SET earlier = snapshot, earlier_id = snapshot_id, snapshot = %s, snapshot_id = %s WHERE shard = %s
"""
ONLY_SNAPSHOT_SQL: Final = """
    UPDATE pos_monitor_shardprogress SET snapshot = %(body)s, snapshot_id = %(at)s, earlier = %(body)s, earlier_id = %(at)s WHERE shard = %(shard)s
"""
ASIDE_SQL: Final = """
    INSERT INTO pos_monitor_deadletter (shard, stream_id, kind, reason, body)
    SELECT shard, snapshot_id, 'snapshot', %s, snapshot FROM pos_monitor_shardprogress WHERE shard = %s
"""
SHARDS_SQL: Final = "SELECT DISTINCT shards FROM pos_monitor_shardprogress WHERE shards > 0 ORDER BY shards"
EARLIER_SQL: Final = """
    UPDATE pos_monitor_shardprogress SET snapshot = earlier, snapshot_id = earlier_id, earlier = NULL, earlier_id = '0-0' WHERE shard = %s
"""


class Displaced(Exception):
    """Another engine has this shard, or the database went back: what we have in memory may not be true any more."""


class WrongShards(Exception):
    """The fleet is divided otherwise than this process is told."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a shard is stored. beat_ms: when an engine last wrote it, Unix time in ms; 0: never. shards: how many there were then."""

    stream_id: str
    snapshot_id: str
    snapshot: bytes | None
    beat_ms: int
    shards: int = 0


def connect() -> Connection[Any]:
    """A session of the engine's own. Raises psycopg.OperationalError."""
    parameters = {
        name: value for name, value in connections["default"].get_connection_params().items()
        if name in {"dbname", "user", "password", "host", "port", "service", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey"}
    }  # fmt: skip
    connection = psycopg.connect(
        **parameters, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, application_name=f"fsa-{process_name()}"[:63],
        keepalives_idle=5, keepalives_interval=2, keepalives_count=3,
    )  # fmt: skip
    for statement in SESSION_SQL:
        connection.execute(statement)
    return connection


def try_lock(connection: Connection[Any], shard: int) -> bool:
    row = connection.execute(LOCK_SQL, [LOCK, shard]).fetchone()
    return bool(row and row[0])


def hold(
    shard: int, *, is_over: Callable[[], bool], meanwhile: Callable[[], object] = lambda: None, pause_s: float = LOOK_S
) -> Connection[Any] | None:
    """Wait until nobody else has the shard, through failures of the database; then the session that has it. None: told to end.

    meanwhile: called at each look while another engine serves.
    """
    connection, is_told, looked_at = None, False, time.monotonic()
    while not is_over():
        try:
            connection = connection or connect()
            if try_lock(connection, shard):
                return connection
            if not is_told:
                logger.info("shard %s has an engine; standing by", shard)
                is_told = True
            meanwhile()
            if time.monotonic() - looked_at > LOOK_AT_HOLDER_S:
                looked_at = time.monotonic()
                if end_stalled(connection, shard):
                    continue
        except psycopg.Error as error:
            logger.warning("no database yet: %s", error)
            if connection is not None:
                connection.close()
            connection = None
        time.sleep(pause_s)
    if connection is not None:
        connection.close()
    return None


def end_stalled(connection: Connection[Any], shard: int, *, after_s: float = STALLED_S) -> bool:
    """End the session of an engine that has stopped in its tracks, so that it can write no more even if it wakes. True: it was so."""
    row = connection.execute(STALLED_SQL, [LOCK, shard, after_s]).fetchone()
    if row is None:
        return False
    pid, name = row
    logger.error("the engine of shard %s (%s) has not said a word for %s s: its session is ended", shard, name, after_s)
    connection.execute(END_SQL, [pid])
    return True


def read(connection: Connection[Any], shard: int) -> Progress:
    connection.execute(BEGIN_SQL, [shard])
    row = connection.execute(READ_SQL, [shard]).fetchone()
    assert row is not None
    stream_id, snapshot_id, snapshot, beat_at, of_shards = row
    beat_ms = int(beat_at.timestamp() * 1000) if beat_at else 0
    return Progress(stream_id, snapshot_id, bytes(snapshot) if snapshot else None, beat_ms, of_shards)


def shards_written(connection: Connection[Any]) -> list[int]:
    """Into how many shards the fleet is divided, as its engines wrote it: one number, none before the first batch."""
    return [row[0] for row in connection.execute(SHARDS_SQL).fetchall()]


def refuse_other_shards(connection: Connection[Any]) -> None:
    """Raise WrongShards if the fleet is divided into another number than ours: what we know would not be of our terminals."""
    written = shards_written(connection)
    if any(number != settings.TELEMETRY_SHARDS for number in written):
        raise WrongShards(
            f"TELEMETRY_SHARDS is {settings.TELEMETRY_SHARDS}, but the fleet is divided into {written[0]}: "
            f"set it back, or run `manage.py reshard_telemetry --to {settings.TELEMETRY_SHARDS}` while no engine runs."
        )


def move(cursor: Cursor[Any], shard: int, *, since: str, to: str) -> None:
    """Move the shard's place within the transaction that stores what lies between. Raises Displaced."""
    cursor.execute(
        MOVE_SQL, {"shard": shard, "since": since, "to": to, "engine": process_name(), "shards": settings.TELEMETRY_SHARDS}
    )
    if cursor.rowcount != 1:
        raise Displaced(f"shard {shard} is not at {since} any more")


def keep_snapshot(cursor: Cursor[Any], shard: int, body: bytes, stream_id: str) -> None:
    """The one before is kept beside it: whoever cannot read this one begins with that."""
    cursor.execute(SNAPSHOT_SQL, [body, stream_id, shard])


def keep_only_snapshot(cursor: Cursor[Any], shard: int, body: bytes, stream_id: str) -> None:
    """No earlier one is of the truth any more."""
    cursor.execute(ONLY_SNAPSHOT_SQL, {"body": body, "at": stream_id, "shard": shard})


def put_snapshot_aside(connection: Connection[Any], shard: int, reason: str) -> Progress:
    """The snapshot cannot be read: keep it among the dead letters, and take the one before it, if there is one."""
    with connection.transaction():
        connection.execute(ASIDE_SQL, [reason[:300], shard])
        connection.execute(EARLIER_SQL, [shard])
    return read(connection, shard)


def shards() -> range:
    return range(settings.TELEMETRY_SHARDS)
