"""Counting days anew: those that were noted, or all of a merchant's."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from merchants.models import Merchant
from sales.counting.facts import DAY_KEYS, DAY_SUMS, DAYS_OF_SPAN, ITEM_KEYS, ITEM_SUMS, ITEMS_OF_SPAN

NOTES: Final = 2_000  # in one transaction
STEP: Final = timedelta(days=31)  # of a whole merchant's days at a time
LOCKED_AS: Final = 0x5A1E  # the first number of the lock; the second is the merchant's
_TAKE: Final = """
DELETE FROM sales_daynote WHERE id IN (SELECT id FROM sales_daynote ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING merchant_id, at
"""
_DAYS_IN, _ITEMS_IN = (", ".join(columns) for columns in (DAY_KEYS + DAY_SUMS, ("title", *ITEM_KEYS, *ITEM_SUMS)))
_WRITE: Final = (
    ("sales_salesday", f"INSERT INTO sales_salesday ({_DAYS_IN}) SELECT {_DAYS_IN} FROM ({DAYS_OF_SPAN}) found"),  # noqa: S608  # our own text  # nosec B608
    ("sales_itemday", f"INSERT INTO sales_itemday ({_ITEMS_IN}) SELECT {_ITEMS_IN} FROM ({ITEMS_OF_SPAN}) found"),  # noqa: S608  # our own text  # nosec B608
)


def count_noted(*, budget_s: float = 25.0) -> int:
    """Count every day anew that something was noted about; returns how many days. Safe to repeat and beside itself.

    Ends when nothing is left, or after `budget_s` with the rest left for another. Who dies in it leaves the notes.
    """
    ends_at, counted = time.monotonic() + budget_s, 0
    while time.monotonic() < ends_at:
        days = _count_batch()
        if days is None:
            break
        counted += days
    return counted


@transaction.atomic
def _count_batch() -> int | None:
    """Notes are taken before the merchant is locked, and facts are read after: what was committed with a note is seen with it."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [NOTES])
        notes = cursor.fetchall()
    if not notes:
        return None
    moments: dict[int, set[datetime | None]] = defaultdict(set)
    for merchant_id, at in notes:
        moments[merchant_id].add(at)
    merchants = Merchant.objects.filter(pk__in=moments).order_by("pk")
    return sum(_count_moments(merchant, moments[merchant.pk]) for merchant in merchants)


def _count_moments(merchant: Merchant, moments: Iterable[datetime | None]) -> int:
    if None in moments:
        return count_merchant(merchant)
    _lock(merchant)
    days = sorted({at.astimezone(merchant.zone).date() for at in moments if at})
    for day in days:
        _count_span(merchant, day, day)
    return len(days)


@transaction.atomic
def count_merchant(merchant: Merchant) -> int:
    """Count all of a merchant's days anew, also those that lie elsewhere since its zone was another; returns how many."""
    _lock(merchant)
    with connection.cursor() as cursor:
        for table, _ in _WRITE:
            cursor.execute(f"DELETE FROM {table} WHERE merchant_id = %s", [merchant.pk])  # noqa: S608  # our own names  # nosec B608
        cursor.execute(
            "SELECT min(captured_at) FROM checkout_payment WHERE merchant_id = %s AND status = 'captured'", [merchant.pk]
        )
        (first,) = cursor.fetchone()
    if first is None:
        return 0
    day, last = first.astimezone(merchant.zone).date(), timezone.now().astimezone(merchant.zone).date()
    total: int = (last - day).days + 1
    while day <= last:
        _count_span(merchant, day, min(day + STEP, last))
        day += STEP + timedelta(days=1)
    return total


def _count_span(merchant: Merchant, first: date, last: date) -> None:
    start, end = span(merchant.zone, first, last)
    values: dict[str, Any] = {"merchant": merchant.pk, "start": start, "end": end}
    with connection.cursor() as cursor:
        for table, insert in _WRITE:
            cursor.execute(
                f"DELETE FROM {table} WHERE merchant_id = %s AND day_on BETWEEN %s AND %s",  # noqa: S608  # our own names  # nosec B608
                [merchant.pk, first, last],
            )
            cursor.execute(insert, values)


def span(zone: ZoneInfo, first: date, last: date) -> tuple[datetime, datetime]:
    """From the midnight that begins the first day to the one that ends the last, as the zone has them."""
    start, end = (datetime.combine(day, clock.min, tzinfo=zone) for day in (first, last + timedelta(days=1)))
    return start, end


def _lock(merchant: Merchant) -> None:
    """Of two that count one merchant's days, who looked last also writes last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKED_AS, merchant.pk])
