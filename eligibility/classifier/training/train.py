"""From corpus to model folder, in one call."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import FORCED, Calibration, forced_sums
from eligibility.classifier.model import MODEL_DIR, save_model
from eligibility.classifier.neighbours import find_neighbours, save_neighbours
from eligibility.classifier.training.calibrate import fit_calibration, shelf_weights
from eligibility.classifier.training.card import write_card
from eligibility.classifier.training.corpus import CorpusRow, corpus_digest, thin
from eligibility.classifier.training.dataset import Dataset, build_dataset
from eligibility.classifier.training.fit import fit_head, fit_trees, head_logits
from eligibility.classifier.training.folds import N_FOLDS, assign_folds
from eligibility.encoder import Encoder
from eligibility.taxonomy import Taxonomy

SEED = 20_260
MOST_PER_CATEGORY = 900  # the largest shelves say little new beyond this, and it keeps training to minutes
Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    version: str
    metrics: dict[str, Any]


def train(
    *, rows: Sequence[CorpusRow], taxonomy: Taxonomy, encoder: Encoder, folder: Path = MODEL_DIR, say: Say = print
) -> Trained:
    """Fit, measure on held-out folds, and put the model into `folder`; files appear there only when all are made."""
    codes = [category.code for category in taxonomy.categories]
    statuses = [category.status for category in taxonomy.categories]
    rows = thin(list(rows), MOST_PER_CATEGORY)
    data = build_dataset(rows, codes, encoder)
    say(f"{len(rows)} titles, {len(data.texts)} with their noisy forms")
    folds = assign_folds(data, seed=SEED)
    start = _out_of_fold_heads(data, folds, len(codes), say)
    logits = _out_of_fold_trees(data, folds, start, len(codes), say)
    natural = np.flatnonzero(data.is_natural)
    calibration = fit_calibration(logits[natural], data.labels[natural], statuses)
    metrics = measure(logits[natural], data.labels[natural], statuses, calibration)
    everything = np.arange(len(data.texts))
    head = fit_head(data, everything, len(codes), seed=SEED)
    trees = fit_trees(data, everything, start, len(codes), seed=SEED)
    say("fitted on everything")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch)
        digest = corpus_digest(rows)
        version = save_model(made, head=head, trees=trees, calibration=calibration, codes=codes, corpus_sha256=digest)
        first = np.unique(data.source, return_index=True)[1]  # each title as it was written
        save_neighbours(made, find_neighbours([data.texts[at] for at in first], data.labels[first], data.embeddings[first]))
        write_card(made, version=version, metrics=metrics, rows=rows, taxonomy=taxonomy, corpus_sha256=digest)
        _move_into(made, folder)
    return Trained(version=version, metrics=metrics)


def _out_of_fold_heads(data: Dataset, folds: NDArray[np.int64], n_categories: int, say: Say) -> NDArray[np.float32]:
    logits = np.zeros((len(data.texts), n_categories), dtype=np.float32)
    for fold in range(N_FOLDS):
        head = fit_head(data, np.flatnonzero(folds != fold), n_categories, seed=SEED + fold)
        held_out = np.flatnonzero(folds == fold)
        logits[held_out] = head_logits(head, data, held_out)
        say(f"linear head {fold + 1} of {N_FOLDS}")
    return logits


def _out_of_fold_trees(
    data: Dataset, folds: NDArray[np.int64], start: NDArray[np.float32], n_categories: int, say: Say
) -> NDArray[np.float64]:
    logits = start.astype(np.float64)
    for fold in range(N_FOLDS):
        trees = fit_trees(data, np.flatnonzero(folds != fold), start, n_categories, seed=SEED + fold)
        held_out = np.flatnonzero(folds == fold)
        logits[held_out] += np.asarray(trees.predict(data.dense[held_out], raw_score=True))
        say(f"trees {fold + 1} of {N_FOLDS}")
    return logits


def measure(
    logits: NDArray[np.float64], labels: NDArray[np.int64], statuses: Sequence[str], calibration: Calibration
) -> dict[str, Any]:
    """Figures on held-out titles, weighted to a shop's shelves (see `calibrate.SHELF_SHARE`)."""
    forced_of = np.array([FORCED.index("eligible" if status == "rx" else status) for status in statuses])
    truth = forced_of[labels]
    weights = shelf_weights(truth)
    probabilities = calibration.category_probabilities(logits)
    sums = forced_sums(probabilities, statuses)
    choice = sums.argmax(axis=1)
    confidence = np.array([calibration.confidence(FORCED[at], float(row[at])) for at, row in zip(choice, sums, strict=True)])
    spoken = confidence >= np.array([calibration.thresholds[FORCED[at]] for at in choice])
    figures: dict[str, Any] = {
        "held_out_titles": len(truth),
        "category_accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        "status_accuracy": float(np.average(choice == truth, weights=weights)),
        "unknown_share": float(np.average(~spoken, weights=weights)),
        "calibration_error": _calibration_error(confidence, choice == truth, weights),
    }
    for at, status in enumerate(FORCED):
        said = spoken & (choice == at)
        figures[f"{status}_precision"] = float(np.average(truth[said] == at, weights=weights[said])) if said.any() else None
        figures[f"{status}_coverage"] = float(np.average(said[truth == at]))
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


def _calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    """Expected calibration error over ten bins: mean distance between promised and kept."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    error = 0.0
    for at in range(10):
        inside = bins == at
        if inside.any():
            gap = np.average(confidence[inside], weights=weights[inside]) - np.average(right[inside], weights=weights[inside])
            error += abs(float(gap)) * float(weights[inside].sum() / weights.sum())
    return error


def _move_into(made: Path, folder: Path) -> None:
    """File by file, the manifest last: a reader in between refuses the model rather than mixing two."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name == "manifest.json"):
        os.replace(path, folder / path.name)
