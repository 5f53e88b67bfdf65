"""Runs the stages of fitting in order, each on guesses about titles that the stage before had not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray

from eligibility.classifier.calibration import Calibration, forced_columns
from eligibility.classifier.head import LinearHead
from eligibility.classifier.rerank import candidate_features, reranked
from eligibility.classifier.status import rescaled, start_logits, status_features
from eligibility.classifier.training.calibrate import best_temperature, shelf_weights
from eligibility.classifier.training.dataset import Dataset
from eligibility.classifier.training.fit import centres_of, fit_category_trees, fit_head, fit_status_trees, head_logits

N_STARTS = 2  # heads averaged in the model that is shipped
Say = Callable[[str], None]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """What was fitted, without its calibration."""

    head: LinearHead
    centres: NDArray[np.float32]
    trees: Booster
    status_trees: Booster


@dataclass(frozen=True)
class OutOfFold:
    """What the stages said of each row while it was held out; float arrays are [n rows, …]."""

    temperature: float
    guess: NDArray[np.float64]  # [n, n_categories], the head's
    candidates: NDArray[np.float32]  # [n, N_CANDIDATES, 8]
    looked_again: NDArray[np.float64]  # [n, n_categories], after the category trees
    status_features: NDArray[np.float32]
    probabilities: NDArray[np.float64]  # [n, n_categories], the last word


def fit_out_of_fold(data: Dataset, folds: Rows, statuses: Sequence[str], *, seed: int, say: Say) -> OutOfFold:
    n_rows, n_categories = len(data.texts), len(statuses)
    logits = np.zeros((n_rows, n_categories), dtype=np.float32)
    centres = {}
    for fold, kept, held_out in _splits(folds):
        head = fit_head(data, kept, statuses, seed=seed + fold)
        logits[held_out] = head_logits(head, data, held_out)
        centres[fold] = centres_of(data, kept, n_categories)
        say(f"linear head {fold + 1} of {folds.max() + 1}")
    temperature = best_temperature(logits[data.is_natural], data.labels[data.is_natural], statuses)
    guess = Calibration(temperature, {}, {}).category_probabilities(logits)
    features = np.empty((n_rows, *_shape_of_candidates(guess, statuses, data, centres[0])), dtype=np.float32)
    for fold, _, held_out in _splits(folds):
        made = candidate_features(guess[held_out], statuses, data.embeddings[held_out], centres[fold])
        features[held_out] = made.reshape(len(held_out), *features.shape[1:])
    again = np.empty_like(guess)
    for fold, kept, held_out in _splits(folds):
        trees = fit_category_trees(_flat(features[kept]), guess[kept], data.labels[kept], seed=seed + fold)
        again[held_out] = reranked(trees, guess[held_out], statuses, data.embeddings[held_out], centres[fold])
    say("category trees of each fold")
    seen = status_features(again, statuses, data.cues, data.embeddings)
    last = np.empty_like(guess)
    for fold, kept, held_out in _splits(folds):
        booster = _fit_status(seen, again, data, statuses, kept, seed=seed + fold)
        last[held_out] = rescaled(again[held_out], statuses, np.asarray(booster.predict(seen[held_out], raw_score=True)))
    say("status trees of each fold")
    return OutOfFold(temperature, guess, features, again, seen, last)


def fit_parts(
    data: Dataset, rows: Rows, unseen: OutOfFold, statuses: Sequence[str], *, seed: int, n_starts: int = N_STARTS
) -> Parts:
    """Every stage over the given rows; the trees learn from what was said of the rows out of fold."""
    return Parts(
        head=fit_head(data, rows, statuses, seed=seed, n_starts=n_starts),
        centres=centres_of(data, rows, len(statuses)),
        trees=fit_category_trees(_flat(unseen.candidates[rows]), unseen.guess[rows], data.labels[rows], seed=seed),
        status_trees=_fit_status(unseen.status_features, unseen.looked_again, data, statuses, rows, seed=seed),
    )


def predict_with(parts: Parts, temperature: float, data: Dataset, rows: Rows, statuses: Sequence[str]) -> NDArray[np.float64]:
    """float64 [len(rows), n_categories]: what `Model.probabilities` would say."""
    guess = Calibration(temperature, {}, {}).category_probabilities(head_logits(parts.head, data, rows))
    again = reranked(parts.trees, guess, statuses, data.embeddings[rows], parts.centres)
    features = status_features(again, statuses, data.cues[rows], data.embeddings[rows])
    return rescaled(again, statuses, np.asarray(parts.status_trees.predict(features, raw_score=True)))


def _fit_status(
    features: NDArray[np.float32], again: NDArray[np.float64], data: Dataset, statuses: Sequence[str], rows: Rows, *, seed: int
) -> Booster:
    truth = forced_columns(statuses)[data.labels]
    start = start_logits(again[rows], statuses)
    return fit_status_trees(features[rows], start, truth[rows], shelf_weights(truth)[rows], seed=seed)


def _splits(folds: Rows) -> list[tuple[int, Rows, Rows]]:
    """(fold, rows to learn from, rows held out)."""
    return [(fold, np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(int(folds.max()) + 1)]


def _shape_of_candidates(
    guess: NDArray[np.float64], statuses: Sequence[str], data: Dataset, centres: NDArray[np.float32]
) -> tuple[int, int]:
    one = candidate_features(guess[:1], statuses, data.embeddings[:1], centres)
    return (one.shape[0], one.shape[1])


def _flat(features: NDArray[np.float32]) -> NDArray[np.float32]:
    return features.reshape(-1, features.shape[-1])
