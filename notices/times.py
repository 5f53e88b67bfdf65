"""Quiet hours and the moments of digests, in a person's own zone. Pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MONDAY = 0


def window_start(now: datetime, window: timedelta) -> datetime:
    """The start of the span of this length that holds `now`, counted from 1970 in UTC."""
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)


def quiet_until(now: datetime, zone: ZoneInfo, start: time | None, end: time | None) -> datetime | None:
    """When the quiet hours that hold `now` are over, or None outside of them. They may run over midnight."""
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() if clock < end else local.date() + DAY
    return datetime.combine(day, end, tzinfo=zone).astimezone(UTC)


def latest_digest(now: datetime, zone: ZoneInfo, hour: int, *, is_weekly: bool) -> datetime:
    """The newest moment, not after `now`, at which a digest was due: each day, or each Monday, at `hour` on the wall."""
    local = now.astimezone(zone)
    day = local.date()
    if is_weekly:
        day -= timedelta(days=(day.weekday() - MONDAY) % 7)
    due = datetime.combine(day, time(hour), tzinfo=zone)
    if due > local:
        due = datetime.combine(day - (7 * DAY if is_weekly else DAY), time(hour), tzinfo=zone)
    return due.astimezone(UTC)
