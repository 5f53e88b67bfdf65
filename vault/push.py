"""Telling every process at once that a merchant's secrets must be forgotten, over Redis.

At most once, and only to those who listen: whoever was cut off forgets everything when it is back, because it cannot
know what it missed. Without Redis a secret still dies of its age.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
CHANNEL = "vault:forget"
PING_S, SILENCE_S = 1.0, 4.0  # a connection that answers no ping for so long may have lost something
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0

_forget: Callable[[int], None]
_forget_all: Callable[[], None]


def on_forget(forget: Callable[[int], None], forget_all: Callable[[], None]) -> None:
    """Who forgets when it is told to."""
    global _forget, _forget_all
    _forget, _forget_all = forget, forget_all


def publish(text: str) -> bool:
    """Tell the other processes; False if Redis is not there to tell them."""
    try:
        with redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.publish(CHANNEL, text)
    except redis.RedisError as error:
        logger.warning("no process was told of a changed key (%s): they find out when their copies age", error)
        return False
    return True


class Listener:
    """A daemon thread that hears what must be forgotten, and connects again for ever."""

    def __init__(self) -> None:
        self.is_listening = threading.Event()
        self._thread: threading.Thread | None = None
        self._mutex = threading.Lock()

    def ensure(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            with self._mutex:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="vault-listener", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                self._listen()
            except (redis.RedisError, OSError) as error:
                logger.debug("not listening for changed keys: %s", error)
            except Exception:
                logger.exception("listening for changed keys failed")
            pause_s = FIRST_PAUSE_S if self.is_listening.is_set() else min(pause_s * 2, LONGEST_PAUSE_S)
            self.is_listening.clear()
            _forget_all()
            time.sleep(pause_s)

    def _listen(self) -> None:
        client = redis.from_url(settings.REDIS_URL, socket_timeout=SILENCE_S, socket_connect_timeout=1)
        with client, client.pubsub() as hearing:  # type: ignore[no-untyped-call]
            hearing.subscribe(CHANNEL)
            heard_at = pinged_at = time.monotonic()
            while time.monotonic() - heard_at < SILENCE_S:
                message = hearing.get_message(timeout=PING_S)
                if message is not None:
                    heard_at = time.monotonic()
                    self._heard(message)
                if time.monotonic() - pinged_at >= PING_S:
                    hearing.ping()
                    pinged_at = time.monotonic()

    def _heard(self, message: dict[str, object]) -> None:
        if message["type"] == "subscribe":
            _forget_all()  # what changed before nobody told us
            self.is_listening.set()
        elif message["type"] == "message":
            text = bytes(message["data"]).decode(errors="replace")  # type: ignore[call-overload]
            _forget(int(text)) if text.isdigit() else _forget_all()


_listener = Listener()


def _new_in_child() -> None:
    """Threads do not survive a fork: the child starts its own when it first needs a key."""
    global _listener
    _listener = Listener()


os.register_at_fork(after_in_child=_new_in_child)


def ensure_listening() -> None:
    _listener.ensure()


def listener() -> Listener:
    return _listener
