"""A merchant's sums by day, as they stand this moment: what was counted, and what was noted since counted in passing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from common.scopes import places_in_scope
from merchants.models import Merchant
from sales.counting.facts import DAY_KEYS, DAY_SUMS, DAYS_OF_SPAN
from sales.counting.recount import span
from sales.models import DayNote, SalesDay

MOST_IN_PASSING: Final = 2  # days: today, and one that a refund or a late capture touched
MOST_SALES_IN_PASSING: Final = 10_000  # of such a day, as counted last; beyond it a page shows what was counted last
_COUNTED: Final = """
SELECT day_on, sum(sales_count)::bigint, sum(gross_cents)::bigint, sum(benefit_cents)::bigint, sum(refunded_cents)::bigint
  FROM sales_salesday WHERE merchant_id = %s AND day_on BETWEEN %s AND %s GROUP BY day_on
"""
# Of some stores; and how many sales the whole day has, which says whether it can be counted in passing.
_COUNTED_THERE: Final = """
SELECT day_on, sum(sales_count)::bigint, coalesce(sum(sales_count) FILTER (WHERE there), 0)::bigint, coalesce(sum(gross_cents) FILTER (WHERE there), 0)::bigint,
       coalesce(sum(benefit_cents) FILTER (WHERE there), 0)::bigint, coalesce(sum(refunded_cents) FILTER (WHERE there), 0)::bigint
  FROM (SELECT *, store_id = ANY(%s::bigint[]) AS there FROM sales_salesday WHERE merchant_id = %s AND day_on BETWEEN %s AND %s) found GROUP BY day_on
"""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Money in cents; a sale counts on the day of its first capture."""

    sales_count: int = 0
    gross_cents: int = 0
    benefit_cents: int = 0
    refunded_cents: int = 0

    def __add__(self, other: DayFigures) -> DayFigures:
        return DayFigures(
            self.sales_count + other.sales_count, self.gross_cents + other.gross_cents, self.benefit_cents + other.benefit_cents,
            self.refunded_cents + other.refunded_cents,
        )  # fmt: skip


NOTHING: Final = DayFigures()


@dataclass(frozen=True, slots=True)
class Figures:
    """By day. is_behind: something happened since that is not in them yet; it will be in a few seconds."""

    days: dict[date, DayFigures]
    is_behind: bool

    def of(self, first: date, last: date) -> DayFigures:
        """The sums of these days, both included."""
        return sum((self.days.get(first + timedelta(n), NOTHING) for n in range((last - first).days + 1)), NOTHING)


def today_of(merchant: Merchant) -> date:
    """The day that it is at the merchant's."""
    return timezone.now().astimezone(merchant.zone).date()


def daily_figures(merchant: Merchant, first: date, last: date, stores: Collection[int] | None = None) -> Figures:
    """The merchant's sums of each of these days, both included. Notes are read before sums, so that none is missed between.

    stores: row ids; of these alone. Who is limited to some stores gets the sums of theirs, whatever is asked for.
    """
    kept = _kept_to(stores)
    moments = DayNote.objects.filter(merchant=merchant).values_list("at", flat=True)
    noted = {at.astimezone(merchant.zone).date() if at else None for at in moments}
    days, busy = _counted(merchant, first, last, kept)
    stale = {day for day in noted if day and first <= day <= last}
    fresh = sorted((day for day in stale if busy.get(day, 0) <= MOST_SALES_IN_PASSING), reverse=True)[:MOST_IN_PASSING]
    days |= {day: _in_passing(merchant, day, kept) for day in fresh}
    return Figures(days, is_behind=None in noted or bool(stale - set(fresh)))


def _counted(
    merchant: Merchant, first: date, last: date, kept: Collection[int] | None
) -> tuple[dict[date, DayFigures], dict[date, int]]:
    """The sums of each day as they were counted last, and how many sales it has in all stores."""
    with connection.cursor() as cursor:
        if kept is None:
            cursor.execute(_COUNTED, [merchant.pk, first, last])
            days = {day: DayFigures(*sums) for day, *sums in cursor.fetchall()}
            return days, {day: figures.sales_count for day, figures in days.items()}
        cursor.execute(_COUNTED_THERE, [list(kept), merchant.pk, first, last])
        rows = cursor.fetchall()
    return {day: DayFigures(*sums) for day, _, *sums in rows}, {day: count for day, count, *_ in rows}


def _kept_to(stores: Collection[int] | None) -> frozenset[int] | None:
    places = places_in_scope()
    if places is None:
        return None if stores is None else frozenset(stores)
    return frozenset(places) if stores is None else frozenset(places) & frozenset(stores)


def _in_passing(merchant: Merchant, day: date, kept: Collection[int] | None) -> DayFigures:
    start, end = span(merchant.zone, day, day)
    columns = (*DAY_KEYS, *DAY_SUMS)
    with connection.cursor() as cursor:
        cursor.execute(DAYS_OF_SPAN, {"merchant": merchant.pk, "start": start, "end": end})
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    rows = [row for row in rows if kept is None or row["store_id"] in kept]
    parts = (DayFigures(row["sales_count"], row["gross_cents"], row["benefit_cents"], row["refunded_cents"]) for row in rows)
    return sum(parts, NOTHING)


def first_day(merchant: Merchant) -> date | None:
    """The first day that was counted."""
    row = SalesDay.objects.filter(merchant=merchant).order_by("day_on").values_list("day_on", flat=True).first()
    return row
