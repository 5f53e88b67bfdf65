from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings")

app = Celery("fsa_platform", task_cls="fsa_platform.task_base:PlatformTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def stand_behind_sales(**kwargs: Any) -> None:
    """Before the worker starts a thread: a thread takes its priority from the one that starts it."""
    from django.conf import settings

    from common.priority import use_lowest_priority

    if settings.WORKER_IN_BACKGROUND:
        use_lowest_priority()


@worker_init.connect
@beat_init.connect
def stop_if_unready(**kwargs: Any) -> None:
    """Celery swallows what a receiver raises, but not this."""
    from fsa_platform.readiness.gate import NotReady, refuse_unready

    try:
        refuse_unready()
    except NotReady as error:
        sys.exit(str(error))
