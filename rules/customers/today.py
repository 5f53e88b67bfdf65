"""Whose day it is: rules count in days of one zone, so that a run has one “today” for everybody."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def rules_today() -> date:
    """The day in RULES_TIME_ZONE, which begins and ends there at midnight, on days of 23 and 25 hours too."""
    return timezone.localdate(timezone=ZoneInfo(settings.RULES_TIME_ZONE))
