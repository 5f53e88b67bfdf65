"""Celery doors of support's work."""

from __future__ import annotations

from celery import shared_task

from common.scopes import across_merchants
from pos_monitor.care import weekly


@shared_task(name="pos_monitor.write_weekly_reports", soft_time_limit=600, time_limit=660)
def write_weekly_reports() -> int:
    with across_merchants("each merchant has a report of its own"):
        return weekly.write_due()
