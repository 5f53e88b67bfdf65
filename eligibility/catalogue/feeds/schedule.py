"""When a feed is fetched next: by the merchant's clock, or sooner and then more and more seldom after failures."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SPREAD_MINUTES: Final = 10  # so that not all feeds of an hour are fetched at its first second
FIRST_RETRY: Final = timedelta(minutes=10)
LONGEST_RETRY: Final = timedelta(hours=24)


def next_time(*, every_hours: int, at_hour: int, zone: ZoneInfo, after: datetime, name: str) -> datetime:
    """The first of the feed's hours after that moment. name: the feed's id, by which the minutes are spread."""
    minute = sum(name.encode()) % SPREAD_MINUTES
    today = after.astimezone(zone).date()
    hours = sorted((at_hour + step) % 24 for step in range(0, 24, every_hours))
    for days in range(3):  # two would do, but for a night in which the clocks go forward
        for hour in hours:
            local = datetime.combine(today + timedelta(days=days), time(hour, minute), tzinfo=zone)
            if (moment := local.astimezone(UTC)) > after:
                return moment
    raise AssertionError("each day has one of the hours")


def retry_delay(failures: int) -> timedelta:
    """After so many failures in a row: 10, 20, 40 minutes and so on, a day at most."""
    doubled: int = 1 << min(failures - 1, 10)
    return min(FIRST_RETRY * doubled, LONGEST_RETRY)
