"""How a hub hears the engines: a subscription of its own, begun anew after every break, and the whole of a shard where a frame is missing."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from pos_monitor.engine import hot
from pos_monitor.live.board import Board
from pos_monitor.wire import frames
from pos_monitor.wire.frames import Frame

logger = logging.getLogger(__name__)
InThread = Callable[[Callable[[], Any]], Awaitable[Any]]
QUIET_S: Final = 2.0  # engines publish at every tick; after so long without a word we ask Redis whether it is still there
AGAIN_S: Final = 0.5  # between two askings for the whole of a shard
PAUSE_S: Final = (0.2, 5.0)  # before the next try, shortest and longest


class Engines:
    """Keeps a board as the engines say. heard: called after each frame that was taken, in the loop. in_thread: runs what waits."""

    def __init__(self, board: Board, heard: Callable[[Frame], None], in_thread: InThread) -> None:
        self.board, self._heard, self._in_thread = board, heard, in_thread
        self._loaded_s: dict[int, float] = {}
        self.is_connected = False
        self.last_frame_s: dict[int, float] = {}  # shard -> time.monotonic

    async def run(self) -> None:
        """For ever; ends when its task is cancelled."""
        pause = PAUSE_S[0]
        while True:
            began = time.monotonic()
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as error:
                logger.warning("the engines are not heard: %s", error)
            self.is_connected = False
            pause = PAUSE_S[0] if time.monotonic() - began > PAUSE_S[1] else min(pause * 2, PAUSE_S[1])
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  spreads the processes of a machine

    async def _listen(self) -> None:
        """Subscribe first, then load: what is published meanwhile waits in the subscription, and what is older is left out by its tick."""
        # socket_timeout: redis-py 8 gives up a blocking read after 5 s by default; how long we wait is said at each read.
        # No retries of its own either: after a break we want to load the whole, not to be subscribed again in silence.
        client = redis.asyncio.from_url(
            settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        async with client, client.pubsub(ignore_subscribe_messages=True) as hearing:
            await hearing.subscribe(frames.DIFF)
            await hearing.get_message(timeout=QUIET_S)  # that we are subscribed
            for shard in range(settings.TELEMETRY_SHARDS):
                await self._load(shard)
            self.is_connected = True
            is_asked = False
            while True:
                message = await hearing.get_message(timeout=QUIET_S)
                if message is not None and message["type"] == "message":
                    await self._take(message["data"])
                if message is not None:
                    is_asked = False
                elif is_asked:
                    raise TimeoutError("Redis does not answer")
                else:
                    await hearing.ping()
                    is_asked = True

    async def _take(self, body: bytes) -> None:
        try:
            frame = frames.decode(body)
        except frames.FrameMalformed as error:
            logger.warning("a frame cannot be read: %s", error)
            return
        if not self.board.take(frame, n_shards=settings.TELEMETRY_SHARDS):
            if time.monotonic() - self._loaded_s.get(int(frame.header["shard"]), float("-inf")) < AGAIN_S:
                return  # the next frame will do as well
            await self._load(int(frame.header["shard"]))
            self.board.take(frame, n_shards=settings.TELEMETRY_SHARDS)
        self.last_frame_s[int(frame.header["shard"])] = time.monotonic()
        self._heard(frame)

    async def _load(self, shard: int) -> None:
        whole = await self._in_thread(lambda: hot.cells(shard))
        self._loaded_s[shard] = time.monotonic()
        if whole is not None:
            self.board.take(whole, n_shards=settings.TELEMETRY_SHARDS)
            self._heard(whole)
