"""What a customer did with each Snoop before, and what follows for showing it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from rules.models import Customer, SnoopFeedback

REMEMBERED: Final = timedelta(days=366)  # a cap is at most a year
DISMISSED_FOR: Final = timedelta(
    days=90
)  # whoever waved a hint away does not want it next month; next season it may matter again
ACTED_FOR: Final = timedelta(days=14)  # what was followed takes effect first: a claim is paid, a parcel arrives
Kind = SnoopFeedback.Kind


@dataclass(frozen=True, slots=True)
class Past:
    """seen_on: days in the rules' time zone. dismissed_at: of a dismissal that was not taken back."""

    seen_on: frozenset[date] = frozenset()
    dismissed_at: datetime | None = None
    acted_at: datetime | None = None


NOTHING: Final = Past()


def zone() -> ZoneInfo:
    """Whose days “today” and caps are counted in."""
    return ZoneInfo(settings.RULES_TIME_ZONE)


def history_of(customer: Customer, now: datetime) -> dict[int, Past]:
    """Rule's row id -> what was done with it in the last year. One query, by the index of the customer's rows."""
    rows = (
        SnoopFeedback.objects.filter(customer=customer, at__gt=now - REMEMBERED)
        .order_by("pk")
        .values_list("rule_id", "kind", "at")
    )
    found: dict[int, list[tuple[str, datetime]]] = {}
    for rule_id, kind, at in rows:
        found.setdefault(rule_id, []).append((kind, at))
    return {rule_id: _past(done) for rule_id, done in found.items()}


def _past(done: list[tuple[str, datetime]]) -> Past:
    """done: oldest first."""
    last = {kind: (order, at) for order, (kind, at) in enumerate(done)}
    dismissed, restored = last.get(Kind.DISMISSED), last.get(Kind.RESTORED)
    is_dismissed = dismissed is not None and (restored is None or restored[0] < dismissed[0])
    return Past(
        seen_on=frozenset(at.astimezone(zone()).date() for kind, at in done if kind == Kind.SEEN),
        dismissed_at=dismissed[1] if dismissed and is_dismissed else None,
        acted_at=last[Kind.ACTED][1] if Kind.ACTED in last else None,
    )


def is_resting(past: Past, *, cap_per_days: int, now: datetime) -> bool:
    """Is the Snoop kept away by what was done with it: dismissed, acted on, or seen as often as its cap lets?

    A day on which it was seen is one showing, however often the page is opened that day.
    """
    if past.dismissed_at and now - past.dismissed_at < DISMISSED_FOR:
        return True
    if past.acted_at and now - past.acted_at < ACTED_FOR:
        return True
    today = now.astimezone(zone()).date()
    return any(timedelta(0) < today - day < timedelta(days=cap_per_days) for day in past.seen_on)


def past_of(history: Mapping[int, Past], rule_id: int) -> Past:
    return history.get(rule_id, NOTHING)
