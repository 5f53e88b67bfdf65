"""From scores to probabilities that mean what they say, and from probabilities to a status or “unknown”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORCED = ("eligible", "letter", "not_eligible")  # the choice that is calibrated; `rx` is an eligible item with a document


@dataclass(frozen=True)
class Calibration:
    """Fitted on out-of-fold predictions of the training corpus.

    knots: per status the points (score, probability) of a rising curve, joined by straight lines.
    thresholds: per status the smallest confidence at which it is said aloud; below it the answer is “unknown”.
    """

    temperature: float
    knots: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]
    thresholds: Mapping[str, float]

    def category_probabilities(self, logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """float64 [n, n_categories], rows sum to 1."""
        scaled = np.asarray(logits, dtype=np.float64) / self.temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        powers: NDArray[np.float64] = np.exp(scaled)
        powers /= powers.sum(axis=1, keepdims=True)
        return powers

    def confidence(self, status: str, score: float) -> float:
        """Probability, 0 to 1, that `status` is right when its categories sum to `score`."""
        scores, probabilities = self.knots[status]
        return float(np.interp(score, scores, probabilities))

    def as_json(self) -> dict[str, Any]:
        return {
            "temperature": self.temperature,
            "knots": {status: [list(x), list(y)] for status, (x, y) in self.knots.items()},
            "thresholds": dict(self.thresholds),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calibration:
        return cls(
            temperature=float(data["temperature"]),
            knots={status: (tuple(x), tuple(y)) for status, (x, y) in data["knots"].items()},
            thresholds={status: float(value) for status, value in data["thresholds"].items()},
        )


def forced_columns(statuses: Sequence[str]) -> NDArray[np.int64]:
    """int64 [n_categories]: each category's place in FORCED; `rx` counts as eligible."""
    return np.array([FORCED.index("eligible" if status == "rx" else status) for status in statuses], dtype=np.int64)


def forced_sums(probabilities: NDArray[np.float64], statuses: Sequence[str]) -> NDArray[np.float64]:
    """float64 [n, len(FORCED)]: category probabilities summed per forced status."""
    columns = forced_columns(statuses)
    return np.stack([probabilities[:, columns == at].sum(axis=1) for at in range(len(FORCED))], axis=1)
