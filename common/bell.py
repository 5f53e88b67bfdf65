"""Waking a process that waits for work: a ring through Redis. Nothing hangs on it: who waits looks for itself as well."""

from __future__ import annotations

import redis

from common.redis_spare import SpareRedis

_redis = SpareRedis("bells are silent")


def bell_key(name: str) -> str:
    return f"bell:{name}"


def ring(name: str) -> None:
    """Wake who waits for this bell. Many rings before it looks are one. Never raises: work that is there gets done anyway."""

    def push(client: redis.Redis) -> None:
        with client.pipeline(transaction=False) as pipe:
            pipe.lpush(bell_key(name), 1)
            pipe.ltrim(bell_key(name), 0, 0)
            pipe.execute()

    _redis.ask(push)
