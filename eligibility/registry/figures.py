"""Reading the counts: weeks of drift, agreement of two models. Shares are 0 to 1; None where nothing was counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from eligibility.models import DriftDay, ShadowTally
from eligibility.models.traffic import SCORE_BINS, no_scores
from eligibility.registry.drift import week_of

WEEK: Final = timedelta(days=7)
LEAST_SHARE: Final = 1e-4  # stands for an empty bin, so that the index stays finite
LEAST_SCORES: Final = 50  # below so many titles an index says more about chance than about drift
PSI_WATCH, PSI_ALARM = 0.1, 0.25  # the usual reading: below is stable, above has shifted
STATUSES: Final = ("eligible", "rx", "letter", "not_eligible", "unknown")


@dataclass(slots=True)
class Traffic:
    """What a group of days adds up to."""

    judged: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    evidences: Counter[str] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=no_scores)
    list_seen: int = 0
    list_unknown: int = 0
    list_disagreed: int = 0
    human_seen: int = 0
    human_unknown: int = 0
    human_disagreed: int = 0

    def take(self, row: DriftDay) -> None:
        self.statuses.update(row.statuses)
        self.evidences.update(row.evidences)
        self.scores = [mine + more for mine, more in zip(self.scores, row.scores, strict=True)]
        for name in ("judged", "list_seen", "list_unknown", "list_disagreed", "human_seen", "human_unknown", "human_disagreed"):
            setattr(self, name, getattr(self, name) + getattr(row, name))

    def share(self, status: str) -> float | None:
        return ratio(self.statuses[status], self.judged)

    @property
    def unknown_rate(self) -> float | None:
        return self.share("unknown")

    @property
    def list_disagreement(self) -> float | None:
        """Of what a list decided and the model was sure of, the share where they differ."""
        return ratio(self.list_disagreed, self.list_seen - self.list_unknown)

    @property
    def human_disagreement(self) -> float | None:
        return ratio(self.human_disagreed, self.human_seen - self.human_unknown)


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def by_week(
    *, merchant_id: int | None = None, version: str = "", weeks: int = 12, today: date | None = None
) -> dict[date, Traffic]:
    """Monday → its traffic, oldest first; weeks without traffic stand there empty."""
    monday = week_of(today or timezone.now().date())
    found = {monday - n * WEEK: Traffic() for n in reversed(range(weeks))}
    for row in _days(merchant_id, version).filter(day__gte=min(found), day__lt=monday + WEEK):
        found[week_of(row.day)].take(row)
    return found


def by_merchant(*, monday: date, version: str = "") -> dict[int, Traffic]:
    """Merchant's row id → its traffic of one week."""
    found: dict[int, Traffic] = {}
    for row in _days(None, version).filter(day__gte=monday, day__lt=monday + WEEK):
        found.setdefault(row.merchant_id, Traffic()).take(row)
    return found


def _days(merchant_id: int | None, version: str) -> QuerySet[DriftDay]:
    rows = DriftDay.objects.all()
    rows = rows.filter(merchant_id=merchant_id) if merchant_id else rows
    return rows.filter(model_version=version) if version else rows


def stability_index(expected: Sequence[float], actual: Sequence[float]) -> float | None:
    """Population stability index of two histograms of the same bins; None where one of them has too little in it."""
    if sum(expected) < LEAST_SCORES or sum(actual) < LEAST_SCORES:
        return None
    total = 0.0
    for was, now in zip(expected, actual, strict=True):
        before, after = max(was / sum(expected), LEAST_SHARE), max(now / sum(actual), LEAST_SHARE)
        total += (after - before) * math.log(after / before)
    return total


def against_reference(reference: Sequence[dict[str, Any]], scores: Sequence[int]) -> float | None:
    """The index of live scores against the bins of the training report, which are the coarser ones."""
    if not reference:
        return None
    live = [0] * len(reference)
    for at, count in enumerate(scores):
        middle = (at + 0.5) / SCORE_BINS
        inside = [n for n, one in enumerate(reference) if one["low"] <= middle < one["high"]]
        nearest = inside or [min(range(len(reference)), key=lambda n: abs(reference[n]["low"] - middle))]
        live[nearest[0]] += count
    return stability_index([one["n"] for one in reference], live)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two models agree on what the live one calls `status`."""

    status: str
    count: int
    same: int
    same_category: int
    instead: tuple[tuple[str, int], ...]  # what the other says otherwise, most frequent first

    @property
    def share(self) -> float | None:
        return ratio(self.same, self.count)


def agreement(tallies: Iterable[ShadowTally]) -> list[Agreement]:
    """One line for each status of the live model, and one, `all`, for the whole."""
    rows = list(tallies)
    return [line for status in (*STATUSES, "all") if (line := _agreement(status, rows)).count]


def _agreement(status: str, rows: Sequence[ShadowTally]) -> Agreement:
    mine = [row for row in rows if status in {row.live_status, "all"}]
    instead: Counter[str] = Counter()
    for row in mine:
        if row.shadow_status != row.live_status:
            instead[row.shadow_status] += row.count
    same = [row for row in mine if row.shadow_status == row.live_status]
    return Agreement(
        status, sum(row.count for row in mine), sum(row.count for row in same),
        sum(row.count - row.other_category for row in same), tuple(instead.most_common()),
    )  # fmt: skip
