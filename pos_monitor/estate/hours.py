"""Opening hours of stores, turned into one bit for each minute of the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES


class Hours:
    """One way of being open. zone: an IANA name; written: as `Store.opening_hours` has it; empty is always open."""

    def __init__(self, zone: str, written: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self.zone = ZoneInfo(zone)
        self.week: NDArray[np.bool_] = week_of(written)

    def is_open(self, now_ms: int) -> bool:
        """Open at this Unix time in ms?"""
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self.zone)
        return bool(self.week[local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute])


def week_of(written: Mapping[str, Sequence[Sequence[str]]]) -> NDArray[np.bool_]:
    """bool [10080], Monday 00:00 first. A span that ends before it begins runs into the next day; what cannot be read is open.

    Open on a mistake, because a silent till must not go unnoticed over a typing error.
    """
    if not written:
        return np.ones(WEEK_MINUTES, bool)
    week = np.zeros(WEEK_MINUTES, bool)
    try:
        for day, spans in written.items():
            for begin, end in spans:
                start = int(day) * DAY_MINUTES + minute_of(begin)
                length = (minute_of(end) - minute_of(begin) - 1) % DAY_MINUTES + 1
                week[np.arange(start, start + length) % WEEK_MINUTES] = True
    except (ValueError, TypeError, AttributeError):
        week[:] = True
    return week


@lru_cache(maxsize=2000)
def minute_of(written: str) -> int:
    """`08:30` -> 510; `24:00` is the day's end. Raises ValueError."""
    hour, _, minute = written.partition(":")
    found = int(hour) * 60 + int(minute)
    if not 0 <= found <= DAY_MINUTES or int(minute) > 59 or int(hour) < 0:
        raise ValueError(f"{written} is no time of day.")
    return found


def complaint(written: Any) -> str:
    """What is wrong with opening hours as somebody wrote them; empty where nothing is."""
    if not isinstance(written, dict):
        return "Write hours as {“0”: [[“08:00”, “21:00”]]}, Monday being 0."
    for day, spans in written.items():
        if day not in {"0", "1", "2", "3", "4", "5", "6"}:
            return f"“{str(day)[:20]}” is no weekday: use 0 (Monday) to 6 (Sunday)."
        try:
            for begin, end in spans:
                if minute_of(begin) == minute_of(end):
                    return f"{begin} to {end} is no time at all: for a whole day write 00:00 to 24:00."
        except (ValueError, TypeError, AttributeError):
            return f"The hours of weekday {day} are not spans such as [“08:00”, “21:00”]."
    return ""
