"""Celery doors of webhooks. They have a queue and a worker of their own, because they call strangers and wait for them."""

from __future__ import annotations

import threading
from typing import Any, Final

from celery import shared_task
from celery.signals import worker_shutting_down

from common.scopes import across_merchants
from webhooks.engine.dispatcher import deliver as run_dispatcher
from webhooks.services.tidy import tidy as tidy_endpoints

RUN_S: Final = 50.0  # then the next tick of beat begins another
_stop = threading.Event()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stop_delivering(**kwargs: Any) -> None:
    _stop.set()


@shared_task(name="webhooks.deliver")
def deliver() -> None:
    """One after the other in one worker: beat asks every second, and what was asked during a run has expired after it."""
    run_dispatcher(seconds=RUN_S, stop=_stop)


@shared_task(name="webhooks.tidy")
@across_merchants("sweeps every merchant's endpoints")
def tidy() -> int:
    return tidy_endpoints()
