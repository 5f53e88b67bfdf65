"""The model card: what was trained, on what, how well, and what it must not be used for."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from eligibility.classifier.training.corpus import CorpusRow
from eligibility.classifier.training.report import Figures
from eligibility.taxonomy import Taxonomy

PACKAGES = ("lightgbm", "numpy", "onnxruntime", "scikit-learn", "tokenizers", "torch")

TEXT = """# Eligibility model {version}

Judges a product by its title (and brand): category, status, calibrated confidence.

- Trained on {n_titles} hand-written titles in {n_categories} categories (SHA-256 `{corpus_short}`),
  each also in noisy forms: without brand or size, as slug, till text, stuffed, misspelt, mis-encoded, with words that
  say nothing about the status.
- Taxonomy {taxonomy_version}. Titles per status: {per_status}.
- Encoder all-MiniLM-L6-v2, int8 ONNX; a linear head guesses the category, LightGBM looks again at the likeliest five, a
  second LightGBM at the statuses they add up to.

## Figures on held-out titles
Four folds; near-duplicates stay together, whatever their category; weighted to the shelves of a shop that sells food, beauty and health.

| figure | value |
|---|---|
{figures}

`report.md` has the figures per category and slice, calibration, coverage and the worst errors.

## Use
Title and brand decide. A status below its threshold is answered as “unknown”, and what is unknown is never charged to
a benefit card. The model does not substantiate a purchase: only the product list in force or a recorded review does.
Where published lists disagree (`confidence` in the taxonomy), so will people and this model.
"""


def write_card(
    folder: Path,
    *,
    version: str,
    metrics: Figures,
    rows: Sequence[CorpusRow],
    taxonomy: Taxonomy,
    corpus_sha256: str,
) -> None:
    """card.json for programs, card.md for people. No date: the same corpus gives the same bytes."""
    per_status = Counter(taxonomy.by_code[row.category].status for row in rows)
    card: dict[str, Any] = {
        "version": version,
        "corpus_sha256": corpus_sha256,
        "n_titles": len(rows),
        "n_categories": len({row.category for row in rows}),
        "titles_per_status": dict(sorted(per_status.items())),
        "taxonomy_version": taxonomy.version,
        "held_out": metrics,
        "python": platform.python_version(),
        "packages": {name: package_version(name) for name in PACKAGES},
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    figures = "\n".join(f"| {name.replace('_', ' ')} | {value} |" for name, value in metrics.items())
    statuses = ", ".join(f"{status} {count}" for status, count in sorted(per_status.items()))
    text = TEXT.format(**card, corpus_short=corpus_sha256[:12], per_status=statuses, figures=figures)
    (folder / "card.md").write_text(text, "utf-8")
