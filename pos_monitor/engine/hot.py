"""How terminals are at this moment, asked of the engines that know.

The engine answers from memory in about a millisecond (`engine.screens`), so nothing of it is written to Redis tick by tick. While it is down the
last snapshot in the database answers, up to half a minute old.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np
import redis
from django.conf import settings
from numpy.typing import NDArray
from redis.backoff import NoBackoff
from redis.retry import Retry

from pos_monitor.engine import snapshot
from pos_monitor.models import ShardProgress
from pos_monitor.wire import frames
from pos_monitor.wire.cells import Status
from pos_monitor.wire.record import RECORD

logger = logging.getLogger(__name__)

WAIT_S: Final = 0.5  # an engine that is busy with a burst answers between two batches
KEEP_S: Final = 5  # a question that nobody took
MOST_NUMBERS: Final = 5_000


class Question(msgspec.Struct, array_like=True):
    """What is asked, and the Redis list in which the answer is expected. numbers: u4 end to end; empty: the cells of all."""

    reply: str
    numbers: bytes = b""


def asked_at(shard: int) -> str:
    """The Redis list in which an engine finds questions."""
    return f"fleet:ask:{shard}"


def read(numbers: Sequence[int] | NDArray[Any]) -> NDArray[np.void]:
    """The newest record of each terminal that ever reported, of those given; in no order. RECORD[≤ len(numbers)], ≤ MOST_NUMBERS asked."""
    wanted = np.unique(np.asarray(numbers, "<u4"))[:MOST_NUMBERS]
    answers = []
    with _client() as client:
        for shard in range(settings.TELEMETRY_SHARDS):
            of_shard = wanted[wanted % settings.TELEMETRY_SHARDS == shard]
            if len(of_shard):
                answers.append(_records(client, shard, of_shard))
    return np.concatenate([np.zeros(0, RECORD), *answers])


def cells(shard: int) -> frames.Frame | None:
    """The cells of all terminals of a shard as one whole frame (`wire.frames` says how a hub begins with it); None: it never ran."""
    with _client() as client:
        body = _ask(client, shard, b"")
    return frames.decode(body) if body else _kept_cells(shard)


def _records(client: redis.Redis, shard: int, numbers: NDArray[np.uint32]) -> NDArray[np.void]:
    body = _ask(client, shard, numbers.tobytes())
    return np.frombuffer(body, RECORD) if body is not None else _kept_records(shard, numbers)


def _client() -> redis.Redis:
    return redis.from_url(
        settings.REDIS_URL, socket_timeout=WAIT_S + 1, socket_connect_timeout=WAIT_S, retry=Retry(NoBackoff(), 0), protocol=2
    )


def _ask(client: redis.Redis, shard: int, numbers: bytes) -> bytes | None:
    """What the engine answers; None: it does not."""
    reply = f"fleet:answer:{secrets.token_hex(8)}"
    try:
        with client.pipeline(transaction=False) as pipe:
            pipe.rpush(asked_at(shard), msgspec.msgpack.encode(Question(reply, numbers)))
            pipe.expire(asked_at(shard), KEEP_S)
            pipe.execute()
        found: Any = client.blpop([reply], timeout=WAIT_S)  # Redis 6 takes parts of a second
    except redis.RedisError as error:
        logger.warning("the engine of shard %s cannot be asked: %s", shard, error)
        return None
    return bytes(found[1]) if found else None


def _kept_records(shard: int, numbers: NDArray[np.uint32]) -> NDArray[np.void]:
    kept = _kept(shard)
    if kept is None:
        return np.zeros(0, RECORD)
    last, first_ms = snapshot.array_of(kept.columns["state.last"]), snapshot.array_of(kept.columns["state.first_ms"])
    numbers = numbers[numbers < len(last)]
    return last[numbers[first_ms[numbers] > 0]]


def _kept_cells(shard: int) -> frames.Frame | None:
    """Tick 0: whatever the engine tells once it is back is newer."""
    kept = _kept(shard)
    if kept is None:
        return None
    cells, status, first_ms = (
        snapshot.array_of(kept.columns[name]) for name in ("looks.cells", "state.status", "state.first_ms")
    )
    numbers = np.flatnonzero((cells > 0) | (first_ms > 0)).astype(np.uint32)
    header = np.zeros(1, frames.HEADER)
    header["shard"], header["is_whole"], header["total"], header["freshest_ms"] = shard, 1, kept.total, kept.freshest_ms
    header["by_status"] = np.bincount(status[numbers], minlength=len(Status))
    return frames.decode(frames.encode(header, numbers, cells[numbers], np.zeros(0, RECORD)))


def _kept(shard: int) -> snapshot.Written | None:
    row = ShardProgress.objects.filter(shard=shard).values_list("snapshot_id", flat=True).first()
    return _read_snapshot(shard, row) if row else None


@lru_cache(maxsize=4)
def _read_snapshot(shard: int, snapshot_id: str) -> snapshot.Written | None:
    body = ShardProgress.objects.filter(shard=shard, snapshot_id=snapshot_id).values_list("snapshot", flat=True).first()
    return snapshot.read(bytes(body)) if body else None
