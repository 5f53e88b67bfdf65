"""Redis for work that can do without it: asked briefly, never twice, and left alone for a while once it failed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
PAUSE_AFTER_FAILURE_S: Final = 5
R = TypeVar("R")


class SpareRedis:
    """Redis as one piece of work uses it. While it does not answer, that piece alone goes without, and says so once a pause.

    lost: what that means, for the log: “bells are silent”. decode: answers are text and not bytes.
    """

    def __init__(self, lost: str, *, decode: bool = False) -> None:
        self._lost, self._decode, self._silent_until = lost, decode, 0.0

    @property
    def is_silent(self) -> bool:
        return time.monotonic() < self._silent_until

    def ask(self, action: Callable[[redis.Redis], R]) -> R | None:
        """What the action returns; None while Redis does not answer. Waits REDIS_TIMEOUT_S at most, and never raises for Redis."""
        if self.is_silent:
            return None
        try:
            return action(_client(settings.REDIS_URL, self._decode))
        except redis.RedisError as error:
            self._silent_until = time.monotonic() + PAUSE_AFTER_FAILURE_S
            logger.warning("%s for %s s: %s", self._lost, PAUSE_AFTER_FAILURE_S, error)
            return None

    def forgive(self) -> None:
        """Ask again at once."""
        self._silent_until = 0.0


@lru_cache(maxsize=4)
def _client(url: str, decode: bool) -> redis.Redis:
    return redis.from_url(
        url, socket_timeout=settings.REDIS_TIMEOUT_S, socket_connect_timeout=settings.REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0), decode_responses=decode,
    )  # fmt: skip
