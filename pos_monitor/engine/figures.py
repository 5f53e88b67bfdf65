"""What one engine process counts from its start, told every two seconds for whoever serves /metrics."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from typing import Final

import redis

from common.processes import process_name

logger = logging.getLogger(__name__)

KEY: Final = "telemetry:engines"  # a hash in the Redis of reports: process -> JSON
SAY_S: Final = 2.0


class Figures:
    """Written by the engine's own thread alone."""

    def __init__(self, shard: int) -> None:
        self.shard, self.is_serving = shard, False
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()  # by where nobody expected one
        self.batch_seconds = self.back_seconds = 0.0
        self._slowest_s = 0.0
        self._said_at = 0.0

    def begin(self, back_seconds: float) -> None:
        """The shard is ours; what was known is back after so long."""
        self.is_serving, self.back_seconds = True, back_seconds
        self.counts["takeovers"] += 1

    def batch(self, seconds: float, **counts: int) -> None:
        """One tick is done."""
        self.batch_seconds += seconds
        self._slowest_s = max(self._slowest_s, seconds)
        self.counts.update(counts, batches=1)

    def stumbled(self, where: str) -> None:
        self.errors[where] += 1

    def say(self, streams: redis.Redis) -> None:
        """Tell, if it is time again. Without Redis, later."""
        if time.monotonic() - self._said_at < SAY_S:
            return
        self._said_at = time.monotonic()
        told = {
            "at": time.time(), "shard": self.shard, "serving": int(self.is_serving), "batch_seconds_total": round(self.batch_seconds, 4),
            "slowest_batch_seconds": round(self._slowest_s, 4), "back_seconds": round(self.back_seconds, 2),
            "counts": {f"{name}_total": count for name, count in self.counts.items()}, "errors": dict(self.errors),
        }  # fmt: skip
        self._slowest_s = 0.0
        try:
            streams.hset(KEY, process_name(), json.dumps(told))
        except redis.RedisError as error:
            logger.debug("Redis was not told figures: %s", error)
