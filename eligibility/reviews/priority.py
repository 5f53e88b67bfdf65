"""What is looked at first. Pure.

    priority = value × uncertainty × age, and above everything else what a merchant disputes

value: $1 and what sales of the last thirty days asked to pay for the item, in dollars, so that what was never sold waits its
turn and is not forgotten. uncertainty: 1 - the classifier's calibrated confidence, never below 0.02, so that a sure mistake on
much money still comes up; 1 where people disagree or nothing is known. age: 1 and the days it has waited.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

WINDOW_DAYS: Final = 30
LEAST_UNCERTAINTY: Final = 0.02
DISPUTED_FIRST: Final = 1e12  # above any value × age that a merchant could reach: a million dollars for a thousand years


def priority(*, reason: str, value_cents: int, confidence: float | None, age_days: float) -> float:
    """Higher comes first. confidence: 0 to 1, or none."""
    value = 1 + max(value_cents, 0) / 100
    is_open_question = confidence is None or reason in {"disagreement", "disputed"}
    uncertainty = 1.0 if is_open_question else min(max(1 - float(confidence or 0), LEAST_UNCERTAINTY), 1.0)
    reckoned = value * uncertainty * (1 + max(age_days, 0.0))
    return DISPUTED_FIRST + reckoned if reason == "disputed" else reckoned


def recent(daily_cents: Mapping[str, int], today: date) -> dict[str, int]:
    """Of the amounts by day (ISO dates), those of the last thirty days."""
    oldest = (today - timedelta(days=WINDOW_DAYS - 1)).isoformat()
    return {day: cents for day, cents in daily_cents.items() if day >= oldest}
