"""When a delivery is tried again, and what a receiver's answer means."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

# Standard Webhooks' own schedule: 3 days and 3½ hours from the first attempt to the tenth and last.
RETRY_DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
MAX_ATTEMPTS: Final = len(RETRY_DELAYS) + 1
JITTER: Final = 0.1  # up to a tenth more, so that what failed together does not come back together
PAUSE_AFTER: Final = timedelta(days=3)
PAUSE_AFTER_FAILURES: Final = 10  # as well: one lonely failure in three quiet days is no dead receiver
DISABLE_AFTER_PAUSE: Final = timedelta(days=30)
GONE: Final = 410
THROTTLING: Final = frozenset({429, 502, 503, 504})
THROTTLE_S: Final = 10  # where the receiver does not say how long
MAX_THROTTLE_S: Final = 3600


def is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def next_attempt(round_attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts of this round; None: give up."""
    if round_attempts >= MAX_ATTEMPTS:
        return None
    return now + RETRY_DELAYS[max(0, round_attempts - 1)] * (1 + random.random() * JITTER)  # noqa: S311  # spread, not secrecy


def throttle_s(status: int | None, retry_after: str, now: datetime) -> float:
    """For how many seconds the receiver wants to hear nothing: its Retry-After (RFC 9110, seconds or a date), bounded."""
    if status not in THROTTLING:
        return 0.0
    wanted = _retry_after_s(retry_after.strip(), now)
    return min(max(wanted, 0.0), MAX_THROTTLE_S) if wanted is not None else THROTTLE_S


def _retry_after_s(written: str, now: datetime) -> float | None:
    if written.isascii() and written.isdigit() and len(written) < 12:
        return float(written)
    try:
        at = parsedate_to_datetime(written)
    except (ValueError, TypeError):
        return None
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
