"""When a list's day begins: at midnight of the publisher's time zone, also on the days when clocks change."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo


def day_begins(day: date, zone: str) -> datetime:
    """The first moment of the day there. Where midnight is skipped or comes twice, the earlier of the two."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))


def is_in_window(at: datetime, begins: time | None, ends: time | None, zone: str) -> bool:
    """Is it between the two times of day there? A window may run over midnight; without both there is none, and any time will do."""
    if begins is None or ends is None or begins == ends:
        return True
    now = at.astimezone(ZoneInfo(zone)).time()
    return begins <= now < ends if begins < ends else now >= begins or now < ends
