"""The page of one rule's results: whom it reaches, what they do, what showing it changes; and its export."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from common.admin import Related
from common.admin_cells import badge, link, row_url
from common.csv_lines import Echo
from common.scopes import across_merchants
from eligibility.admin.charts import Axis, Series, bar_chart, line_chart
from rules.feed.history import zone
from rules.feed.measuring.effect import FEWEST, FEWEST_BUYERS, WINDOW_DAYS, Effect, effect_of
from rules.feed.measuring.figures import BINS, DAYS, Day, days_of, histogram_of, totals_of
from rules.models import Customer, Rule
from rules.results.by_rule import Point, by_rule, rule_results, trend
from vault.audit.services import record

A_PAGE: Final = 50
CHUNK: Final = 2_000
VERDICTS: Final = {
    "helps": ("More buy where it is shown", "good"), "harms": ("Fewer buy where it is shown", "fault"),
    "unclear": ("No difference can be told", "silent"), "too small": ("Too few to tell", "silent"),
}  # fmt: skip


def results_context(rule: Rule, after: str) -> dict[str, Any]:
    """after: where the page of customers goes on, `score-id`; anything else is the beginning."""
    now = timezone.now()
    totals, points = totals_of(rule), trend(rule)
    bins, qualifying = histogram_of(rule)
    judged = points[-1].customers if points else 0
    return {
        "title": f"Results of {rule.name}", "rule": rule, "is_empty": not (points or qualifying or totals.shown or totals.held_out),
        "export_url": reverse("admin:rules_results_export", args=[rule.public_id]),
        "figures": [
            ("Qualify now", f"{qualifying:,}"), ("Of customers judged", _share(qualifying, judged)), ("Shown to", f"{totals.shown:,}"),
            ("Seen by", f"{totals.seen:,}"), ("Dismissed by", f"{totals.dismissed:,}"), ("Acted on by", f"{totals.acted:,}"),
            ("Act rate", _share(totals.acted, totals.seen)), ("Held out", f"{totals.held_out:,}"),
        ],
        "effect": effect_table(effect_of(rule, now)), "scores": _scores(bins), "runs": _runs(points),
        "days": _days(days_of(rule, now.astimezone(zone()).date())), **_customers(rule, after),
    }  # fmt: skip


def effect_table(effect: Effect) -> dict[str, Any]:
    words, tone = VERDICTS[effect.verdict]
    if effect.difference is None or effect.low is None or effect.high is None:
        note = (
            f"Too few to say anything yet: each group needs {FEWEST} customers whose {WINDOW_DAYS} days are over, and {FEWEST_BUYERS} "
            "of them who bought. A rule holds nobody out unless its definition says so."
        )
    else:
        note = (
            f"Showing it changed the share that bought by {effect.difference * 100:+.1f} points; with 95 % confidence by "
            f"{effect.low * 100:+.1f} to {effect.high * 100:+.1f}."
        )
    return {
        "badge": badge(words, tone), "note": note,
        "table": Related(
            f"What showing it changed: who bought within {WINDOW_DAYS} days", ("Group", "#Customers", "#Bought", "#Share"),
            rows=[(name, f"{arm.people:,}", f"{arm.buyers:,}", _share(arm.buyers, arm.people))
                  for name, arm in (("Shown", effect.shown), ("Held out", effect.held_out))],
        ),
    }  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _scores(bins: list[int]) -> dict[str, Any]:
    width = 1_000 // BINS
    named = [f"{at * width}–{at * width + width - (at < BINS - 1)}" for at in range(BINS)]
    high = max([*bins, 1])
    chart = bar_chart(
        title="Customers who qualify, by score", bars=[(f"{words}: {count:,}", float(count)) for words, count in zip(named, bins, strict=True)],
        x=Axis(0, 1_000, [(value, str(value)) for value in range(0, 1_001, 200)], "score"), y=_counts_axis(high),
    )  # fmt: skip
    rows = [(words, f"{count:,}") for words, count in zip(named, bins, strict=True) if count]
    return {"chart": chart, "table": Related("By score", ("Score", "#Customers"), rows=rows, empty="Nobody qualifies.")}


def _counts_axis(high: int) -> Axis:
    top = next(step * 10**power for power in range(12) for step in (1, 2, 5) if step * 10**power >= high)
    steps = 4 if top >= 4 else top
    return Axis(0, top, [(top * n / steps, f"{top * n / steps:,.0f}") for n in range(steps + 1)])


def _runs(points: list[Point]) -> dict[str, Any]:
    share = [(float(at), point.qualifying / point.customers if point.customers else None) for at, point in enumerate(points)]
    high = max((value or 0.0 for _, value in share), default=0.0)
    top = next(step for step in (0.01, 0.05, 0.1, 0.25, 0.5, 1.0) if high <= step)
    every = max(len(points) // 6, 1)
    x = Axis(
        0, max(len(points) - 1, 1), [(at, f"{p.today:%b} {p.today.day}") for at, p in enumerate(points) if at % every == 0], "run"
    )
    y = Axis(0, top, [(top * n / 4, f"{top * n / 4:.2%}") for n in range(5)])
    return {
        "chart": line_chart(title="Share of customers who qualify, by run", series=[Series("Qualify", share)], x=x, y=y),
        "table": Related(
            "By run", ("Day", "Run", "#Customers", "#Qualify", "#Share"),
            rows=[
                (f"{p.today:%b} {p.today.day}, {p.today.year}", p.public_id, f"{p.customers:,}", f"{p.qualifying:,}", _share(p.qualifying, p.customers))
                for p in reversed(points)
            ],
            empty="No run has judged it yet.",
        ),
    }  # fmt: skip


def _days(days: list[Day]) -> dict[str, Any]:
    lines = {"Seen": [d.seen for d in days], "Dismissed": [d.dismissed for d in days], "Acted on": [d.acted for d in days]}
    x = Axis(0, DAYS - 1, [(at, f"{d.day:%b} {d.day.day}") for at, d in enumerate(days) if at % 7 == 0], "day")
    chart = line_chart(
        title="What customers did, by day", x=x, y=_counts_axis(max([*lines["Seen"], *lines["Dismissed"], *lines["Acted on"], 1])),
        series=[Series(name, [(float(at), float(n)) for at, n in enumerate(counts)], tone) for tone, (name, counts) in enumerate(lines.items(), start=1)],
    )  # fmt: skip
    rows = [
        (f"{d.day:%b} {d.day.day}", f"{d.seen:,}", f"{d.dismissed:,}", f"{d.acted:,}")
        for d in reversed(days) if d.seen or d.dismissed or d.acted
    ]  # fmt: skip
    return {
        "chart": chart,
        "table": Related("By day", ("Day", "#Seen", "#Dismissed", "#Acted on"), rows=rows, empty="Nobody did anything with it in these days."),
    }  # fmt: skip


def _customers(rule: Rule, after: str) -> dict[str, Any]:
    """The best first, a page at a time."""
    score, _, pk = after.partition("-")
    place = (int(score), int(pk)) if all(part.isascii() and part.isdigit() and len(part) < 16 for part in (score, pk)) else None
    page = by_rule(rule, A_PAGE, place)
    rows = Customer.objects.in_bulk([pk for pk, _ in page.rows])
    table = Related(
        f"Customers who qualify, {page.total:,} in all", ("Customer", "Kind", "#Score"),
        rows=[
            (link(row_url("rules.Customer", rows[pk].public_id), rows[pk].public_id), rows[pk].get_kind_display(), score)
            for pk, score in page.rows if pk in rows
        ],
        empty="Nobody qualifies now.",
    )  # fmt: skip
    return {
        "customers": table,
        "next_url": f"?after={page.next[0]}-{page.next[1]}#customers" if page.next else "",
        "is_later_page": place is not None,
    }


def export_results(request: HttpRequest, rule: Rule) -> HttpResponseBase:
    """Everybody who qualifies now, as CSV that is written as it is read. Who took it is in the audit trail before the first line."""
    found = rule_results(rule)
    with transaction.atomic():
        record(
            action="rule_results.exported", subject="rule", subject_id=rule.public_id,
            details={"count": int(found.ids.size), "run": found.run.public_id if found.run else ""},
        )  # fmt: skip
    response = StreamingHttpResponse(
        _lines(rule, found.ids.tolist(), found.scores.tolist()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{rule.slug}.csv"'
    return response


def _lines(rule: Rule, ids: list[int], scores: list[int]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(["customer", "kind", "rule", "score"])
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        with across_merchants("a rule's export holds everybody's customers"):
            rows = {
                pk: (public_id, kind)
                for pk, public_id, kind in Customer.objects.filter(pk__in=chunk).values_list("pk", "public_id", "kind")
            }
        for pk, score in zip(chunk, scores[start : start + CHUNK], strict=True):
            if pk in rows:
                yield writer.writerow([*rows[pk], rule.slug, score])
