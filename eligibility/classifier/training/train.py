"""From corpus to model folder, in one call."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import Calibration
from eligibility.classifier.model import MODEL_DIR, save_model
from eligibility.classifier.neighbours import find_neighbours, save_neighbours
from eligibility.classifier.training.calibrate import fit_calibration
from eligibility.classifier.training.card import write_card
from eligibility.classifier.training.corpus import CorpusRow, corpus_digest, thin
from eligibility.classifier.training.dataset import Dataset, build_dataset
from eligibility.classifier.training.folds import assign_folds, held_out_brands
from eligibility.classifier.training.judged import Judgements, figures, judge
from eligibility.classifier.training.pipeline import OutOfFold, Say, fit_out_of_fold, fit_parts, predict_with
from eligibility.classifier.training.report import Figures
from eligibility.classifier.training.reporting import make_report, write_report
from eligibility.encoder import Encoder
from eligibility.taxonomy import Taxonomy

SEED = 20_260
MOST_PER_CATEGORY = 900  # the largest shelves say little new beyond this, and it keeps training to minutes


@dataclass(frozen=True)
class Trained:
    version: str
    metrics: Figures


def train(
    *, rows: Sequence[CorpusRow], taxonomy: Taxonomy, encoder: Encoder, folder: Path = MODEL_DIR, say: Say = print
) -> Trained:
    """Fit, measure on held-out titles, and put the model into `folder`; files appear there only when all are made."""
    statuses = [category.status for category in taxonomy.categories]
    rows = thin(list(rows), MOST_PER_CATEGORY)
    data = build_dataset(rows, taxonomy, encoder)
    say(f"{len(rows)} titles, {len(data.texts)} with their noisy forms")
    folds = assign_folds(data, seed=SEED)
    unseen = fit_out_of_fold(data, folds, statuses, seed=SEED, say=say)
    natural = np.flatnonzero(data.is_natural)
    labels = data.labels
    calibration = fit_calibration(unseen.probabilities[natural], labels[natural], statuses, temperature=unseen.temperature)
    judged = judge(unseen.probabilities, labels, statuses, calibration)
    by_brand = _judged_by_brand(data, rows, unseen, statuses, calibration)
    say("measured on brands that were held out")
    parts = fit_parts(data, np.arange(len(data.texts)), unseen, statuses, seed=SEED)
    say("fitted on everything")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch)
        digest = corpus_digest(rows)
        version = save_model(
            made, head=parts.head, centres=parts.centres, trees=parts.trees, status_trees=parts.status_trees,
            calibration=calibration, codes=[category.code for category in taxonomy.categories], corpus_sha256=digest,
        )  # fmt: skip
        first = np.unique(data.source, return_index=True)[1]  # each title as it was written
        save_neighbours(made, find_neighbours([data.texts[at] for at in first], data.labels[first], data.embeddings[first]))
        report = make_report(
            judged, by_brand, data=data, rows=rows, taxonomy=taxonomy, calibration=calibration, version=version, digest=digest
        )
        write_report(made, report)
        write_card(made, version=version, metrics=report["figures"], rows=rows, taxonomy=taxonomy, corpus_sha256=digest)
        _move_into(made, folder)
    return Trained(version=version, metrics=report["figures"])


def _judged_by_brand(
    data: Dataset, rows: Sequence[CorpusRow], unseen: OutOfFold, statuses: Sequence[str], calibration: Calibration
) -> Figures | None:
    """The harsher test: every title of a quarter of the brands held out. None where the corpus names too few brands."""
    is_out = held_out_brands(rows, data, seed=SEED)
    kept, out = np.flatnonzero(~is_out), np.flatnonzero(is_out & data.is_natural)
    if not len(out) or not len(kept):
        return None
    parts = fit_parts(data, kept, unseen, statuses, seed=SEED, n_starts=1)
    probabilities: NDArray[np.float64] = predict_with(parts, calibration.temperature, data, out, statuses)
    judged: Judgements = judge(probabilities, data.labels[out], statuses, calibration)
    return figures(judged)


def _move_into(made: Path, folder: Path) -> None:
    """File by file, the manifest last: a reader in between refuses the model rather than mixing two."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name == "manifest.json"):
        os.replace(path, folder / path.name)
