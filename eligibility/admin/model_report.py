"""The training report for people: scores per category, confusions, calibration, curves, slices, worst errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from common.admin import Related
from eligibility.admin.charts import Axis, Series, line_chart, share_axis
from eligibility.admin.evidence import status_badge
from eligibility.models import ModelVersion
from eligibility.registry.errors import ModelUnusable
from eligibility.registry.versions import report_of
from eligibility.taxonomy import STATUSES, taxonomy

WORDS = {"eligible": "Eligible", "letter": "Letter", "not_eligible": "Not eligible", "all": "All"}
TONES = {"all": 4, "eligible": 1, "letter": 2, "not_eligible": 3}
SORTS = {
    "name": "Category",
    "n": "Titles",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "status_accuracy": "Right status",
}
CHOSEN_FIRST = {"q": "", "status": "", "sort": "f1", "dir": "asc"}
FIGURE_WORDS = {
    "n": "Titles", "held_out_titles": "Titles", "accuracy": "Accuracy", "status_accuracy": "Accuracy", "macro_f1": "Macro-F1",
    "category_accuracy": "Right category", "unknown_share": "Unknown", "calibration_error": "Calibration error",
    "eligible_precision": "Precision on eligible", "eligible_coverage": "Coverage of eligible", "letter_precision": "Precision on letter",
    "letter_coverage": "Coverage of letter", "not_eligible_precision": "Precision on not eligible", "not_eligible_coverage": "Coverage of not eligible",
}  # fmt: skip
SLICE_WORDS = {"form": "How it is written", "brand": "Brand", "shop": "Kind of shop", "status": "Status"}


def report_context(row: ModelVersion, asked: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows; asked: q, status, sort and dir of the table of categories."""
    try:
        report, fault = report_of(row), ""
    except ModelUnusable as error:
        report, fault = {}, str(error)
    figures = report.get("figures") or row.metrics
    return {
        "row": row, "fault": fault, "has_report": bool(report), "figures": _figures(figures),
        "thresholds": [(WORDS.get(status, status), f"{value:.3f}") for status, value in report.get("thresholds", {}).items()],
        "by_brand": _pairs(figures, report.get("figures_by_brand")), "categories": _categories(report.get("categories", []), asked),
        "asked": {**CHOSEN_FIRST, **{name: asked[name] for name in CHOSEN_FIRST if asked.get(name)}}, "sorts": SORTS.items(), "statuses": STATUSES,
        "confusion": _confusion(report.get("confusion")), "calibration": _calibration(report.get("calibration", {})),
        "curves": _curves(report.get("curves", {})), "slices": _slices(report.get("slices", [])), "worst": _worst(report.get("worst", [])),
    }  # fmt: skip


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def name_of_category(code: str) -> str:
    found = taxonomy().by_code.get(code)
    return found.name if found else code


def _figures(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(words, _figure(name, figures[name])) for name, words in FIGURE_WORDS.items() if name in figures]


