"""Are sales slowing down? Doors of sales report how long each took; work that can wait looks here and stands back.

p95 of the last 30 s is compared with what it is in calm times, which are those without such work. The two are kept in
Redis: without it nobody stands back, and the worker's lowest priority alone protects sales.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import redis

from common.redis_spare import SpareRedis

WINDOW_S: Final = 30
FEWEST: Final = 20  # of fewer sales the slowest one in twenty says nothing
RISE: Final = 1.15  # a fifth is promised; who stands back only then has broken the promise
SLACK_MS: Final = 4.0  # a few milliseconds more on a fast sale are noise
CALM_SHARE: Final = 0.3  # of a new look at calm times in what is kept of them
BACKGROUND_S: Final = WINDOW_S + 10  # so long after background work the window still holds its traces
SALES, CALM, BACKGROUND = "load:sales", "load:calm", "load:background"

P = ParamSpec("P")
R = TypeVar("R")
_redis = SpareRedis("the load of sales is not known", decode=True)


def report_sale(kind: str, took_ms: float) -> None:
    """One step of a sale took so long. kind: which step; each is compared with its own kind alone."""
    now = time.time()
    member = f"{kind}:{took_ms:.1f}:{secrets.token_hex(4)}"

    def write(client: redis.Redis) -> None:
        with client.pipeline(transaction=False) as pipe:
            pipe.zadd(SALES, {member: now})
            pipe.zremrangebyscore(SALES, "-inf", now - WINDOW_S)
            pipe.expire(SALES, 2 * WINDOW_S)
            pipe.execute()

    _redis.ask(write)


def reports_its_time(kind: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a step of a sale: what it takes is reported when it succeeds."""

    def decorate(step: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(step)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            started = time.perf_counter()
            done = step(*args, **kwargs)
            report_sale(kind, (time.perf_counter() - started) * 1000)
            return done

        return timed

    return decorate


def p95_ms() -> dict[str, float]:
    """Kind -> p95 of the last 30 s, in ms; of the kinds of which there were enough."""
    found: Any = _redis.ask(lambda client: client.zrangebyscore(SALES, time.time() - WINDOW_S, "+inf")) or []
    by_kind: dict[str, list[float]] = defaultdict(list)
    for member in found:
        kind, took_ms, _ = member.rsplit(":", 2)
        by_kind[kind].append(float(took_ms))
    return {kind: sorted(times)[int(0.95 * len(times))] for kind, times in by_kind.items() if len(times) >= FEWEST}


def calm_ms() -> dict[str, float]:
    """Kind -> what p95 is in calm times, in ms."""
    found: Any = _redis.ask(lambda client: client.hgetall(CALM)) or {}
    return {kind: float(value) for kind, value in found.items()}


def note_calm() -> dict[str, float]:
    """Learn what calm times are like, unless background work is, or was a moment ago, under way. Returns what is known."""
    if _redis.ask(lambda client: client.exists(BACKGROUND)):
        return calm_ms()
    known = calm_ms()
    seen = {kind: ms if kind not in known else known[kind] + CALM_SHARE * (ms - known[kind]) for kind, ms in p95_ms().items()}
    if seen:
        _redis.ask(lambda client: client.hset(CALM, mapping={kind: f"{ms:.2f}" for kind, ms in seen.items()}))
    return known | seen


def note_background() -> None:
    """Work that can wait is under way now: what sales take in these seconds is no calm time."""
    _redis.ask(lambda client: client.set(BACKGROUND, 1, ex=BACKGROUND_S))


def sales_are_slowing() -> bool:
    """Does any step of a sale take clearly longer than in calm times? Not where there are few sales, or nothing to compare with."""
    calm = calm_ms()
    return any(kind in calm and now_ms > calm[kind] * RISE + SLACK_MS for kind, now_ms in p95_ms().items())
