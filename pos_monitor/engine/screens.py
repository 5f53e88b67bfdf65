"""Telling screens what changed, and answering what they ask (`engine.hot`)."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import redis
from django.conf import settings
from numpy.typing import NDArray
from redis.backoff import NoBackoff
from redis.retry import Retry

from pos_monitor.engine.hot import KEEP_S, Question, asked_at
from pos_monitor.engine.memory import Memory
from pos_monitor.wire import frames
from pos_monitor.wire.cells import Status
from pos_monitor.wire.record import RECORD

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 0.5  # screens can do without; the engine cannot wait
PAUSE_S: Final = 2.0  # after a failure
LISTEN_S: Final = 1.0


def client(timeout_s: float) -> redis.Redis:
    return redis.from_url(
        settings.REDIS_URL, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0), protocol=2
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What one tick tells, beside what stands in memory. records: RECORD[n] stored in it; waits: entries not taken yet."""

    now_ms: int
    changed: NDArray[np.uint32]
    records: NDArray[np.void]
    repeats: int
    waiting: int


class Screens:
    """Publishes frames. Without Redis it goes on; hubs see by `after` that they missed something."""

    def __init__(self, shard: int) -> None:
        self.shard = shard
        self._whole: tuple[Any, NDArray[np.uint32], NDArray[np.uint16]] | None = None  # header, numbers, cells
        self._client = client(TIMEOUT_S)
        self._tick = self._silent_until = 0.0
        self._focused = np.zeros(0, np.uint32)

    def tell(self, memory: Memory, told: Told) -> None:
        """One frame."""
        tick = max(int(self._tick) + 1, told.now_ms)
        header = self._header(memory, told, tick)
        self._tick = tick
        cells = memory.cells
        everybody = memory.mine()
        self._whole = (header.copy(), everybody, cells[everybody])
        focused = told.records[np.isin(told.records["terminal"], self._focused)] if len(self._focused) else told.records[:0]
        self._publish(frames.encode(header, told.changed, cells[told.changed], focused[-1000:]), told.now_ms)

    def whole(self) -> bytes | None:
        """The frame with which a hub begins: the cells of all, as of the last tick. From any thread."""
        if self._whole is None:
            return None
        header, numbers, cells = self._whole
        whole = header.copy()
        whole["is_whole"] = 1
        return frames.encode(whole, numbers, cells, np.zeros(0, RECORD))

    def _publish(self, frame: bytes, now_ms: int) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            with self._client.pipeline(transaction=False) as pipe:
                pipe.publish(frames.DIFF, frame)
                pipe.zrangebyscore(frames.FOCUS, now_ms / 1000, "+inf", start=0, num=frames.MOST_FOCUSED)
                _, focused = pipe.execute()
            self._focused = np.array([int(number) for number in focused if number.isdigit()], np.uint32)
        except redis.RedisError as error:
            self._silent_until = time.monotonic() + PAUSE_S
            logger.warning("screens are not told for %s s: %s", PAUSE_S, error)

    def _header(self, memory: Memory, told: Told, tick: int) -> NDArray[np.void]:
        header = np.zeros(1, frames.HEADER)
        mine = memory.mine()
        oldest = int(told.records["received_ms"].min()) if len(told.records) else told.now_ms
        values = {
            "shard": self.shard, "tick": tick, "after": int(self._tick), "server_ms": told.now_ms, "freshest_ms": memory.freshest_ms,
            "lag_ms": min(max(told.now_ms - oldest, 0), 2**32 - 1), "waiting": told.waiting, "reports": len(told.records),
            "repeats": told.repeats, "total": memory.total,
            "by_status": np.bincount(memory.state.status[mine], minlength=len(Status)),
            "alerts": np.bincount(memory.judge.worst[mine[mine < len(memory.judge.worst)]], minlength=4)[:4],
        }  # fmt: skip
        for name, value in values.items():
            header[name] = value
        return header


class Answers(threading.Thread):
    """Answers questions about what terminals are like now, beside the engine's own work."""

    def __init__(self, shard: int) -> None:
        super().__init__(name="answers", daemon=True)
        self.shard = shard
        self.serving: tuple[Memory, Screens] | None = None  # None: not ours to answer
        self._over = threading.Event()

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        while not self._over.is_set():
            try:
                with client(LISTEN_S + TIMEOUT_S) as asked:
                    while not self._over.is_set():
                        self._answer_one(asked)
            except redis.RedisError as error:
                logger.debug("no questions are heard: %s", error)
                self._over.wait(PAUSE_S)
            except Exception:
                logger.exception("a question was not answered")

    def _answer_one(self, asked: redis.Redis) -> None:
        if self.serving is None:
            self._over.wait(LISTEN_S / 4)
            return
        found: Any = asked.blpop([asked_at(self.shard)], timeout=int(LISTEN_S))
        if not found:
            return
        try:
            question = msgspec.msgpack.decode(found[1], type=Question)
        except msgspec.MsgspecError as error:
            logger.warning("a question that cannot be read: %s", error)
            return
        body = self._answer(question)
        if body is not None:
            with asked.pipeline(transaction=False) as pipe:
                pipe.rpush(question.reply, body)
                pipe.expire(question.reply, KEEP_S)
                pipe.execute()

    def _answer(self, question: Question) -> bytes | None:
        if self.serving is None:
            return None
        memory, screens = self.serving
        if not question.numbers:
            return screens.whole()
        state = memory.state
        numbers = np.frombuffer(question.numbers, "<u4")
        numbers = numbers[numbers < state.capacity]
        found: bytes = state.last[numbers[state.first_ms[numbers] > 0]].tobytes()
        return found
