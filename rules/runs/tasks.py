"""Celery doors of runs. Parts have a queue of their own, whose workers fork: evaluating needs cores, not threads."""

from __future__ import annotations

from typing import Final

from celery import shared_task
from django.db import close_old_connections, connection

from common.scopes import across_merchants
from rules.runs import part, tidy, watch

SOFT_LIMIT_S: Final = 90  # a part takes about a second; both lie far below the broker's visibility timeout
HARD_LIMIT_S: Final = 120


@shared_task(name="rules.judge_part", soft_time_limit=SOFT_LIMIT_S, time_limit=HARD_LIMIT_S)
@across_merchants("a run judges everybody's customers")
def judge_part(part_id: int) -> bool:
    """Judge one part; what comes twice does nothing."""
    if not connection.in_atomic_block:
        close_old_connections()  # one that broke while the worker was idle
    return part.judge_part(part_id)


@shared_task(name="rules.watch_runs")
@across_merchants("a run judges everybody's customers")
def watch_runs() -> int:
    return watch.look_after_runs()


@shared_task(name="rules.start_nightly")
@across_merchants("a run judges everybody's customers")
def start_nightly() -> str:
    run = watch.start_nightly()
    return run.public_id if run else ""


@shared_task(name="rules.tidy_runs")
@across_merchants("drops everybody's old results")
def tidy_runs() -> int:
    return tidy.tidy()
