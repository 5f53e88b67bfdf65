"""The training titles most like a title, as a decision carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from eligibility.classifier import Prediction, neighbours_of
from eligibility.taxonomy import taxonomy


def similar_titles(prediction: Prediction) -> tuple[Mapping[str, Any], ...]:
    """The nearest first, each with title, category (a code), status and similarity (0 to 1)."""
    by_code = taxonomy().by_code
    return tuple({**asdict(one), "status": by_code[one.category].status} for one in neighbours_of(prediction))
