"""Celery doors of tills' sales."""

from __future__ import annotations

from celery import shared_task

from common.scopes import across_merchants
from pos_monitor.sales import losses


@shared_task(name="pos_monitor.note_unpaid_sales")
@across_merchants("looks at every merchant's offline sales")
def note_unpaid_sales() -> int:
    return losses.note_unpaid()
