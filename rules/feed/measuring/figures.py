"""Reach and what followed, of one rule: counted from assignments, feedback and results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from common.scopes import across_merchants
from rules.feed.history import zone
from rules.models import Rule, SnoopAssignment, SnoopFeedback
from rules.results.by_rule import rule_results

DAYS: Final = 30
BINS: Final = 20  # of 50 points each; the last one holds 1000 too
Kind = SnoopFeedback.Kind


@dataclass(frozen=True, slots=True)
class Totals:
    """Customers, each counted once: to whom it was shown, who saw, dismissed, followed it, and who was held out."""

    shown: int
    held_out: int
    seen: int
    dismissed: int
    acted: int

    @property
    def act_rate(self) -> float | None:
        """Of those who saw it."""
        return self.acted / self.seen if self.seen else None


@across_merchants("a rule's figures are of everybody's customers")
def totals_of(rule: Rule) -> Totals:
    groups = dict(SnoopAssignment.objects.filter(rule=rule).order_by().values_list("group").annotate(Count("pk")))
    done = dict(SnoopFeedback.objects.filter(rule=rule).order_by().values_list("kind").annotate(Count("customer", distinct=True)))
    return Totals(
        shown=groups.get("shown", 0), held_out=groups.get("held_out", 0), seen=done.get(Kind.SEEN, 0),
        dismissed=done.get(Kind.DISMISSED, 0), acted=done.get(Kind.ACTED, 0),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    seen: int
    dismissed: int
    acted: int


@across_merchants("a rule's figures are of everybody's customers")
def days_of(rule: Rule, today: date) -> list[Day]:
    """The last DAYS days in the rules' time zone, oldest first; customers count once a day."""
    since = datetime.combine(today - timedelta(days=DAYS - 1), time.min, tzinfo=zone())
    rows = (
        SnoopFeedback.objects.filter(rule=rule, at__gte=since)
        .order_by()
        .values_list(TruncDate("at", tzinfo=zone()))
        .annotate(seen=who_did(Kind.SEEN), dismissed=who_did(Kind.DISMISSED), acted=who_did(Kind.ACTED))
    )
    found = {day: Day(day, seen, dismissed, acted) for day, seen, dismissed, acted in rows}
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    return [found.get(day, Day(day, 0, 0, 0)) for day in days]


def who_did(kind: str) -> Count:
    return Count("customer", distinct=True, filter=Q(kind=kind))


def histogram_of(rule: Rule) -> tuple[list[int], int]:
    """How many qualify now by score, in BINS bins; and all of them."""
    scores = rule_results(rule).scores
    bins = np.minimum(scores.astype(np.int64) * BINS // 1_000, BINS - 1)
    return np.bincount(bins, minlength=BINS).tolist(), int(scores.size)
