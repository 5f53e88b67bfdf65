"""Telling every process that something is another now, over Redis. Nothing hangs on it: who is not told looks for itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import redis
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)
CONNECT_S = 1


def tell_after_commit(channel: str, number: int) -> None:
    transaction.on_commit(partial(tell, channel, number))


def tell(channel: str, number: int) -> None:
    try:
        with redis.from_url(settings.REDIS_URL, socket_timeout=CONNECT_S, socket_connect_timeout=CONNECT_S) as client:
            client.publish(channel, number)
    except redis.RedisError as error:
        logger.warning("no process was told of %s (%s): each finds out when it looks next", channel, error)


def listen(channel: str, heard: Callable[[], None], pause_s: float) -> NoReturn:
    """Call `heard` at once, whenever somebody tells of a change, and every `pause_s` seconds. Ends with Redis' error."""
    client = redis.from_url(settings.REDIS_URL, socket_timeout=pause_s + CONNECT_S, socket_connect_timeout=CONNECT_S)
    with client, client.pubsub(ignore_subscribe_messages=True) as hearing:  # type: ignore[no-untyped-call]
        hearing.subscribe(channel)
        while True:
            heard()
            hearing.get_message(timeout=pause_s)
