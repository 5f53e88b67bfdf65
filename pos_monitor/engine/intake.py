"""Reading a shard's stream."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import redis
from django.conf import settings
from numpy.typing import NDArray
from redis.backoff import NoBackoff
from redis.retry import Retry

from pos_monitor.engine.progress import FIRST
from pos_monitor.wire import entry
from pos_monitor.wire.record import RECORD, stream_of

logger = logging.getLogger(__name__)

ENTRIES: Final = 256  # of one XREAD
MOST_RECORDS: Final = 40_000  # of one batch: about a fifth of a second's work
TIMEOUT_S: Final = 2.0
RawEntry = tuple[bytes, dict[bytes, bytes]]


@dataclass(slots=True)
class Refused:
    """Something that is set aside. kind: of models.DeadLetter; fields: an entry that holds it, none where nothing is to be kept."""

    stream_id: str
    kind: str
    reason: str
    fields: Mapping[Any, str | bytes] = field(default_factory=dict)
    reports: int = 0


def refused(
    stream_id: str, kind: str, reason: str, records: NDArray[np.void], extras: Mapping[int, Any] | None = None
) -> Refused:
    """Reports that are set aside, with what stands beside them if that can be written down."""
    try:
        fields = entry.build(records.tobytes(), extras)
    except (TypeError, ValueError, RecursionError):
        fields = entry.build(records.tobytes())
    return Refused(stream_id, kind, reason, fields, len(records))


@dataclass(slots=True)
class Batch:
    """Entries read together. extras: index in `records` -> what stands beside it. is_all: nothing more was waiting."""

    since: str
    to: str
    records: NDArray[np.void]
    extras: dict[int, dict[str, Any]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    entries: int = 0
    is_all: bool = True


def client() -> redis.Redis:
    """The Redis of the streams."""
    url = settings.TELEMETRY_REDIS_URL or settings.REDIS_URL
    return redis.from_url(
        url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0), protocol=2
    )


def read(streams: redis.Redis, shard: int, since: str, *, singly: bool = False) -> Batch:
    """What came after an entry, up to MOST_RECORDS; or only the next entry. Raises redis.RedisError."""
    wanted = 1 if singly else ENTRIES
    found: list[RawEntry] = []
    last, held = since, 0
    while True:
        answer: Any = streams.xread({stream_of(shard): last}, count=wanted)
        entries: list[RawEntry] = answer[0][1] if answer else []
        found += entries
        held += sum(len(fields.get(b"r", b"")) for _, fields in entries) // RECORD.itemsize
        if entries:
            last = entries[-1][0].decode()
        if singly or len(entries) < wanted or held >= MOST_RECORDS:
            return batch_of(found, since=since, to=last, is_all=len(entries) < wanted)


def between(
    streams: redis.Redis, shard: int, since: str, to: str, *, without: Collection[str] = (), singly_to: str = FIRST
) -> Iterator[Batch]:  # fmt: skip
    """All that is kept after one entry, up to and including another, in batches, but for some entries. Raises redis.RedisError.

    singly_to: up to there, each batch is one entry.
    """
    while since != to:
        count = 1 if id_of(since) < id_of(singly_to) else ENTRIES
        entries: Any = streams.xrange(stream_of(shard), min=f"({since}", max=to, count=count)
        if not entries:
            return
        taken = [entry for entry in entries if entry[0].decode() not in without]
        batch = batch_of(taken, since=since, to=entries[-1][0].decode(), is_all=False)
        yield batch
        since = batch.to


def batch_of(entries: list[RawEntry], *, since: str, to: str, is_all: bool = True) -> Batch:
    """Entries as one batch; malformed ones are refused."""
    batch = Batch(since, to, np.zeros(0, RECORD), entries=len(entries), is_all=is_all)
    parts, count = [], 0
    for stream_id, fields in entries:
        try:
            read_entry = entry.read(fields)
        except entry.EntryMalformed as error:
            batch.refused.append(Refused(stream_id.decode(), "entry", str(error), fields))
            continue
        except Exception as error:  # no entry may keep the others from being read
            logger.exception("the entry %s cannot be read", stream_id)
            batch.refused.append(Refused(stream_id.decode(), "entry", f"it cannot be read: {error!r}", fields))
            continue
        parts.append(read_entry.records)
        batch.extras |= {count + index: extra for index, extra in read_entry.extras.items()}
        batch.words += read_entry.words
        count += len(read_entry.records)
    if parts:
        batch.records = np.concatenate(parts)
    return batch


def went_back(streams: redis.Redis, shard: int, since: str) -> bool:
    """Has the stream been emptied or lost its end, so that new entries may have lower ids than `since`? Raises redis.RedisError."""
    if since == FIRST:
        return False
    newest = last(streams, shard)
    return newest is None or id_of(newest) < id_of(since)


def oldest(streams: redis.Redis, shard: int) -> str | None:
    """The id of the oldest entry that is kept."""
    entries: Any = streams.xrange(stream_of(shard), count=1)
    return entries[0][0].decode() if entries else None


def refuse_unknown(batch: Batch, known: NDArray[np.bool_]) -> None:
    """Take reports of terminals that do not exist out of a batch."""
    if known.all():
        return
    places = np.flatnonzero(~known)
    who = np.unique(batch.records["terminal"][places])
    reason = f"there is no terminal {who[0]}" + f", nor {len(who) - 1:,} others" * (len(who) > 1)
    for start in range(0, len(places), entry.MOST_RECORDS):
        some = places[start : start + entry.MOST_RECORDS]
        beside = {place: batch.extras[index] for place, index in enumerate(some.tolist()) if index in batch.extras}
        batch.refused.append(refused(batch.to, "stranger", reason, batch.records[some], beside))
    left = np.cumsum(known) - 1
    batch.extras = {int(left[index]): extra for index, extra in batch.extras.items() if known[index]}
    batch.records = batch.records[known]


def last(streams: redis.Redis, shard: int) -> str | None:
    """The id of the newest entry that ever was; None: there is no stream. Raises redis.RedisError."""
    try:
        found: Any = streams.xinfo_stream(stream_of(shard))["last-generated-id"]
    except redis.ResponseError:  # no such key
        return None
    return found.decode() if isinstance(found, bytes) else str(found)


def id_of(stream_id: str | bytes) -> tuple[int, int]:
    text = stream_id.decode() if isinstance(stream_id, bytes) else stream_id
    time_ms, _, number = text.partition("-")
    return int(time_ms), int(number or 0)
