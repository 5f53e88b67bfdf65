"""A training report in the shape that training writes, small."""

from __future__ import annotations

import csv
import json
from pathlib import Path

FIGURES = {
    "n": 400, "accuracy": 0.95, "macro_f1": 0.93, "category_accuracy": 0.8, "unknown_share": 0.06, "calibration_error": 0.002,
    "eligible_precision": 0.991, "eligible_coverage": 0.86, "letter_precision": 0.95, "letter_coverage": 0.8, "not_eligible_precision": 0.96,
    "not_eligible_coverage": None,
}  # fmt: skip
SUSPECT = {
    "title": "=Ear Thing", "category": "ear-care", "guess": "beverages", "status": "eligible", "guessed_status": "not_eligible", "confidence": 0.97,
}  # fmt: skip
CATEGORIES = [
    ("ear-care", "Ear care", "eligible", 20, 0.9, 0.8, 0.85), ("beverages", "Beverages", "not_eligible", 90, 0.99, 0.98, 0.985),
    ("scales", "Scales", "letter", 5, None, 0.0, 0.0),
]  # fmt: skip


def with_report(folder: Path) -> Path:
    report = {
        "format": 1, "model_version": "m-x", "taxonomy_version": "t", "corpus": {}, "thresholds": {"eligible": 0.93, "letter": 0.8, "not_eligible": 0.7},
        "figures": FIGURES, "figures_by_brand": {**FIGURES, "accuracy": 0.91},
        "categories": [
            {"code": code, "name": name, "status": status, "n": n, "precision": precision, "recall": recall, "f1": f1, "status_accuracy": 0.9,
             "taken_for": [{"code": "beverages", "name": "Beverages", "n": 2}]}
            for code, name, status, n, precision, recall, f1 in CATEGORIES
        ],
        "confusion": {"statuses": ["eligible", "letter", "not_eligible"], "counts": [[90, 5, 5], [3, 80, 17], [1, 2, 197]]},
        "calibration": {
            "all": [{"low": 0.0, "high": 0.5, "n": 100, "promised": 0.4, "kept": 0.42}, {"low": 0.5, "high": 1.0, "n": 300, "promised": 0.97, "kept": 0.96}],
            "eligible": [{"low": 0.5, "high": 1.0, "n": 100, "promised": 0.98, "kept": 0.99}],
        },
        "curves": {"eligible": [{"threshold": 0.99, "coverage": 0.5, "precision": 1.0}, {"threshold": 0.9, "coverage": 0.9, "precision": 0.98}]},
        "slices": [{"kind": "form", "name": "till text", "figures": FIGURES}],
        "worst": [SUSPECT], "suspects": [SUSPECT],
    }  # fmt: skip
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "suspects.csv").unlink(missing_ok=True)  # the release's own; the report lists this model's
    return folder


def with_suspects(folder: Path, count: int) -> Path:
    with (folder / "suspects.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, SUSPECT)
        writer.writeheader()
        writer.writerows({**SUSPECT, "title": f"Ear Thing {n}"} for n in range(count))
    return folder
