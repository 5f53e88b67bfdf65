"""The golden titles: what any model must get right, judged before it may decide (MODEL_GOLDEN_FILE)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings

from eligibility.classifier.evaluation import LabelledTitle, figures_of, read_labelled
from eligibility.classifier.model import Model
from eligibility.classifier.predict import TitleItem, classify_with

SHOWN_MISSES = 40


def golden_figures(model: Model) -> dict[str, Any]:
    """How the model judges the golden titles: n, right (forced choice), wrongly_eligible (said aloud), unknown, misses."""
    path = Path(settings.MODEL_GOLDEN_FILE)
    rows = read_labelled(path)
    predictions = classify_with(model, [TitleItem(title=row.title, brand=row.brand) for row in rows], use_cache=False)
    figures = figures_of(rows, predictions)
    judged = [(row, _three(p.forced_status), _three(p.status)) for row, p in zip(rows, predictions, strict=True)]
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "n": len(rows),
        "right": sum(row.label == forced for row, forced, _ in judged),
        "wrongly_eligible": sum(spoken == "eligible" != row.label for row, _, spoken in judged),
        "unknown": sum(spoken == "unknown" for *_, spoken in judged),
        "macro_f1": figures["macro_f1"],
        "misses": [_miss(row, forced) for row, forced, _ in judged if row.label != forced][:SHOWN_MISSES],
    }


def is_worse(new: dict[str, Any], old: dict[str, Any]) -> str:
    """Why the new figures are worse than the old ones, in a sentence, or nothing."""
    if new["wrongly_eligible"] > old["wrongly_eligible"]:
        return (
            f"It calls {new['wrongly_eligible']} golden titles eligible that are not; the live model {old['wrongly_eligible']}."
        )
    if new["right"] < old["right"]:
        return f"It gets {new['right']} of {new['n']} golden titles right; the live model {old['right']}."
    return ""


def _three(status: str) -> str:
    return "eligible" if status == "rx" else status


def _miss(row: LabelledTitle, forced: str) -> dict[str, str]:
    return {"title": row.title, "label": row.label, "judged": forced}
