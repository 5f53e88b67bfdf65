"""When a subscription renews: pure calendar arithmetic in the shop's own zone.

Every date is counted from the anchor, never from the date before: what begins on 31 January renews on 28 (29) February and on
31 March again, and what begins on 29 February renews on 28 February of a common year and on the 29th of a leap year. The hour
is the shop's: a summer-time change moves no renewal by its clock. An hour that the clock leaps over is taken as if it had not leapt
(02:30 becomes 03:30), and of an hour that comes twice, the first counts.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MONTHS: Final = {"month": 1, "year": 12}
DAYS: Final = {"day": 1, "week": 7}
UNITS: Final = (*DAYS, *MONTHS)
FURTHEST_AHEAD: Final = timedelta(days=5 * 366)  # what begins later is not promised: cards do not last so long, and dates end


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every `count` units, from the anchor: a day and an hour in `zone`. Period `first` is the anchor's own."""

    unit: str
    count: int
    anchor_on: date
    anchor_time: time
    zone: ZoneInfo
    first: int = 0

    def day_of(self, number: int) -> date:
        """The day on which a period begins, in the zone."""
        steps = (number - self.first) * self.count
        if self.unit in DAYS:
            return self.anchor_on + timedelta(days=steps * DAYS[self.unit])
        months = self.anchor_on.month - 1 + steps * MONTHS[self.unit]
        year, month = self.anchor_on.year + months // 12, months % 12 + 1
        return date(year, month, min(self.anchor_on.day, monthrange(year, month)[1]))

    def begins_at(self, number: int) -> datetime:
        """The moment, in UTC, at which a period begins and is charged."""
        local = datetime.combine(self.day_of(number), self.anchor_time, tzinfo=self.zone)
        return local.astimezone(UTC)

    def number_at(self, moment: datetime) -> int:
        """The period in which a moment lies; `first` - 1 before all of them."""
        local = moment.astimezone(self.zone)
        if self.unit in DAYS:
            guess = (local.date() - self.anchor_on).days // (DAYS[self.unit] * self.count)
        else:
            months = (local.year - self.anchor_on.year) * 12 + local.month - self.anchor_on.month
            guess = months // (MONTHS[self.unit] * self.count)
        number = max(self.first + guess + 1, self.first)
        while number >= self.first and self.begins_at(number) > moment:
            number -= 1
        return number
