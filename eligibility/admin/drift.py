"""The drift page: weeks of one merchant or of all, drawn and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import Related
from common.admin_cells import badge, link
from eligibility.admin.charts import Axis, Series, bar_chart, line_chart, share_axis
from eligibility.admin.evidence import status_badge
from eligibility.admin.model_report import name_of_category, share
from eligibility.models import DriftDay, DriftSample, ModelVersion, StreamPlace
from eligibility.models.traffic import SCORE_BINS
from eligibility.registry.drift import week_of
from eligibility.registry.figures import (
    PSI_ALARM,
    PSI_WATCH,
    Traffic,
    against_reference,
    by_merchant,
    by_week,
    stability_index,
)
from eligibility.registry.stream import dropped
from merchants.models import Merchant

WEEKS = 12
MOST_MERCHANTS = 200
WEEK_HEADS = (
    "Week of", "#Items", "#Eligible", "#Prescription", "#Letter", "#Not eligible", "#Unknown", "#By list", "#By a person", "Drift from training",
    "Drift from the week before",
)  # fmt: skip


def drift_context(asked: Mapping[str, str]) -> dict[str, Any]:
    """asked: merchant (public id), version, week (a day in it). What names nothing is left out."""
    merchant = Merchant.objects.filter(public_id=asked.get("merchant", "")).first()
    versions = sorted(set(DriftDay.objects.values_list("model_version", flat=True)) - {""})
    version = asked.get("version", "") if asked.get("version", "") in versions else ""
    weeks = by_week(merchant_id=merchant.pk if merchant else None, version=version, weeks=WEEKS)
    monday = _monday(asked.get("week", ""), weeks)
    reference = _reference(version)
    now = weeks[monday]
    return {
        "merchants": Merchant.objects.order_by("name")[:MOST_MERCHANTS], "merchant": merchant, "versions": versions, "version": version,
        "mondays": list(reversed(weeks)), "monday": monday, "is_empty": not any(week.judged for week in weeks.values()), "lost": _lost(),
        "figures": [
            ("Items judged", f"{now.judged:,}"), ("Unknown", share(now.unknown_rate)), ("Eligible", share(now.share("eligible"))),
            ("Model against lists", share(now.list_disagreement)), ("Model against reviewers", share(now.human_disagreement)),
            ("Drift from training", index_badge(against_reference(reference, now.scores))),
            ("Drift from the week before", index_badge(_before(weeks, monday))),
        ],
        "rates": _rates(weeks), "scores": _scores(now, reference), "weeks": _weeks(weeks, reference),
        "by_merchant": None if merchant else _by_merchant(monday, version, reference), "samples": _samples(merchant, monday),
    }  # fmt: skip


def index_badge(value: float | None) -> SafeString | str:
    """The stability index with the word that goes with it."""
    if value is None:
        return "too little"
    word, tone = ("stable", "good") if value < PSI_WATCH else ("watch", "warn") if value < PSI_ALARM else ("shifted", "fault")
    return format_html("{} {}", f"{value:.2f}", badge(word, tone))


def _monday(text: str, weeks: Mapping[date, Traffic]) -> date:
    """The week that was asked for, else the newest with traffic."""
    try:
        wanted = week_of(date.fromisoformat(text))
    except ValueError:
        wanted = None
    busy = [monday for monday, week in weeks.items() if week.judged]
    return wanted if wanted in weeks else busy[-1] if busy else max(weeks)  # type: ignore[return-value]  # in weeks: no None


def _reference(version: str) -> list[dict[str, Any]]:
    row = ModelVersion.objects.filter(version=version).first() if version else ModelVersion.objects.filter(state="live").first()
    return list(row.reference) if row else []


def _before(weeks: Mapping[date, Traffic], monday: date) -> float | None:
    before = weeks.get(monday - timedelta(days=7))
    return stability_index(before.scores, weeks[monday].scores) if before else None


def _lost() -> str:
    place, lost = StreamPlace.objects.filter(reader="shadow").first(), dropped()
    words = [f"{lost:,} entries of at most 50 items were dropped: too many waited, or Redis was away."] if lost else []
    if place and place.skipped:
        words.append(f"The model in shadow passed over {place.skipped:,}.")
    return " ".join(words)


def _rates(weeks: Mapping[date, Traffic]) -> dict[str, Any]:
    numbered = list(enumerate(weeks.items()))
    lines = {
        "Unknown": [(float(at), week.unknown_rate) for at, (_, week) in numbered],
        "Model against lists": [(float(at), week.list_disagreement) for at, (_, week) in numbered],
        "Model against reviewers": [(float(at), week.human_disagreement) for at, (_, week) in numbered],
    }
    highest = max((value or 0.0 for points in lines.values() for _, value in points), default=0.0)
    x = Axis(
        0,
        max(len(numbered) - 1, 1),
        [(at, f"{monday:%b} {monday.day}") for at, (monday, _) in numbered if at % 3 == 0 or len(numbered) < 6],
        "week of",
    )
    return {
        "chart": line_chart(
            title="Unknown items and disagreement by week", x=x, y=share_axis(_ceiling(highest)),
            series=[Series(name, points, tone) for tone, (name, points) in enumerate(lines.items(), start=1)],
        ),
        "table": Related(
            "Unknown and disagreement by week", ("Week of", "#Items", "#Unknown", "#Model against lists", "#Model against reviewers"),
            rows=[
                (_week(monday), f"{week.judged:,}", share(week.unknown_rate), share(week.list_disagreement), share(week.human_disagreement))
                for monday, week in reversed(weeks.items())  # type: ignore[call-overload]
            ],
        ),
    }  # fmt: skip


def _week(monday: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', monday.isoformat(), f"{monday:%b} {monday.day}, {monday.year}")


def _ceiling(highest: float) -> float:
    return next(step for step in (0.04, 0.08, 0.2, 0.4, 1.0) if highest <= step)


def _scores(now: Traffic, reference: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total, expected = sum(now.scores), _expected(reference)
    shares = [count / total if total else 0.0 for count in now.scores]
    bins = [f"{at / SCORE_BINS:.0%}–{(at + 1) / SCORE_BINS:.0%}" for at in range(SCORE_BINS)]
    high = _ceiling(max([*shares, *(value for value in expected if value)], default=0.0))
    line = Series(
        "On training’s held-out titles", [(at / SCORE_BINS + 0.5 / SCORE_BINS, value) for at, value in enumerate(expected)], 2
    )
    return {
        "chart": bar_chart(
            title="How sure the model was, as shares of the week’s items", bars=[(f"{bins[at]}: {shares[at]:.1%}", shares[at]) for at in range(SCORE_BINS)],
            x=Axis(0, 1, share_axis().ticks, "confidence"), y=share_axis(high), reference=line if reference else None,
        ),
        "table": Related(
            "How sure the model was", ("Confidence", "#Items", "#Share", "#In training"),
            rows=[(bins[at], f"{now.scores[at]:,}", share(shares[at] if total else None), share(expected[at])) for at in reversed(range(SCORE_BINS))],
        ),
        "note": "" if reference else "The live model’s training wrote no report: there is nothing to compare with but the weeks before.",
    }  # fmt: skip


def _expected(reference: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """Share of held-out titles for each of our bins; a coarser bin's titles are spread evenly over it."""
    total = sum(one["n"] for one in reference)
    if not total:
        return [None] * SCORE_BINS
    found: list[float | None] = []
    for at in range(SCORE_BINS):
        low, high = at / SCORE_BINS, (at + 1) / SCORE_BINS
        inside = sum(
            one["n"] * max(0.0, min(high, one["high"]) - max(low, one["low"])) / (one["high"] - one["low"]) for one in reference
        )
        found.append(inside / total)
    return found


