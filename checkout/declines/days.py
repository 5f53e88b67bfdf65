"""The span of days that a page or a call asks for: the merchant's own days, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from merchants.models import Merchant

DEFAULT_DAYS: Final = 30
MOST_DAYS: Final = 366
FIRST_DAY: Final = date(2000, 1, 1)  # before any sale, and far from where dates end
LAST_DAY: Final = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Days:
    """first and last are days in the merchant's zone."""

    first: date
    last: date
    start: datetime
    end: datetime


def days_of(merchant: Merchant, first: date | None, last: date | None) -> Days:
    """The last 30 days where nothing is said; never more than a year, counted back from the last day, nor beyond 2000 to 2100."""
    first, last = (min(max(day, FIRST_DAY), LAST_DAY) if day else None for day in (first, last))
    until = last or (first + timedelta(days=DEFAULT_DAYS - 1) if first else timezone.now().astimezone(merchant.zone).date())
    since = first or until - timedelta(days=DEFAULT_DAYS - 1)
    since = max(min(since, until), until - timedelta(days=MOST_DAYS - 1))
    start, end = (datetime.combine(day, time.min, tzinfo=merchant.zone) for day in (since, until + timedelta(days=1)))
    return Days(since, until, start, end)
