"""Celery doors of webhooks. They have a queue and a worker of their own, because they call strangers and wait for them."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, Final

from celery import shared_task
from celery.signals import worker_shutting_down

from common.scopes import across_merchants
from webhooks.engine.dispatcher import deliver as run_dispatcher
from webhooks.services.tidy import tidy as tidy_endpoints

RUN_S: Final = 600.0  # well below the broker's visibility timeout, after which a task would be given to another as well
_stop = threading.Event()
_turn = threading.Lock()  # held by the one loop of this process that takes up work


@worker_shutting_down.connect
def _stop_delivering(**kwargs: Any) -> None:
    _stop.set()


@shared_task(name="webhooks.deliver")
def deliver() -> bool:
    """Run a loop, unless this process has one; beat asks every second. Returns whether it ran.

    A loop whose time is over only waits for its last calls. The next one begins beside it, in the worker's second thread.
    """
    if _stop.is_set() or not _turn.acquire(blocking=False):
        return False
    with contextlib.ExitStack() as held:
        held.callback(_turn.release)
        run_dispatcher(seconds=RUN_S, stop=_stop, before_drain=held.close)
    return True


@shared_task(name="webhooks.tidy")
@across_merchants("sweeps every merchant's endpoints")
def tidy() -> int:
    return tidy_endpoints()
