"""Folds for honest figures: near-duplicates of a title, in any category, and all their noisy forms stay on one side."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.training.corpus import CorpusRow
from eligibility.classifier.training.dataset import Dataset

N_FOLDS = 4
NEAR_DUPLICATE_COSINE = 0.85  # same product in another size or flavour
BLOCK = 2_048


def assign_folds(data: Dataset, *, seed: int) -> NDArray[np.int64]:
    """int64 [n rows]: the fold in which a row is held out."""
    sources, first = np.unique(data.source, return_index=True)
    groups = near_duplicates(data.embeddings[first])
    fold_of_group = np.random.default_rng(seed).permutation(groups.max() + 1) % N_FOLDS
    fold_of_source = np.zeros(sources.max() + 1, dtype=np.int64)
    fold_of_source[sources] = fold_of_group[groups]
    return np.asarray(fold_of_source[data.source])


def near_duplicates(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """int64 [n]: group of each L2-normalised row; a row joins the nearest earlier leader if close, else it leads."""
    groups = np.full(len(vectors), -1, dtype=np.int64)
    leaders = np.empty_like(vectors)
    n_leaders = 0
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        own = groups[start : start + BLOCK]
        if n_leaders:
            close = block @ leaders[:n_leaders].T
            nearest = close.argmax(axis=1)
            joins = close[np.arange(len(block)), nearest] >= NEAR_DUPLICATE_COSINE
            own[joins] = nearest[joins]
        among = block @ block.T >= NEAR_DUPLICATE_COSINE
        for at in np.flatnonzero(own < 0):
            if own[at] < 0:
                own[among[at] & (own < 0)] = n_leaders
                own[at] = n_leaders
                leaders[n_leaders] = block[at]
                n_leaders += 1
    return groups


def held_out_brands(rows: Sequence[CorpusRow], data: Dataset, *, seed: int) -> NDArray[np.bool_]:
    """bool [n rows]: titles of a quarter of the brands, the harsher test; a title without a brand is in no quarter."""
    brands = [brand_of(row) for row in rows]
    names = sorted({brand for brand in brands if brand})
    order = np.random.default_rng(seed).permutation(len(names))
    out = {name for name, place in zip(names, order, strict=True) if place % N_FOLDS == 0}
    return np.array([brands[source] in out for source in data.source], dtype=np.bool_)


def brand_of(row: CorpusRow) -> str:
    """The brand as its letters, so that "Nature's Way" and "Natures Way" are one; empty if the row names none."""
    return re.sub(r"[^a-z0-9]", "", row.brand.lower())
