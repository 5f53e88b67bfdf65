"""Telling every process that another model is in office, over Redis. Nothing hangs on it: who is not told looks for itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import redis
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)
CHANNEL = "eligibility:model"
CONNECT_S = 1


def tell_after_commit(number: int) -> None:
    transaction.on_commit(partial(_publish, number))


def _publish(number: int) -> None:
    try:
        with redis.from_url(settings.REDIS_URL, socket_timeout=CONNECT_S, socket_connect_timeout=CONNECT_S) as client:
            client.publish(CHANNEL, number)
    except redis.RedisError as error:
        logger.warning("no process was told of the model's change (%s): each looks within %s s", error, settings.MODEL_POLL_S)


def listen(heard: Callable[[], None], pause_s: float) -> NoReturn:
    """Call `heard` at once, whenever somebody tells of a change, and every `pause_s` seconds. Ends with Redis' error."""
    client = redis.from_url(settings.REDIS_URL, socket_timeout=pause_s + CONNECT_S, socket_connect_timeout=CONNECT_S)
    with client, client.pubsub(ignore_subscribe_messages=True) as hearing:  # type: ignore[no-untyped-call]
        hearing.subscribe(CHANNEL)
        while True:
            heard()
            hearing.get_message(timeout=pause_s)
