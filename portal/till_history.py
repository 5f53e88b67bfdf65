"""What a till measured and counted over a day or a week: for its charts, and in a few words for whoever cannot see them."""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np

from pos_monitor.history.copying import time_of
from pos_monitor.history.series import Series, as_lists, series
from pos_monitor.models import Alert, CommandDelivery, Terminal

RANGES: Final = {"24h": (86_400_000, "24 hours"), "7d": (604_800_000, "7 days")}
USUAL: Final = "24h"
MOST_POINTS: Final = 10_000
MOST_MARKS: Final = 200
# Field of the history -> what it is called, unit. Curves and counts as static/js/fleet/terminal/charts.js draws them.
CURVES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    Terminal.Kind.TILL: {
        "battery": ("Battery", " %"), "signal": ("Signal", " dBm"), "temperature": ("Temperature", " °C"), "latency": ("Latency", " ms"),
    },
    Terminal.Kind.ONLINE_STORE: {"latency": ("Latency", " ms")},
}  # fmt: skip
COUNTS: Final[dict[str, dict[str, str]]] = {
    Terminal.Kind.TILL: {"sales_ok": "Sales paid", "sales_failed": "Sales failed"},
    Terminal.Kind.ONLINE_STORE: {
        "visits": "Checkouts begun", "orders": "Checkouts paid", "api_errors": "API errors", "webhook_failures": "Webhook failures",
    },
}  # fmt: skip


def history_of(till: Terminal, asked: str) -> dict[str, Any]:
    """The charts' data as `history.series.as_lists` writes it, with marks and a summary. asked: of RANGES, else the usual one."""
    span, words = RANGES.get(asked, RANGES[USUAL])
    until_ms = round(time.time() * 1000) + 1000
    since_ms = until_ms - span
    found = series(
        number=till.pk, since_ms=since_ms, until_ms=until_ms, fields=(*CURVES[till.kind], *COUNTS[till.kind]),
        report_every_s=till.report_every_s, points=MOST_POINTS,
    )  # fmt: skip
    return {
        "since": since_ms / 1000, "until": until_ms / 1000, "words": words, **as_lists(found), "summary": summary(till, found),
        "alerts": _alerts(till, since_ms, until_ms), "commands": _commands(till, since_ms, until_ms),
    }  # fmt: skip


def summary(till: Terminal, found: Series) -> list[list[str]]:
    """[what, in words] for each curve and count; of what was never said there is none."""
    told = []
    for name, (label, unit) in CURVES[till.kind].items():
        curve = found.curves[name]
        low, high = (part if len(part) else curve.value for part in (curve.low, curve.high))
        if not np.isnan(curve.value).all():
            last = curve.value[~np.isnan(curve.value)][-1]
            told.append([label, f"{np.nanmin(low):.0f} to {np.nanmax(high):.0f}{unit}, last {last:.0f}{unit}"])
    for name, label in COUNTS[till.kind].items():
        if len(found.bucket_ms):
            told.append([label, f"{int(found.bars[name].sum()):,}"])
    return told


def _alerts(till: Terminal, since_ms: int, until_ms: int) -> list[list[Any]]:
    """[from, to or null (it goes on), severity, name] of what merchants are told of; times in seconds of Unix time."""
    rows = (
        Alert.objects.filter(terminal=till, rule__tells_merchant=True, began_at__lt=time_of(until_ms))
        .exclude(resolved_at__lt=time_of(since_ms)).select_related("rule").order_by("-severity", "began_at")[:MOST_MARKS]
    )  # fmt: skip
    return [
        [row.began_at.timestamp(), row.resolved_at.timestamp() if row.resolved_at else None, row.severity, row.rule.name]
        for row in rows
    ]


def _commands(till: Terminal, since_ms: int, until_ms: int) -> list[list[Any]]:
    """[when it was asked for, what, state in words]."""
    rows = CommandDelivery.objects.filter(
        terminal=till, command__created_at__gte=time_of(since_ms), command__created_at__lt=time_of(until_ms)
    ).select_related("command")[:MOST_MARKS]
    return [[row.command.created_at.timestamp(), row.command.get_kind_display(), row.get_state_display()] for row in rows]
