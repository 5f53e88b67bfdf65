"""What a calibrated model makes of held-out titles, as arrays, and the figures over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import FORCED, Calibration, forced_columns, forced_sums
from eligibility.classifier.training.calibrate import shelf_weights
from eligibility.classifier.training.report import Figures

N_BINS = 10


@dataclass(frozen=True)
class Judgements:
    """One entry per title; statuses are places in FORCED, categories are columns."""

    labels: NDArray[np.int64]
    guesses: NDArray[np.int64]  # the likeliest category of the chosen status
    truth: NDArray[np.int64]
    choice: NDArray[np.int64]
    confidence: NDArray[np.float64]
    is_spoken: NDArray[np.bool_]
    weights: NDArray[np.float64]  # a shop's shelves

    @property
    def is_right(self) -> NDArray[np.bool_]:
        return np.asarray(self.choice == self.truth)

    def some(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Judgements:
        """A part of the titles, weighted as they were."""
        return Judgements(
            self.labels[rows], self.guesses[rows], self.truth[rows], self.choice[rows], self.confidence[rows],
            self.is_spoken[rows], self.weights[rows],
        )  # fmt: skip


def judge(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], statuses: Sequence[str], calibration: Calibration
) -> Judgements:
    columns = forced_columns(statuses)
    sums = forced_sums(probabilities, statuses)
    choice = sums.argmax(axis=1)
    scores = sums[np.arange(len(choice)), choice]
    confidence = np.zeros(len(choice))
    thresholds = np.zeros(len(choice))
    for at, status in enumerate(FORCED):
        here = choice == at
        confidence[here] = np.interp(scores[here], *calibration.knots[status])
        thresholds[here] = calibration.thresholds[status]
    of_choice = np.where(columns[None, :] == choice[:, None], probabilities, -1.0)
    truth = columns[labels]
    return Judgements(
        labels=labels, guesses=of_choice.argmax(axis=1), truth=truth, choice=choice, confidence=confidence,
        is_spoken=confidence >= thresholds, weights=shelf_weights(truth),
    )  # fmt: skip


def figures(judged: Judgements) -> Figures:
    """Empty parts have no figures: the caller leaves them out."""
    said = {at: judged.is_spoken & (judged.choice == at) for at in range(len(FORCED))}
    return Figures(
        n=len(judged.truth),
        accuracy=_mean(judged.is_right, judged.weights),
        macro_f1=round(float(np.mean([_f1(judged, int(at)) for at in np.unique(judged.truth)])), 4),
        category_accuracy=_mean(judged.guesses == judged.labels, np.ones(len(judged.truth))),
        unknown_share=_mean(~judged.is_spoken, judged.weights),
        calibration_error=calibration_error(judged),
        eligible_precision=_precision(judged, said[0], 0),
        eligible_coverage=_coverage(judged, said[0], 0),
        letter_precision=_precision(judged, said[1], 1),
        letter_coverage=_coverage(judged, said[1], 1),
        not_eligible_precision=_precision(judged, said[2], 2),
        not_eligible_coverage=_coverage(judged, said[2], 2),
    )


def calibration_error(judged: Judgements) -> float:
    """Expected calibration error over ten bins: mean distance between promised and kept."""
    bins = np.minimum((judged.confidence * N_BINS).astype(int), N_BINS - 1)
    error = 0.0
    for at in np.unique(bins):
        part = judged.some(bins == at)
        gap = np.average(part.confidence, weights=part.weights) - np.average(part.is_right, weights=part.weights)
        error += abs(float(gap)) * float(part.weights.sum() / judged.weights.sum())
    return round(error, 4)


def _mean(values: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    return round(float(np.average(values, weights=weights)), 4)


def _precision(judged: Judgements, said: NDArray[np.bool_], status: int) -> float | None:
    return _mean(judged.truth[said] == status, judged.weights[said]) if said.any() else None


def _coverage(judged: Judgements, said: NDArray[np.bool_], status: int) -> float:
    is_status = judged.truth == status
    return _mean(said[is_status], judged.weights[is_status]) if is_status.any() else 0.0


def _f1(judged: Judgements, status: int) -> float:
    """1.0 for a status that is neither there nor guessed."""
    weight = judged.weights
    both = weight[(judged.truth == status) & (judged.choice == status)].sum()
    either = weight[judged.truth == status].sum() + weight[judged.choice == status].sum()
    return float(2 * both / either) if either else 1.0
