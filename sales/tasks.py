"""Celery doors of sales. Raw SQL over tables of every merchant: each row says itself whose it is."""

from __future__ import annotations

from celery import shared_task

from sales.counting.recount import count_noted


@shared_task(name="sales.count_noted")
def count_noted_days() -> int:
    """Count anew the days that something was noted about; safe to repeat and beside itself."""
    return count_noted()
