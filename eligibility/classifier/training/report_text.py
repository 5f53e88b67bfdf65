"""The training report for a reader: `report.md`, made from the same figures as `report.json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eligibility.classifier.training.report import CalibrationBin, CurvePoint, Figures, Judged, Report

HEADINGS = ("accuracy", "macro_f1", "eligible_precision", "eligible_coverage", "unknown_share", "calibration_error")
CURVE_ROWS = 12
WEAKEST, WRONG = 25, 25


def report_text(report: Report) -> str:
    corpus = report["corpus"]
    held_out = [("near-duplicates held out together", report["figures"])]
    if (by_brand := report["figures_by_brand"]) is not None:
        held_out.append(("brands held out whole", by_brand))
    parts = [
        f"# Training report of model {report['model_version']}",
        f"Corpus `{corpus['sha256'][:12]}`: {corpus['n_titles']} titles in {corpus['n_categories']} categories, "
        f"{corpus['n_forms']} with their noisy forms. Taxonomy {report['taxonomy_version']}.",
        "Every figure is measured on corpus titles that the judging model had not seen. Corpus titles are written, not sold:"
        " measure a shop's own titles with `manage.py evaluate_eligibility file.csv`.",
        "## Figures",
        _figures_table(held_out),
        "Thresholds: " + ", ".join(f"{status} {value:.3f}" for status, value in report["thresholds"].items()) + ".",
        "## Forced choice",
        _confusion(report),
        "## Slices",
        _figures_table([(f"{part['kind']}: {part['name']}", part["figures"]) for part in report["slices"]]),
        "## Calibration",
        _calibration(report["calibration"]["all"]),
        "## Coverage and precision of “eligible”",
        _curve(report["curves"]["eligible"]),
        f"## The {WEAKEST} weakest categories",
        _weakest(report),
        "## Most confident errors",
        _judged(report["worst"][:WRONG]),
        "## Labels that a person should look at",
        f"{len(report['suspects'])} here, all in `suspects.csv`.",
        _judged(report["suspects"][:WRONG]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def _figures_table(named: Sequence[tuple[str, Figures]]) -> str:
    headings = ("titles", "n", *(heading.replace("_", " ") for heading in HEADINGS))
    rows = []
    for name, part in named:
        shown = dict(part)
        rows.append((name, part["n"], *(shown[heading] for heading in HEADINGS)))
    return _table(headings, rows)


def _confusion(report: Report) -> str:
    statuses = report["confusion"]["statuses"]
    rows = [(status, *counts) for status, counts in zip(statuses, report["confusion"]["counts"], strict=True)]
    return _table(("labelled", *(f"judged {status}" for status in statuses)), rows)


def _calibration(bins: Sequence[CalibrationBin]) -> str:
    return _table(
        ("confidence", "n", "promised", "kept"),
        [(f"{part['low']:.1f}–{part['high']:.1f}", part["n"], part["promised"], part["kept"]) for part in bins],
    )


def _curve(points: Sequence[CurvePoint]) -> str:
    step = max(1, len(points) // CURVE_ROWS)
    return _table(
        ("threshold", "coverage", "precision"),
        [(point["threshold"], point["coverage"], point["precision"]) for point in points[::step]],
    )


def _weakest(report: Report) -> str:
    ranked = sorted((part for part in report["categories"] if part["n"]), key=lambda part: part["status_accuracy"])
    return _table(
        ("category", "status", "n", "f1", "status right", "most often taken for"),
        [
            (part["name"], part["status"], part["n"], part["f1"], part["status_accuracy"],
             "; ".join(f"{taken['name']} ({taken['n']})" for taken in part["taken_for"]))
            for part in ranked[:WEAKEST]
        ],
    )  # fmt: skip


def _judged(rows: Sequence[Judged]) -> str:
    return _table(
        ("title", "labelled", "judged", "confidence"),
        [(row["title"][:90], row["category"], row["guess"], row["confidence"]) for row in rows],
    )
