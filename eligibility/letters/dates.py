"""Until when a letter counts. A letter counts on whole days, in calendar months, both ends included."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

LONGEST_MONTHS = 12


def last_day(issued_on: date, months: int) -> date:
    """The last day of a letter of so many calendar months: the day before the same day of a later month.

    Where that month has no such day, its last day: from 29 February 2028 twelve months reach to 28 February 2029,
    from 31 January one month to the end of February. Raises ValueError outside 1 to 12 months.
    """
    if not 1 <= months <= LONGEST_MONTHS:
        raise ValueError(f"A letter lasts 1 to {LONGEST_MONTHS} months, not {months}.")
    year, month = divmod(issued_on.year * 12 + issued_on.month - 1 + months, 12)
    days = monthrange(year, month + 1)[1]
    if issued_on.day > days:
        return date(year, month + 1, days)
    return date(year, month + 1, issued_on.day) - timedelta(days=1)
