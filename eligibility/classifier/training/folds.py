"""Folds for honest figures: near-duplicates of a title, and all its noisy forms, stay on one side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.training.dataset import Dataset

N_FOLDS = 4
NEAR_DUPLICATE_COSINE = 0.85  # same product in another size or flavour


def assign_folds(data: Dataset, *, seed: int) -> NDArray[np.int64]:
    """int64 [n rows]: the fold in which a row is held out; every category is spread over all folds."""
    dice = np.random.default_rng(seed)
    first = {int(source): at for at, source in reversed(list(enumerate(data.source)))}
    n_sources = len(first)
    fold_of_source = np.zeros(n_sources, dtype=np.int64)
    labels = np.array([data.labels[first[source]] for source in range(n_sources)])
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        vectors = data.embeddings[[first[int(source)] for source in members]]
        groups = near_duplicates(vectors)
        order = dice.permutation(groups.max() + 1)
        fold_of_source[members] = (order[groups] + int(label)) % N_FOLDS
    return fold_of_source[data.source]


def near_duplicates(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """int64 [n]: group of each L2-normalised row; a group is everything close to its first member."""
    groups = np.full(len(vectors), -1, dtype=np.int64)
    n_groups = 0
    for at in range(len(vectors)):
        if groups[at] >= 0:
            continue
        close = (vectors @ vectors[at]) >= NEAR_DUPLICATE_COSINE
        groups[close & (groups < 0)] = n_groups
        groups[at] = n_groups
        n_groups += 1
    return groups
