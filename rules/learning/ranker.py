"""A trained ranker: a LightGBM model with what is needed to read its word, in one immutable file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rules.learning.errors import ModelUnreadable
from rules.learning.vectors import FEATURE_VERSION, FEATURES, Matrix

FORMAT: Final = "learned-relevance/1"


@dataclass(frozen=True, slots=True)
class Ranker:
    """mean, deviation: of the raw word over the training showings, by which it becomes 0 … 1."""

    booster: Any
    mean: float
    deviation: float

    def raw(self, rows: Matrix) -> NDArray[np.float64]:
        """rows: float32 [n, FEATURES] -> float64 [n], higher is more relevant. One thread: a web process has neighbours."""
        word: NDArray[np.float64] = self.booster.predict(rows, num_threads=1)
        return word

    def relevance(self, rows: Matrix) -> NDArray[np.float64]:
        """rows: float32 [n, FEATURES] -> 0 … 1; 0.5 is what the middle showing of the training data got."""
        spread = (self.raw(rows) - self.mean) / self.deviation
        return 1 / (1 + np.exp(-np.clip(spread, -30, 30)))


def to_bytes(ranker: Ranker) -> bytes:
    """The file: canonical JSON around LightGBM's own text."""
    made = {
        "format": FORMAT, "feature_version": FEATURE_VERSION, "features": list(FEATURES), "mean": ranker.mean,
        "deviation": ranker.deviation, "lightgbm": ranker.booster.model_to_string(),
    }  # fmt: skip
    return json.dumps(made, sort_keys=True, separators=(",", ":")).encode()


def from_bytes(content: bytes) -> Ranker:
    """Raises ModelUnreadable for what is no such file, or was trained on other features than this release computes."""
    from lightgbm import Booster  # 60 ms and 30 MB, only where a ranker is in office

    try:
        told = json.loads(content)
        if told["format"] != FORMAT:
            raise ModelUnreadable(f"It is of the format {told['format']}, which this release does not read.")
        if told["feature_version"] != FEATURE_VERSION or tuple(told["features"]) != FEATURES:
            raise ModelUnreadable("It was trained on other features than this release computes: train anew.")
        return Ranker(Booster(model_str=told["lightgbm"]), float(told["mean"]), float(told["deviation"]))
    except ModelUnreadable:
        raise
    except Exception as error:  # a broken file can make LightGBM raise anything
        raise ModelUnreadable(f"Its file cannot be read ({type(error).__name__}).") from error
