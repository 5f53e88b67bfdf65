"""The trend on home: what came in by day or by week, each beside the week before, ready to be drawn and to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from merchants.models import Merchant
from sales.figures import DayFigures, Figures, daily_figures, today_of

SPANS: Final = (30, 90, 365)
WEEK: Final = timedelta(days=7)
BY_WEEK_FROM: Final = 365  # so many days are drawn as weeks: bars of a hair's breadth are no help
MOST_BARS: Final = 120
WIDTH, HEIGHT = 1000, 240  # of the drawing, which is stretched to its place; words stand beside it
GAP: Final = 0.25  # of a bar's place


@dataclass(frozen=True, slots=True)
class Point:
    """One day or week, and the same of a week before."""

    first: date
    last: date
    now: DayFigures
    before: DayFigures


def span_of(text: str) -> int:
    """How many days an address asks for; 30 where it asks for none that there is."""
    return int(text) if text in {str(days) for days in SPANS} else SPANS[0]


def trend(merchant: Merchant, days: int) -> tuple[Figures, dict[str, Any]]:
    """The figures that were read, for whoever wants today's, and the trend as its template wants it."""
    today = today_of(merchant)
    step = WEEK if days >= BY_WEEK_FROM else timedelta(days=1)
    count = days // step.days
    first = today - step * count + timedelta(days=1)
    figures = daily_figures(merchant, min(first, today - timedelta(days=13)) - WEEK, today)
    points = []
    for n in range(count):
        start = first + step * n
        end = start + step - timedelta(days=1)
        points.append(Point(start, end, figures.of(start, end), figures.of(start - WEEK, end - WEEK)))
    this_week, last_week = figures.of(today - timedelta(days=6), today), figures.of(today - timedelta(days=13), today - WEEK)
    return figures, {
        **_drawn(points), "points": list(reversed(points)), "days": days, "spans": SPANS, "is_by_week": step == WEEK, "is_behind": figures.is_behind,
        "total": sum((point.now for point in points), DayFigures()), "is_empty": not any(point.now.gross_cents for point in points),
        "this_week": this_week, "last_week": last_week, "change": _change(this_week.gross_cents, last_week.gross_cents),
    }  # fmt: skip


def trend_between(merchant: Merchant, first: date, last: date, stores: Sequence[int]) -> dict[str, Any]:
    """Of some stores (row ids) over these days, both included; by week where days would be hairs."""
    step = WEEK if (last - first).days >= MOST_BARS else timedelta(days=1)
    figures = daily_figures(merchant, first - WEEK, last, stores)
    points = []
    while first <= last:
        end = min(first + step - timedelta(days=1), last)
        points.append(Point(first, end, figures.of(first, end), figures.of(first - WEEK, end - WEEK)))
        first = end + timedelta(days=1)
    return {
        **_drawn(points), "points": list(reversed(points)), "days": sum((point.last - point.first).days + 1 for point in points),
        "is_by_week": step == WEEK, "is_behind": figures.is_behind, "total": sum((point.now for point in points), DayFigures()),
        "is_empty": not any(point.now.gross_cents for point in points),
    }  # fmt: skip


def _drawn(points: Sequence[Point]) -> dict[str, Any]:
    top = _round_up(max((max(point.now.gross_cents, point.before.gross_cents) for point in points), default=0))
    place = WIDTH / max(len(points), 1)
    bars = []
    for n, point in enumerate(points):
        height, benefit = (_scaled(cents, top) for cents in (point.now.gross_cents, point.now.benefit_cents))
        bars.append(
            {"x": round(place * (n + GAP / 2), 2), "width": round(place * (1 - GAP), 2), "y": round(HEIGHT - height, 2), "height": height,
             "benefit_y": round(HEIGHT - benefit, 2), "benefit_height": benefit, "before_y": round(HEIGHT - _scaled(point.before.gross_cents, top), 2),
             "before_end": round(place * (n + 1 - GAP / 2), 2), "has_before": point.before.gross_cents > 0, "point": point}
        )  # fmt: skip
    middle = points[len(points) // 2].first if points else None
    return {
        "bars": bars, "width": WIDTH, "height": HEIGHT, "half": HEIGHT / 2, "top_cents": top, "half_cents": top // 2,
        "first": points[0].first if points else None, "middle": middle, "last": points[-1].last if points else None,
    }  # fmt: skip


def _scaled(cents: int, top: int) -> float:
    return round(HEIGHT * max(cents, 0) / top, 2)


def _round_up(cents: int) -> int:
    """The next round amount of its size, of which half is one too; $10 at least."""
    size = 10_00
    while True:
        for step in (1, 2, 3, 4, 6, 8):
            if cents <= size * step:
                return size * step
        size *= 10


def _change(now: int, before: int) -> str:
    """In words, for sign and colour are not for everybody; empty where there was nothing to compare with."""
    if not before:
        return ""
    percent = round(100 * (now - before) / before)
    if percent == 0:
        return "as much as the week before"
    return f"{abs(percent):,} % {'more' if percent > 0 else 'less'} than the week before"
