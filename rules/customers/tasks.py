"""Celery doors of what is known of customers. Raw SQL over tables of every merchant: each row says itself whose it is."""

from __future__ import annotations

from celery import shared_task

from rules.customers.refresh import refresh_changed, refresh_due, refresh_merchants

BUDGET_S = 25.0  # a tick that lasts longer leaves the rest to the next, and to whoever works beside it


@shared_task(name="rules.refresh_customers")
def refresh_customers() -> int:
    """Bring up to date persons and shoppers about whom something was noted; safe to repeat and beside itself."""
    return refresh_changed(budget_s=BUDGET_S)


@shared_task(name="rules.refresh_merchants")
def refresh_merchants_task() -> int:
    return refresh_merchants(budget_s=BUDGET_S)


@shared_task(name="rules.refresh_due_customers")
def refresh_due_customers() -> int:
    """Bring up to date those for whom a day that passed changed something: most of it just after midnight."""
    return refresh_due(budget_s=BUDGET_S)
