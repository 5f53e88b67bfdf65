"""Days on which banks move money: not at weekends, nor on the holidays of the Federal Reserve."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays


@lru_cache(maxsize=8)
def _closed(year: int) -> frozenset[date]:
    """The Federal Reserve's holidays: a holiday on a Sunday is kept on the Monday after, one on a Saturday not at all."""
    days = holidays.country_holidays("US", years=year, observed=False)
    return frozenset(day + timedelta(days=1) if day.weekday() == 6 else day for day in days)


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _closed(day.year)


def next_business_day(day: date, *, count: int = 1) -> date:
    """The `count`th business day after a day."""
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day