def _weeks(weeks: Mapping[date, Traffic], reference: Sequence[dict[str, Any]]) -> Related:
    names = ("eligible", "rx", "letter", "not_eligible", "unknown")
    return Related(
        "By week", WEEK_HEADS,
        rows=[
            (
                _week(monday), f"{week.judged:,}", *(share(week.share(name)) for name in names),
                f"{week.evidences['list']:,}", f"{week.evidences['human']:,}", index_badge(against_reference(reference, week.scores)),
                index_badge(_before(weeks, monday)),
            )
            for monday, week in reversed(weeks.items())  # type: ignore[call-overload]
            if week.judged
        ],
        empty="Nothing was judged in these weeks.",
    )  # fmt: skip


def _by_merchant(monday: date, version: str, reference: Sequence[dict[str, Any]]) -> Related:
    """Worst first: the most unknown items on top."""
    found = by_merchant(monday=monday, version=version)
    names = {row.pk: row for row in Merchant.objects.filter(pk__in=found)}
    worst = sorted(found.items(), key=lambda one: -(one[1].unknown_rate or 0.0))[:MOST_MERCHANTS]
    page = reverse("admin:eligibility_drift")
    return Related(
        f"By merchant, week of {monday:%b} {monday.day}",
        ("Merchant", "#Items", "#Unknown", "#Eligible", "#Model against lists", "#Model against reviewers", "Drift from training"),
        rows=[
            (
                link(f"{page}?merchant={names[pk].public_id}&week={monday}", names[pk].name), f"{week.judged:,}", share(week.unknown_rate),
                share(week.share("eligible")), share(week.list_disagreement), share(week.human_disagreement),
                index_badge(against_reference(reference, week.scores)),
            )
            for pk, week in worst if pk in names
        ],
        empty="Nothing was judged in this week.",
    )  # fmt: skip


def _samples(merchant: Merchant | None, monday: date) -> Related | None:
    if merchant is None:
        return None
    rows = DriftSample.objects.filter(merchant=merchant, week=monday).order_by("confidence")
    return Related(
        "Some of its titles, the least sure first", ("Title", "Decided", "By", "The model says", "Category", "#Sure"),
        rows=[(r.title, status_badge(r.status), r.evidence, status_badge(r.model_status), name_of_category(r.model_category), share(r.confidence)) for r in rows],
        empty="No titles of this week are kept: they go after 90 days.",
    )  # fmt: skip
