"""Celery doors of the engine: what is done beside it. Each may be called at any time, twice and beside itself."""

from __future__ import annotations

from celery import shared_task

from pos_monitor.engine import tidying


@shared_task(name="pos_monitor.let_go_of_gaps")
def let_go_of_gaps() -> tuple[int, int, int]:
    return tidying.let_go()
