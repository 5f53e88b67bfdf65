"""The statements of days and months that ended, for every merchant with money in the book."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from ledger.models import Account, Entry, Statement
from ledger.services.statements import GRACE, close_period, period_of
from merchants.models import Merchant

Period = Statement.Period
MOST_DAYS = 400  # of one merchant in one call; the next goes on


def close_ended_periods() -> int:
    """Close each day and month that ended more than two hours ago and has no statement; returns how many. Safe to repeat."""
    with_money = Merchant.objects.filter(pk__in=Account.objects.exclude(merchant=None).values("merchant"))
    first_at = Entry.objects.filter(merchant=OuterRef("pk")).order_by("posted_at").values("posted_at")[:1]
    asked = with_money.annotate(first_at=Subquery(first_at), **{f"last_{period}": _newest(period) for period in Period})
    return sum(_close(merchant) for merchant in asked.order_by("pk").iterator(500) if merchant.first_at)


def _newest(period: Period) -> Subquery:
    of_merchant = Statement.objects.filter(merchant=OuterRef("pk"), period=period)
    return Subquery(of_merchant.order_by("-starts_on").values("starts_on")[:1])


def _close(merchant: Any) -> int:
    """merchant: with what `close_ended_periods` asks for."""
    count = 0
    for period in Period:
        last: date | None = getattr(merchant, f"last_{period}")
        day = _after(period, last) if last else _first(merchant, period)
        while count < MOST_DAYS and period_of(merchant, period, day)[1] + GRACE <= timezone.now():
            close_period(merchant=merchant, period=period, starts_on=day)
            day, count = _after(period, day), count + 1
    return count


def _first(merchant: Any, period: Period) -> date:
    day: date = merchant.first_at.astimezone(merchant.zone).date()
    return day if period == Period.DAY else day.replace(day=1)


def _after(period: Period, day: date) -> date:
    return day + timedelta(days=1) if period == Period.DAY else (day + timedelta(days=32)).replace(day=1)
