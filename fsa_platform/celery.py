from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_process_init, worker_ready

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
    from common.readiness import NotReady, refuse_unready

    try:
        refuse_unready()
    except NotReady as error:
        sys.exit(str(error))
    _let_go_of_the_database()


@worker_process_init.connect
def follow_rules_in_child(**kwargs: Any) -> None:
    """Each process that judges serves the rules in force, from its start on."""
    from rules.publishing.watch import begin

    begin()


@worker_ready.connect
def follow_rules(sender: Any, **kwargs: Any) -> None:
    """Where tasks run in threads of this process. One that forks judges nothing itself, and must have no threads to lose."""
    if type(sender.pool).__module__ != "celery.concurrency.prefork":
        follow_rules_in_child()


def _let_go_of_the_database() -> None:
    """A worker that forks must not hand its children a connection, or a pool whose threads they do not have."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
