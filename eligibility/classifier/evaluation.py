"""How good the classifier is on a labelled file of somebody's real titles."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eligibility.classifier.predict import TitleItem, classify
from eligibility.classifier.prediction import Prediction

LABELS = {
    "eligible": "eligible",
    "rx": "eligible",  # three statuses are judged: `eligible` covers `rx`
    "lmn": "letter",
    "letter": "letter",
    "not_eligible": "not_eligible",
}
STATUSES = ("eligible", "letter", "not_eligible")


class LabelledFileBroken(ValueError):
    """The file cannot be evaluated; the message names the column or the row."""


@dataclass(frozen=True, slots=True)
class LabelledTitle:
    title: str
    brand: str
    label: str  # one of STATUSES
    confidence: str  # how sure the person was, if the file says so
    category: str = ""  # the shop's own
    description: str = ""


def read_labelled(path: Path) -> list[LabelledTitle]:
    """Needs the columns title and label; brand, confidence, category and description are optional."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            if missing := {"title", "label"} - columns:
                raise LabelledFileBroken(f"{path.name} has no column {' and no column '.join(sorted(missing))}.")
            rows = [_labelled(record, reader.line_num) for record in reader]
    except OSError as error:
        raise LabelledFileBroken(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise LabelledFileBroken(f"{path.name} is not UTF-8 text.") from error
    if not rows:
        raise LabelledFileBroken(f"{path.name} has no rows.")
    return rows


def _labelled(record: dict[str, str | None], line: int) -> LabelledTitle:
    label = (record.get("label") or "").strip().lower()
    if label not in LABELS:
        raise LabelledFileBroken(f"line {line}: the label “{label}” is none of {', '.join(LABELS)}.")
    return LabelledTitle(
        title=record.get("title") or "",
        brand=record.get("brand") or "",
        label=LABELS[label],
        confidence=(record.get("confidence") or "").strip().lower(),
        category=record.get("category") or "",
        description=record.get("description") or "",
    )


def evaluate(rows: Sequence[LabelledTitle], *, all_columns: bool = False) -> tuple[dict[str, Any], list[Prediction]]:
    """Figures over the rows, and the predictions they come from: by title and brand alone unless all columns are asked for."""
    predictions = classify([_item(row, all_columns) for row in rows])
    figures = figures_of(rows, predictions)
    for level in sorted({row.confidence for row in rows if row.confidence}):
        some = [at for at, row in enumerate(rows) if row.confidence == level]
        part = figures_of([rows[at] for at in some], [predictions[at] for at in some])
        figures[f"confidence_{level}"] = {name: part[name] for name in ("n", "accuracy", "macro_f1", "eligible_precision")}
    figures["model_version"] = predictions[0].model_version
    return figures, predictions


def _item(row: LabelledTitle, all_columns: bool) -> TitleItem:
    if not all_columns:
        return TitleItem(title=row.title, brand=row.brand)
    return TitleItem(title=row.title, brand=row.brand, category=row.category, description=row.description)


def figures_of(rows: Sequence[LabelledTitle], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """accuracy, macro_f1 and confusion: the forced choice; eligible_*: what is said aloud, at the threshold."""
    pairs = [(row.label, _three(prediction.forced_status)) for row, prediction in zip(rows, predictions, strict=True)]
    spoken = [(row.label, _three(p.status)) for row, p in zip(rows, predictions, strict=True)]
    said = [label for label, status in spoken if status == "eligible"]
    n_eligible = sum(label == "eligible" for label, _ in pairs)
    return {
        "n": len(pairs),
        "accuracy": _share(sum(label == status for label, status in pairs), len(pairs)),
        "macro_f1": round(sum(_f1(pairs, status) for status in STATUSES) / len(STATUSES), 4),
        "eligible_precision": _share(said.count("eligible"), len(said)),
        "eligible_coverage": _share(said.count("eligible"), n_eligible),
        "unknown_share": _share(sum(status == "unknown" for _, status in spoken), len(spoken)),
        "spoken_accuracy": _share(
            sum(label == status for label, status in spoken), sum(status != "unknown" for _, status in spoken)
        ),
        "confusion": {label: {status: pairs.count((label, status)) for status in STATUSES} for label in STATUSES},
    }


def _three(status: str) -> str:
    return "eligible" if status == "rx" else status


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _f1(pairs: Sequence[tuple[str, str]], status: str) -> float:
    both = sum(pair == (status, status) for pair in pairs)
    either = sum(label == status for label, _ in pairs) + sum(guess == status for _, guess in pairs)
    return 2 * both / either if either else 1.0
