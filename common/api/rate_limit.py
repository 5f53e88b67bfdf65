"""A token bucket for each key, in Redis. Without Redis nobody is limited: a sale matters more than a limit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from common.redis_spare import SpareRedis

# GCRA: one number per key, the moment at which its bucket would be full again. Redis's own clock serves all processes.
GCRA = """
local now = redis.call('TIME'); now = now[1] * 1000 + now[2] / 1000
local per_ms = tonumber(ARGV[1]); local burst_ms = tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + per_ms
if full_at - now > burst_ms then return math.ceil(full_at - now - burst_ms) end
redis.call('SET', KEYS[1], full_at, 'PX', math.ceil(full_at - now) + 1000)
return 0
"""


_redis = SpareRedis("rate limits are off")


@lru_cache(maxsize=1)
def _script(client: redis.Redis) -> Any:
    return client.register_script(GCRA)


def address_of(request: Request) -> str:
    """Under what name calls without a valid key are counted."""
    return f"ip:{request.META.get('REMOTE_ADDR', '')}"


class KeyThrottle(BaseThrottle):
    """`API_RATE_PER_S` calls a second for each key, `API_BURST` at once; the address stands in where there is no key."""

    def __init__(self) -> None:
        self.wait_ms = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        return self.allow(getattr(request.auth, "rate_key", None) or address_of(request))

    def allow(self, who: str, *, per_s: float = 0, burst: int = 0) -> bool:
        """Count one call of `who`; False when it comes too early, and `wait` then says by how much.

        per_s, burst: how many a second and at once, where that is not what a key has.
        """
        per_ms = 1000 / (per_s or settings.API_RATE_PER_S)
        full_ms = per_ms * (burst or settings.API_BURST)
        self.wait_ms = _redis.ask(lambda client: _script(client)(keys=[f"rate:{who}"], args=[per_ms, full_ms])) or 0
        return self.wait_ms == 0

    def wait(self) -> float:
        return self.wait_ms / 1000
