"""How much the way behind the doors can still take, and what the doors do about it.

Three states. Open. Merging: the engine lags behind, so heartbeats that wait together become one. Shut: Redis does not answer or is nearly full, or too much
waits here; HTTP answers 503, sockets are told to pause and are not read. An engine that is down shuts nobody out: the stream holds what comes until
it is back, as long as there is room.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis.asyncio
from redis.exceptions import RedisError

from pos_monitor.wire.lag import decode, lag_key
from pos_monitor.wire.record import stream_of
from pos_monitor.wire.shards import SHARDS_KEY, is_ours

logger = logging.getLogger(__name__)

LOOK_S: Final = 0.25
MERGE_LAG_S, CALM_LAG_S = 1.5, 0.8
FULL_SHARE, ROOM_SHARE = 0.85, 0.75  # of Redis' maxmemory: shut above, open below
MOST_HELD, MOST_HELD_BYTES = 60_000, 16_000_000  # reports in this process
WAIT_S: Final = (1.0, 4.0)  # what callers are told to wait, spread so that they do not come back together


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of the streams and their Redis."""

    lag_s: float | None = None  # how far the slowest engine is behind; None: none is at work
    entries: int = 0  # in the streams, also those that are stored and kept for an engine's restart
    used_share: float = 0.0  # of maxmemory; 0 where none is set
    is_ours: bool = True  # the fleet is divided into as many shards as we think


class Pressure:
    """One for each process. Everybody may read `is_shut` and `is_merging`; `when_open` tells once it is over."""

    def __init__(self, client: redis.asyncio.Redis, shards: Sequence[int]) -> None:
        self.client, self.shards = client, shards
        self.look = Look()
        self.is_shut = self.is_merging = False
        self.why = ""
        self.shut_times = 0
        self._is_over = False
        self._failing, self._full, self._held, self._half_full = "", False, False, False
        self._calls: dict[Callable[[], None], None] = {}  # in the order in which they came

    def stop(self) -> None:
        """End `watch`; cancel it besides, and it need not sleep to its end."""
        self._is_over = True

    def when_open(self, call: Callable[[], None]) -> None:
        """Call once, when the doors open again."""
        self._calls[call] = None

    def forget(self, call: Callable[[], None]) -> None:
        """Do not call after all: whoever waited is gone."""
        self._calls.pop(call, None)

    @property
    def is_strained(self) -> bool:
        """Somebody waits already: nobody may send much more than they do by themselves."""
        return self.is_merging or self._half_full

    def retry_after_s(self) -> float:
        return random.uniform(*WAIT_S)  # noqa: S311  # nosec B311  # spreads callers, guards nothing

    def redis_fails(self, why: str) -> None:
        if not self._failing:
            logger.warning("reports wait here, for Redis does not take them: %s", why)
        self._failing = why or "Redis does not answer"
        self._decide()

    def redis_answers(self) -> None:
        if self._failing:
            logger.warning("Redis takes reports again")
        self._failing = ""
        self._decide()

    def holds(self, reports: int, size: int) -> None:
        """The buffer holds so much. Shut at the bound, open again at half of it."""
        share = max(reports / MOST_HELD, size / MOST_HELD_BYTES)
        self._half_full = share >= 0.5
        self._held = share >= (0.5 if self._held else 1.0)
        self._decide()

    async def watch(self) -> None:
        """Look at Redis a few times a second, until `stop`: Redis' client turns a cancellation in the middle of connecting into an error of its own."""
        while not self._is_over:
            await asyncio.sleep(LOOK_S)
            try:
                self.saw(await self._look())
            except (RedisError, OSError) as error:
                self.redis_fails(str(error))

    def saw(self, look: Look) -> None:
        self.look = look
        lag_s = look.lag_s or 0.0  # no engine at work: merging would help nobody, and the stream holds what comes
        self.is_merging = lag_s > (CALM_LAG_S if self.is_merging else MERGE_LAG_S)
        self._full = look.used_share > (ROOM_SHARE if self._full else FULL_SHARE)
        self._decide()

    async def _look(self) -> Look:
        async with self.client.pipeline(transaction=False) as pipe:
            for shard in self.shards:
                pipe.get(lag_key(shard))
                pipe.xlen(stream_of(shard))
            pipe.get(SHARDS_KEY)
            pipe.info("memory")
            *seen, shards, memory = await pipe.execute()
        told = [lag for lag in map(decode, seen[::2]) if lag is not None]
        lag_s = max(lag.lag_ms for lag in told) / 1000 if told else None
        return Look(lag_s, sum(seen[1::2]), _used_share(memory), is_ours(shards, len(self.shards)))

    def _reasons(self) -> Iterator[tuple[bool, str]]:
        yield not self.look.is_ours, "the fleet is divided into another number of shards"
        yield self._full, "Redis is nearly full"
        yield self._held, "too many reports wait here"

    def _decide(self) -> None:
        self.why = self._failing or next((words for holds, words in self._reasons() if holds), "")
        if self.why and not self.is_shut:
            self.is_shut, self.shut_times = True, self.shut_times + 1
            logger.warning("the doors for reports are shut: %s", self.why)
        elif not self.why and self.is_shut:
            self.is_shut = False
            logger.warning("the doors for reports are open again")
            calls, self._calls = self._calls, {}
            for call in calls:
                try:
                    call()
                except Exception:  # whoever stumbles must not keep the others waiting, or end the sending of reports
                    logger.exception("somebody who waited could not go on")


def _used_share(memory: dict[str, Any]) -> float:
    most = int(memory.get("maxmemory", 0))
    return int(memory["used_memory"]) / most if most else 0.0
