"""Waking a process that waits for work: a ring through Redis. Nothing hangs on it: who waits looks for itself as well."""

from __future__ import annotations

import logging
import time
from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
PAUSE_AFTER_FAILURE_S = 5
_silent_until = 0.0


def bell_key(name: str) -> str:
    return f"bell:{name}"


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    return redis.from_url(url, socket_timeout=settings.REDIS_TIMEOUT_S, socket_connect_timeout=settings.REDIS_TIMEOUT_S,
                          retry=Retry(NoBackoff(), 0))  # fmt: skip


def ring(name: str) -> None:
    """Wake who waits for this bell. Many rings before it looks are one. Never raises: work that is there gets done anyway."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        with _client(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            pipe.lpush(bell_key(name), 1)
            pipe.ltrim(bell_key(name), 0, 0)
            pipe.execute()
    except redis.RedisError as error:
        _silent_until = time.monotonic() + PAUSE_AFTER_FAILURE_S
        logger.warning("bells are silent for %s s: %s", PAUSE_AFTER_FAILURE_S, error)
