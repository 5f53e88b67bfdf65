"""Fits temperature, curves and thresholds on out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import FORCED, Calibration, forced_columns, forced_sums

# Share of each status on the shelves of a shop that sells food, beauty and health: the corpus has more medicine than that.
SHELF_SHARE = {"eligible": 0.30, "letter": 0.15, "not_eligible": 0.55}
# What a spoken status must keep, on titles the model has not seen. A wrong “eligible” spends tax-free money wrongly;
# a wrong “letter” or “not eligible” costs the shopper a question. The margin over the promised 0.99 is for the step
# from written titles to real ones.
PRECISION_TARGET = {"eligible": 0.995, "letter": 0.90, "not_eligible": 0.95}
LEAST_THRESHOLD = {"eligible": 0.95, "letter": 0.5, "not_eligible": 0.5}
MAX_KNOTS = 40


def fit_calibration(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], statuses: Sequence[str], *, temperature: float
) -> Calibration:
    """probabilities: [n, n_categories], out of fold; labels: [n] category columns; statuses: of the categories."""
    truth = forced_columns(statuses)[labels]
    weights = shelf_weights(truth)
    sums = forced_sums(probabilities, statuses)
    knots, thresholds = {}, {}
    for at, status in enumerate(FORCED):
        chosen = sums.argmax(axis=1) == at
        right = truth[chosen] == at
        knots[status] = _curve(sums[chosen, at], right, weights[chosen])
        confidence = np.interp(sums[chosen, at], *knots[status])
        thresholds[status] = max(
            LEAST_THRESHOLD[status], _threshold(confidence, right, weights[chosen], PRECISION_TARGET[status])
        )
    return Calibration(temperature=temperature, knots=knots, thresholds=thresholds)


def shelf_weights(truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 [n], mean 1: makes the rows count as if they came off a shop's shelves."""
    counts = np.bincount(truth, minlength=len(FORCED))
    weights = np.array([SHELF_SHARE[status] for status in FORCED])[truth] / np.maximum(counts, 1)[truth]
    return np.asarray(weights / weights.mean())


def best_temperature(logits: NDArray[np.floating], labels: NDArray[np.int64], statuses: Sequence[str]) -> float:
    """What the linear head's logits are divided by, so that their probabilities mean what they say of the status."""
    truth = forced_columns(statuses)[labels]
    weights = shelf_weights(truth)

    def loss(temperature: float) -> float:
        sums = forced_sums(Calibration(temperature, {}, {}).category_probabilities(logits), statuses)
        return float(-(weights * np.log(sums[np.arange(len(truth)), truth] + 1e-9)).mean())

    grid = np.round(np.geomspace(0.5, 4.0, 25), 3)
    return float(min(grid, key=loss))


def _curve(
    scores: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Isotonic regression, thinned to at most MAX_KNOTS points; half sure of everything where nothing was chosen."""
    from sklearn.isotonic import IsotonicRegression

    if len(scores) == 0:
        return (0.0, 1.0), (0.5, 0.5)
    curve = IsotonicRegression(y_min=0.0, y_max=0.9999, out_of_bounds="clip").fit(scores, right, sample_weight=weights)
    x, y = curve.X_thresholds_, curve.y_thresholds_
    if len(x) > MAX_KNOTS:
        keep = np.unique(np.linspace(0, len(x) - 1, MAX_KNOTS).round().astype(int))
        x, y = x[keep], y[keep]
    return tuple(np.round(x, 5).tolist()), tuple(np.round(y, 5).tolist())


def _threshold(confidence: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64], target: float) -> float:
    """The smallest confidence above which the precision stays at or over the target."""
    order = np.argsort(-confidence, kind="stable")
    falling = confidence[order]
    precision = np.cumsum(weights[order] * right[order]) / np.cumsum(weights[order])
    is_last_of_its_value = np.append(falling[1:] != falling[:-1], True)  # equals are said aloud together or not at all
    good = np.flatnonzero((precision >= target) & is_last_of_its_value)
    if len(good) == 0:
        return 1.0  # never said aloud
    return float(falling[good[-1]])