def _figure(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name in {"n", "held_out_titles"}:
        return f"{value:,}"
    return f"{value:.4f}" if name == "calibration_error" else share(value)


def _pairs(figures: Mapping[str, Any], harsher: Mapping[str, Any] | None) -> Related | None:
    if not harsher:
        return None
    names = [name for name in FIGURE_WORDS if name in figures and name in harsher]
    return Related(
        "Brands it has never seen", ("Figure", "#Held-out titles", "#Held-out brands"),
        rows=[(FIGURE_WORDS[name], _figure(name, figures[name]), _figure(name, harsher[name])) for name in names],
    )  # fmt: skip


def _categories(rows: Sequence[Mapping[str, Any]], asked: Mapping[str, str]) -> Related:
    words, status = asked.get("q", "").strip().lower(), asked.get("status", "")
    sort = asked.get("sort", "f1") if asked.get("sort", "f1") in SORTS else "f1"
    is_falling = asked.get("dir") == "desc"
    chosen = [one for one in rows if words in f"{one['name']} {one['code']}".lower() and status in {"", one["status"]}]
    chosen.sort(key=lambda one: (one[sort] is None, one[sort].lower() if sort == "name" else one[sort] or 0), reverse=is_falling)
    return Related(
        f"Categories ({len(chosen)} of {len(rows)})", ("Category", "Status", "#Titles", "#Precision", "#Recall", "#F1", "#Right status", "Most often taken for"),
        rows=[
            (
                one["name"], status_badge(one["status"]), f"{one['n']:,}", share(one["precision"]), share(one["recall"]), share(one["f1"]),
                share(one["status_accuracy"]), "; ".join(f"{taken['name']} ({taken['n']})" for taken in one["taken_for"]) or "–",
            )
            for one in chosen
        ],
        empty="No category matches: clear the filter.",
    )  # fmt: skip


def _confusion(found: Mapping[str, Any] | None) -> Related | None:
    if not found:
        return None
    statuses = found["statuses"]
    return Related(
        "Confusions", ("Is", *(f"#Judged {WORDS.get(one, one).lower()}" for one in statuses), "#Right"),
        rows=[
            (WORDS.get(status, status), *(f"{count:,}" for count in counts), share(counts[at] / sum(counts) if sum(counts) else None))
            for at, (status, counts) in enumerate(zip(statuses, found["counts"], strict=True))
        ],
    )  # fmt: skip


def _calibration(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any] | None:
    if not found:
        return None
    axis = share_axis()
    series = [
        Series(WORDS.get(status, status), [(one["promised"], one["kept"]) for one in bins], TONES.get(status, 4))
        for status, bins in found.items()
    ]
    rows = [
        (WORDS.get(status, status), f"{one['low']:.0%}–{one['high']:.0%}", share(one["promised"]), share(one["kept"]), f"{one['n']:,}")
        for status, bins in found.items() for one in bins
    ]  # fmt: skip
    return {
        "chart": line_chart(
            title="Confidence promised against share that was right; on the dotted line they are equal", series=series,
            x=Axis(0, 1, axis.ticks, "promised"), y=axis, diagonal=True,
        ),
        "table": Related("Calibration", ("Status", "Confidence", "#Promised", "#Kept", "#Titles"), rows=rows),
    }  # fmt: skip


def _curves(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any] | None:
    if not found:
        return None
    lowest = min((one["precision"] for points in found.values() for one in points), default=0.0)
    low = max(0.0, int(lowest * 20) / 20)
    series = [
        Series(WORDS.get(status, status), [(one["coverage"], one["precision"]) for one in points], TONES.get(status, 4))
        for status, points in found.items()
    ]
    rows = [
        (WORDS.get(status, status), f"{one['threshold']:.3f}", share(one["coverage"]), share(one["precision"]))
        for status, points in found.items() for one in points
    ]  # fmt: skip
    return {
        "chart": line_chart(
            title="Precision against coverage, as the threshold falls", series=series, x=Axis(0, 1, share_axis().ticks, "coverage"),
            y=share_axis(1.0, low if low < 1 else 0.9),
        ),
        "table": Related("Coverage and precision", ("Status", "#Threshold", "#Coverage", "#Precision"), rows=rows),
    }  # fmt: skip


def _slices(found: Sequence[Mapping[str, Any]]) -> Related | None:
    if not found:
        return None
    return Related(
        "Slices", ("Part", "Kind", "#Titles", "#Accuracy", "#Macro-F1", "#Precision on eligible", "#Coverage of eligible", "#Unknown"),
        rows=[
            (
                one["name"], SLICE_WORDS.get(one["kind"], one["kind"]), f"{one['figures']['n']:,}", share(one["figures"]["accuracy"]),
                share(one["figures"]["macro_f1"]), share(one["figures"]["eligible_precision"]), share(one["figures"]["eligible_coverage"]),
                share(one["figures"]["unknown_share"]),
            )
            for one in found
        ],
    )  # fmt: skip


def _worst(found: Sequence[Mapping[str, Any]]) -> Related | None:
    if not found:
        return None
    return Related(
        "Worst errors", ("Title", "Is", "Judged", "#Confidence"),
        rows=[
            (
                one["title"], format_html("{} {}", status_badge(one["status"]), name_of_category(one["category"])),
                format_html("{} {}", status_badge(one["guessed_status"]), name_of_category(one["guess"])), share(one["confidence"]),
            )
            for one in found
        ],
    )  # fmt: skip
