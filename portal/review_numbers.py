"""The numbers of the review queue as its page shows them: words, and bars that are drawn on the server."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from eligibility.reviews import numbers
from eligibility.reviews.numbers import DAYS
from people.models import User
from portal.review_rows import SHORT

WIDTH, HEIGHT, GAP = 640, 160, 6
FOOT = 20  # px below the bars, for the days


def numbers_page() -> dict[str, Any]:
    waiting = sorted(numbers.waiting(), key=lambda one: -one.count)
    days = [timezone.now().date() - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    per_person = numbers.decided_per_day()
    totals = [sum(counts.get(day, 0) for counts in per_person.values()) for day in days]
    agreement, median = numbers.agreement(), numbers.median_item_s()
    return {
        "total": sum(one.count for one in waiting),
        "waiting": [
            {"words": SHORT.get(one.reason, one.reason), "count": one.count, "median": age(one.median_age_s), "p90": age(one.p90_age_s),  # type: ignore[call-overload]
             "cents": one.value_cents, "reason": one.reason}
            for one in waiting
        ],
        "bars": bars(days, totals), "chart": {"width": WIDTH, "height": HEIGHT + FOOT}, "is_idle": not any(totals),
        "people": _people(per_person, days), "days": DAYS,
        "pairs": agreement.pairs, "same_status": share(agreement.same_status), "same_category": share(agreement.same_category),
        "kappa": "" if agreement.kappa is None else f"{agreement.kappa:.2f}",
        "with_model": [{**row, "share": share(row["share"])} for row in numbers.with_model()],
        "median": "" if median is None else f"{median:.1f} s", "per_minute": "" if not median else f"{60 / median:.0f}",
    }  # fmt: skip


def _people(per_person: dict[str, dict[date, int]], days: list[date]) -> list[dict[str, Any]]:
    names = {user.public_id: user.get_username() for user in User.objects.filter(public_id__in=per_person)}
    rows = [
        {"name": names.get(voter, "an account that is gone" if voter else "no account"), "today": counts.get(days[-1], 0),
         "week": sum(counts.get(day, 0) for day in days[-7:]), "all": sum(counts.values()),
         "per_day": f"{sum(counts.values()) / max(len(counts), 1):.0f}"}
        for voter, counts in per_person.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["all"], row["name"]))


def bars(days: list[date], counts: list[int]) -> list[dict[str, Any]]:
    """One bar a day, in px of the drawing, with its count in words for the table twin."""
    step, most = WIDTH / len(days), max([*counts, 1])
    return [
        {"x": round(index * step + GAP / 2, 1), "y": round(HEIGHT * (1 - count / most), 1), "width": round(step - GAP, 1),
         "height": round(HEIGHT * count / most, 1), "middle": round((index + 0.5) * step, 1), "foot": HEIGHT + 15, "day": day, "count": count}
        for index, (day, count) in enumerate(zip(days, counts, strict=True))
    ]  # fmt: skip


def age(seconds: float) -> str:
    """The largest unit that tells enough: “35 min”, “7 h”, “12 days”."""
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.0f} h" if seconds < 129_600 else f"{seconds / 86_400:.0f} days"


def share(share_0_1: float | None) -> str:
    return "" if share_0_1 is None else f"{share_0_1:.0%}"
