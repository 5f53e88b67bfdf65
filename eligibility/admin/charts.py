"""Charts drawn on the server: one SVG without script or style of its own; a table with the same numbers stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 240, 46, 12, 12, 40
Point = tuple[float, float | None]  # a gap where there is no figure


@dataclass(frozen=True, slots=True)
class Series:
    """A line. tone: 1 to 4, its colour and its dashes in the style sheet, so that lines are told apart without colour."""

    name: str
    points: Sequence[Point]
    tone: int = 1


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    name: str = ""


def share_axis(high: float = 1.0, low: float = 0.0, name: str = "") -> Axis:
    """0 % to `high` in four steps; for figures that lie close together `low` lifts the floor."""
    steps = [low + (high - low) * n / 4 for n in range(5)]
    return Axis(low, high, [(step, f"{step:.0%}" if high - low > 0.08 else f"{step:.1%}") for step in steps], name)


def line_chart(*, title: str, series: Sequence[Series], x: Axis, y: Axis, diagonal: bool = False) -> SafeString:
    """Lines over x; the diagonal shows where promised would be kept."""
    drawn = format_html_join("", "{}", ((_line(one, x, y),) for one in series))
    guide = SafeString("")
    if diagonal:
        guide = format_html(
            '<line class="chart__guide" x1="{}" y1="{}" x2="{}" y2="{}"></line>',
            _x(x, max(x.low, y.low)), _y(y, max(x.low, y.low)), _x(x, min(x.high, y.high)), _y(y, min(x.high, y.high)),
        )  # fmt: skip
    return _frame(title, x, y, format_html("{}{}", guide, drawn), [(one.name, one.tone) for one in series])


def bar_chart(*, title: str, bars: Sequence[tuple[str, float]], x: Axis, y: Axis, reference: Series | None = None) -> SafeString:
    """Bars side by side, with a line for what was expected. bars: (words, height)."""
    width = (WIDTH - LEFT - RIGHT) / max(len(bars), 1)
    drawn = format_html_join(
        "", '<rect class="chart__bar" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (round(LEFT + at * width + 1, 1), _y(y, value), round(width - 2, 1), round(_y(y, y.low) - _y(y, value), 1), words)
            for at, (words, value) in enumerate(bars)
        ),
    )  # fmt: skip
    line = _line(reference, x, y) if reference else SafeString("")
    legend = [("Now", 0), (reference.name, reference.tone)] if reference else []
    return _frame(title, x, y, format_html("{}{}", drawn, line), legend)


def _line(series: Series, x: Axis, y: Axis) -> SafeString:
    parts: list[list[tuple[float, float]]] = [[]]
    for across, up in series.points:
        if up is None:
            parts.append([])
        else:
            parts[-1].append((_x(x, across), _y(y, up)))
    lines = format_html_join(
        "", '<polyline class="chart__line chart__line--{}" points="{}"></polyline>',
        ((series.tone, " ".join(f"{a},{b}" for a, b in part)) for part in parts if len(part) > 1),
    )  # fmt: skip
    dots = format_html_join(
        "", '<circle class="chart__dot chart__dot--{}" cx="{}" cy="{}" r="3"></circle>',
        ((series.tone, a, b) for part in parts for a, b in part if len(series.points) <= 30),
    )  # fmt: skip
    return format_html("{}{}", lines, dots)


def _frame(title: str, x: Axis, y: Axis, drawn: SafeString, legend: Sequence[tuple[str, int]]) -> SafeString:
    grid = format_html_join(
        "", '<line class="chart__grid" x1="{}" y1="{}" x2="{}" y2="{}"></line><text class="chart__text chart__text--end" x="{}" y="{}">{}</text>',
        ((LEFT, _y(y, value), WIDTH - RIGHT, _y(y, value), LEFT - 6, _y(y, value) + 4, words) for value, words in y.ticks),
    )  # fmt: skip
    feet = format_html_join(
        "", '<text class="chart__text chart__text--middle" x="{}" y="{}">{}</text>',
        ((_x(x, value), HEIGHT - BOTTOM + 16, words) for value, words in x.ticks),
    )  # fmt: skip
    name = format_html(
        '<text class="chart__text chart__text--middle" x="{}" y="{}">{}</text>', (WIDTH + LEFT - RIGHT) / 2, HEIGHT - 6, x.name
    )
    keys = format_html_join(
        "", '<li><span class="chart__key chart__key--{}" aria-hidden="true"></span>{}</li>', ((tone, words) for words, tone in legend)
    )  # fmt: skip
    return format_html(
        # Not “chart”: of everything so called, the admin's own script expects a canvas.
        '<figure class="plot"><svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}</svg>{}</figure>',
        WIDTH, HEIGHT, title, grid, feet, name, drawn, format_html('<ul class="chart__legend">{}</ul>', keys) if keys else "",
    )  # fmt: skip


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * _within(axis, value), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * _within(axis, value), 1)


def _within(axis: Axis, value: float) -> float:
    return min(max((value - axis.low) / ((axis.high - axis.low) or 1), 0.0), 1.0)
