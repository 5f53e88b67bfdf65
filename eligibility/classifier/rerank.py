"""Looks again at the likeliest categories: LightGBM judges each candidate beside the others.

The linear head ranks two hundred categories by words and meaning. For its best few, the trees also see how near the title
lies to the middle of each candidate's training titles and which status the candidate would give, and shift the odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import forced_columns, forced_sums

if TYPE_CHECKING:
    from lightgbm import Booster

N_CANDIDATES = 5  # holds the right category of 95 in 100 held-out titles
CATEGORY_FEATURE = 5  # a number that names, not one that measures
LEAST_LOG, MOST_LOG = -8.0, -0.001
TINY = 1e-6


def candidates(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """int64 [n, N_CANDIDATES]: columns of the likeliest categories, the likeliest first."""
    return np.argsort(-probabilities, axis=1, kind="stable")[:, :N_CANDIDATES]


def candidate_features(
    probabilities: NDArray[np.float64],
    statuses: Sequence[str],
    embeddings: NDArray[np.float32],
    centres: NDArray[np.float32],
) -> NDArray[np.float32]:
    """float32 [n * N_CANDIDATES, 8], a title's candidates one below the other.

    centres: float32 [n_categories, 384], L2-normalised middles of the categories' training titles.
    """
    columns = forced_columns(statuses)
    top = candidates(probabilities)
    logs = np.log(np.take_along_axis(probabilities, top, axis=1) + TINY)
    status_logs = np.take_along_axis(np.log(forced_sums(probabilities, statuses) + TINY), columns[top], axis=1)
    near = np.stack([centres[top[at]] @ embeddings[at] for at in range(len(top))]) if len(top) else logs
    rank = np.broadcast_to(np.arange(top.shape[1]), top.shape)
    parts = [logs, rank, logs - logs[:, :1], status_logs, columns[top], top, near, near - near.max(axis=1, keepdims=True)]
    return np.stack(parts, axis=2).reshape(-1, len(parts)).astype(np.float32)


def start_logits(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64 [n]: each candidate's odds by the head, from which the trees start."""
    logs = np.clip(features[:, 0].astype(np.float64), LEAST_LOG, MOST_LOG)
    return np.asarray(logs - np.log1p(-np.exp(logs)))


def reranked(
    trees: Booster,
    probabilities: NDArray[np.float64],
    statuses: Sequence[str],
    embeddings: NDArray[np.float32],
    centres: NDArray[np.float32],
) -> NDArray[np.float64]:
    """float64 [n, n_categories], rows sum to 1: the candidates share what they had together anew."""
    features = candidate_features(probabilities, statuses, embeddings, centres)
    corrections: NDArray[Any] = np.asarray(trees.predict(features, raw_score=True, num_threads=1))
    odds = 1 / (1 + np.exp(-(start_logits(features) + corrections)))
    top = candidates(probabilities)
    shares = odds.reshape(top.shape)
    together = np.take_along_axis(probabilities, top, axis=1).sum(axis=1, keepdims=True)
    result = probabilities.copy()
    np.put_along_axis(result, top, shares / shares.sum(axis=1, keepdims=True) * together, axis=1)
    return result
