"""The night of a run: whose day it is, when the window opens, and by when it must be done."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def zone() -> ZoneInfo:
    return ZoneInfo(settings.RULES_TIME_ZONE)


def day_of(moment: datetime) -> date:
    """The day that rules call “today”."""
    return moment.astimezone(zone()).date()


def window_of(day: date) -> tuple[datetime, datetime]:
    """When the nightly window of a day opens and closes. On the night in which clocks change it is an hour shorter or longer."""
    opens, closes = settings.RULES_NIGHT_HOURS
    return _at(day, opens), _at(day, closes)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour % 24), zone()) + timedelta(days=hour // 24)


def is_night(moment: datetime) -> bool:
    opens, closes = window_of(day_of(moment))
    return opens <= moment < closes


def deadline_of(moment: datetime) -> datetime | None:
    """By when a run that starts at this moment must be done: the window's end, if it starts inside it."""
    return window_of(day_of(moment))[1] if is_night(moment) else None
