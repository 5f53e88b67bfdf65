"""Celery doors of history. Each does what is due and may be called at any time, twice and beside itself."""

from __future__ import annotations

from typing import Final

from celery import shared_task
from django.utils import timezone

from pos_monitor.history import compact, hours, retention

BETWEEN_STEPS_S: Final = 240  # then it leaves off, and the next call goes on: a worker that is asked to stop need not be killed


@shared_task(name="pos_monitor.make_partitions")
def make_partitions() -> None:
    hours.make_ahead(timezone.now())


@shared_task(name="pos_monitor.compact_history", soft_time_limit=600, time_limit=660)
def compact_history() -> int:
    return compact.compact(seconds=BETWEEN_STEPS_S)


@shared_task(name="pos_monitor.let_go_of_history")
def let_go_of_history() -> list[str]:
    return retention.let_go()
