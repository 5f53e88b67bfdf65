"""How the queue does: what waits and how long, what is decided, how far people agree with each other and with the classifier."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F
from django.db.models.functions import TruncDate
from django.utils import timezone

from eligibility.models import Review, ReviewRequest
from eligibility.reviews.kappa import cohens_kappa
from eligibility.taxonomy import STATUSES, taxonomy

DAYS = 14
PAIRS_DAYS = 90
AGES = """
SELECT reason, count(*), min(created_at),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM %s - created_at)), sum(value_cents)
FROM eligibility_reviewrequest WHERE closed_at IS NULL GROUP BY reason
"""
MEDIAN_MS = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took_ms) FROM eligibility_review
WHERE took_ms IS NOT NULL AND undoes_id IS NULL AND decided_at >= %s
"""
PAIRS = """
SELECT voted[1], voted[2] FROM (
    SELECT array_agg(review.category_code ORDER BY review.id) AS voted
    FROM eligibility_review AS review LEFT JOIN eligibility_review AS back ON back.undoes_id = review.id
    WHERE review.undoes_id IS NULL AND back.id IS NULL AND review.voter <> '' AND review.decided_at >= %s
    GROUP BY review.merchant_id, review.item_key, review.round HAVING count(DISTINCT review.voter) > 1
) AS rounds
"""


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """What waits for one reason. Ages in seconds."""

    reason: str
    count: int
    median_age_s: float
    p90_age_s: float
    value_cents: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the first two people of a round agree: shares 0 to 1, on the status and on the very category."""

    pairs: int
    same_status: float | None
    same_category: float | None
    kappa: float | None


def waiting() -> list[WaitingFor]:
    with connection.cursor() as cursor:
        cursor.execute(AGES, [timezone.now()])
        rows = cursor.fetchall()
    return [WaitingFor(reason, count, ages[0], ages[1], int(cents or 0)) for reason, count, _, ages, cents in rows]


def decided_per_day() -> dict[str, dict[date, int]]:
    """Voter id -> day -> votes of the last two weeks that were not taken back."""
    since = timezone.now() - timedelta(days=DAYS)
    rows = (
        Review.objects.filter(decided_at__gte=since, undoes=None, undone_by=None)
        .annotate(day=TruncDate("decided_at")).values_list("voter", "day").annotate(Count("pk"))
    )  # fmt: skip
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for voter, day, count in rows:
        found[voter][day] = count
    return dict(found)


def agreement() -> Agreement:
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, [timezone.now() - timedelta(days=PAIRS_DAYS)])
        pairs = cursor.fetchall()
    by_code = taxonomy().by_code
    known = [(a, b) for a, b in pairs if a in by_code and b in by_code]
    statuses = [(by_code[a].status, by_code[b].status) for a, b in known]
    if not known:
        return Agreement(0, None, None, None)
    return Agreement(
        pairs=len(known), same_status=sum(a == b for a, b in statuses) / len(known), same_category=sum(a == b for a, b in known) / len(known),
        kappa=cohens_kappa(statuses),
    )  # fmt: skip


def with_model() -> list[dict[str, Any]]:
    """By the status that the classifier had suggested: how many votes, and the share (0 to 1) that chose the same status."""
    rows = (
        Review.objects.filter(undoes=None, undone_by=None).exclude(model_category="").exclude(voter="")
        .values_list("model_category", "category_code").annotate(Count("pk"))
    )  # fmt: skip
    by_code = taxonomy().by_code
    totals, same = dict.fromkeys(STATUSES, 0), dict.fromkeys(STATUSES, 0)
    for suggested, chosen, count in rows:
        if suggested in by_code and chosen in by_code:
            status = by_code[suggested].status
            totals[status] += count
            same[status] += count if by_code[chosen].status == status else 0
    return [{"status": s, "count": totals[s], "share": same[s] / totals[s] if totals[s] else None} for s in STATUSES]


def median_item_s() -> float | None:
    """Seconds that one item takes a person, in the middle, of the last two weeks."""
    with connection.cursor() as cursor:
        cursor.execute(MEDIAN_MS, [timezone.now() - timedelta(days=DAYS)])
        found = cursor.fetchone()
    return found[0] / 1000 if found and found[0] is not None else None


def closed_per_day() -> dict[date, int]:
    """Day -> requests that two people settled."""
    since = timezone.now() - timedelta(days=DAYS)
    rows = ReviewRequest.objects.filter(closed_at__gte=since).annotate(day=TruncDate(F("closed_at"))).values_list("day")
    return dict(rows.annotate(Count("pk")))
