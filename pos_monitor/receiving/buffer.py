"""Reports between their door and the stream: some milliseconds' worth goes as one entry for each shard, and only then is acknowledged.

Bounded in reports and in bytes; whoever adds asks `pressure.is_shut` first, and a batch that came a moment too soon still fits above the bound. Nothing
that was added is ever given up: while Redis does not answer, the same entries are sent again and again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec
import redis.asyncio
from redis.exceptions import RedisError

from pos_monitor.receiving.merging import merged
from pos_monitor.receiving.pressure import MOST_HELD, MOST_HELD_BYTES, Pressure
from pos_monitor.wire import entry
from pos_monitor.wire.record import RECORD, stream_of

logger = logging.getLogger(__name__)

FLUSH_S: Final = 0.04
MERGE_FLUSH_S: Final = 1.0  # under overload: long enough for a terminal to have said two things
MOST_IN_ENTRY, MOST_BESIDE = 5_000, 1_000_000  # of one entry: records, and bytes of what stands beside them
AGAIN_S: Final = (0.1, 1.0)  # pause after Redis failed: first, longest

Name = tuple[int, int]  # boot, seq
_json = msgspec.json.Encoder()
Entry = dict[str | bytes, str | bytes]


class Owner(Protocol):
    """Who hears that reports are in the stream, in the order in which they were added. Must not raise, and must be quick."""

    def stored(self, names: list[Name]) -> None: ...


@dataclass(slots=True)
class Waiting:
    """What one shard's next entries hold; lists side by side."""

    records: list[bytes] = field(default_factory=list)
    extras: dict[int, bytes] = field(default_factory=dict)  # JSON by place in `records`, as what it takes is counted
    acks: list[tuple[Owner | None, Name]] = field(default_factory=list)
    words: set[str] = field(default_factory=set)  # names of versions that go along


class Buffer:
    """One for each process and event loop. Start `run()` as a task; `close()` sends what is left."""

    def __init__(self, client: redis.asyncio.Redis, pressure: Pressure, *, flush_s: float = FLUSH_S) -> None:
        self.client, self.pressure, self.flush_s = client, pressure, flush_s
        self.waiting: dict[int, Waiting] = defaultdict(Waiting)
        self.count, self.size = 0, 0  # held now: reports, and bytes of them with all that stands beside them
        self.merged_away, self.sent = 0, 0  # reports since the start
        self._closing = asyncio.Event()

    def add(self, shard: int, record: bytes, extra: dict[str, Any] | None, owner: Owner | None, name: Name) -> None:
        """Take one report. `owner.stored([name, …])` is called once it is in the stream, never before."""
        waiting = self.waiting[shard]
        if extra is not None:
            beside = waiting.extras[len(waiting.records)] = _json.encode(extra)
            self.size += len(beside)
        waiting.records.append(record)
        waiting.acks.append((owner, name))
        self.count += 1
        self.size += RECORD.itemsize
        if self.count >= MOST_HELD or self.size >= MOST_HELD_BYTES:
            self.pressure.holds(self.count, self.size)

    def tell(self, shard: int, words: Iterable[str]) -> None:
        """Names of versions that go along with what was added."""
        self.waiting[shard].words.update(words)

    async def run(self) -> None:
        """Send what waits every few milliseconds, until closed; then what is left, if Redis answers at all."""
        while not self._closing.is_set():
            wait_s = MERGE_FLUSH_S if self.pressure.is_merging else self.flush_s
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait_s)
            if self.count:
                await self._flush()

    async def close(self) -> None:
        self._closing.set()

    async def _flush(self) -> None:
        taken, self.waiting = self.waiting, defaultdict(Waiting)
        held, size = self.count, self.size
        if self.pressure.is_merging:
            self.merged_away += sum(_merge(waiting) for waiting in taken.values())
        entries: list[tuple[str, Entry]] = [
            (stream_of(shard), fields) for shard, waiting in taken.items() for fields in _entries(waiting)
        ]
        if not await self._send(entries):
            return
        self.count -= held
        self.size -= size
        self.sent += sum(len(waiting.records) for waiting in taken.values())
        self.pressure.holds(self.count, self.size)
        for owner, names in _by_owner(taken.values()).items():
            try:
                owner.stored(names)
            except Exception:  # one broken socket must not keep the others from their answers
                logger.exception("telling that reports are stored failed")

    async def _send(self, entries: list[tuple[str, Entry]]) -> bool:
        """XADD all, again and again until Redis has them. False: closing, and Redis does not answer; nobody was acknowledged."""
        pause_s = AGAIN_S[0]
        while True:
            try:
                async with self.client.pipeline(transaction=False) as pipe:
                    for stream, fields in entries:
                        pipe.xadd(stream, fields)  # type: ignore[arg-type]
                    done = await pipe.execute(raise_on_error=False)
                entries = [entry for entry, answer in zip(entries, done, strict=True) if isinstance(answer, Exception)]
                if not entries:
                    self.pressure.redis_answers()
                    return True
                why: object = next(answer for answer in done if isinstance(answer, Exception))
            except (RedisError, OSError) as error:
                why = error
            self.pressure.redis_fails(str(why))
            self.pressure.holds(self.count, self.size)
            if self._closing.is_set():
                return False
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, AGAIN_S[1])


def _merge(waiting: Waiting) -> int:
    """Merge heartbeats in place; how many went. Whoever sent them is acknowledged all the same."""
    rows, places = merged(waiting.records)
    gone = len(waiting.records) - len(rows)
    if gone:
        new_place = {int(old): new for new, old in enumerate(places)}
        waiting.extras = {new_place[old]: extra for old, extra in waiting.extras.items()}  # what has something beside it stays
        waiting.records = [row.tobytes() for row in rows]
    return gone


def _entries(waiting: Waiting) -> Iterable[Entry]:
    for start, end in _parts(waiting):
        beside = {place - start: msgspec.Raw(waiting.extras[place]) for place in range(start, end) if place in waiting.extras}
        yield entry.build(b"".join(waiting.records[start:end]), beside, waiting.words)  # words belong to their reports


def _parts(waiting: Waiting) -> Iterable[tuple[int, int]]:
    """From where to where each entry goes."""
    start, size, count = 0, 0, len(waiting.records)
    for place in sorted(waiting.extras):
        size += len(waiting.extras[place])
        if size > MOST_BESIDE and place > start:
            yield from _runs(start, place)
            start, size = place, len(waiting.extras[place])
    yield from _runs(start, count)


def _runs(start: int, end: int) -> Iterable[tuple[int, int]]:
    return ((at, min(at + MOST_IN_ENTRY, end)) for at in range(start, end, MOST_IN_ENTRY))


def _by_owner(taken: Iterable[Waiting]) -> dict[Owner, list[Name]]:
    owners: dict[Owner, list[Name]] = {}
    for waiting in taken:
        for owner, name in waiting.acks:
            if owner is not None:
                owners.setdefault(owner, []).append(name)
    return owners
