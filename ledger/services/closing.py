"""The statements of days and months that ended, for every merchant with money in the book."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from ledger.models import Account, Entry, Statement
from ledger.services.statements import GRACE, close_period, period_of
from merchants.models import Merchant

MOST_DAYS = 400  # of one merchant in one call; the next goes on


def close_ended_periods() -> int:
    """Close each day and month that ended more than two hours ago and has no statement; returns how many. Safe to repeat."""
    with_money = Merchant.objects.filter(pk__in=Account.objects.exclude(merchant=None).values("merchant"))
    return sum(_close(merchant) for merchant in with_money.order_by("pk"))


def _close(merchant: Merchant) -> int:
    first = Entry.objects.filter(merchant=merchant).order_by("posted_at").first()
    if first is None:
        return 0
    count = 0
    for period in Statement.Period:
        day = _next(merchant, period, first.posted_at)
        while count < MOST_DAYS and period_of(merchant, period, day)[1] + GRACE <= timezone.now():
            close_period(merchant=merchant, period=period, starts_on=day)
            day, count = _after(period, day), count + 1
    return count


def _next(merchant: Merchant, period: Statement.Period, first_at: datetime) -> date:
    last = Statement.objects.filter(merchant=merchant, period=period).order_by("-starts_on").first()
    if last:
        return _after(period, last.starts_on)
    day = first_at.astimezone(merchant.zone).date()
    return day if period == Statement.Period.DAY else day.replace(day=1)


def _after(period: Statement.Period, day: date) -> date:
    return day + timedelta(days=1) if period == Statement.Period.DAY else (day + timedelta(days=32)).replace(day=1)
