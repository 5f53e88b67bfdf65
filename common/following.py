"""Following what another process may change: a row that says which version is in force, for instance.

A daemon thread looks when it is told over Redis, and every few seconds in any case. What keeps it from looking is logged, and the process
goes on with what it has.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

import redis
from django.db import DatabaseError, connection

from common.push import listen

logger = logging.getLogger(__name__)


class _Over(Exception):
    """Nobody follows any more."""


def follow(*, channel: str, look: Callable[[], None], pause_s: float) -> threading.Event:
    """Look now, on the caller's connection, and from here on in a thread: when `channel` tells, and every `pause_s` seconds.

    The thread ends with the process, or at its next look once the event that is returned is set.
    """
    _look_quietly(look)
    over = threading.Event()
    threading.Thread(target=_run, args=(channel, look, pause_s, over), name=f"follows {channel}", daemon=True).start()
    return over


def _run(channel: str, look: Callable[[], None], pause_s: float, over: threading.Event) -> None:
    def look_and_let_go() -> None:
        if over.is_set():
            raise _Over
        _look_quietly(look)
        connection.close()  # back to the pool: this thread has no request that would do it

    with contextlib.suppress(_Over):
        while True:
            try:
                listen(channel, look_and_let_go, pause_s)
            except (redis.RedisError, OSError) as error:
                logger.debug("not hearing of %s: %s", channel, error)
                look_and_let_go()
                time.sleep(pause_s)


def _look_quietly(look: Callable[[], None]) -> None:
    try:
        look()
    except DatabaseError as error:
        logger.warning("cannot see what is in force: %s", error)
    except Exception:
        logger.exception("following what is in force failed")
