"""The second opinion on the status: LightGBM over three statuses, starting from what the categories add up to.

The categories know what a product is; where two of different status look alike, their sum is a poor judge between
them. The status trees see the same title with the category model's doubts laid open and correct the sum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import FORCED, forced_columns, forced_sums

TINY = 1e-6


def start_logits(probabilities: NDArray[np.float64], statuses: Sequence[str]) -> NDArray[np.float64]:
    """float64 [n, 3]: the logarithm of each forced status' sum, from which the status trees start."""
    return np.log(forced_sums(probabilities, statuses) + TINY)


def status_features(
    probabilities: NDArray[np.float64],
    statuses: Sequence[str],
    cues: NDArray[np.float32],
    embeddings: NDArray[np.float32],
) -> NDArray[np.float32]:
    """float32 [n, 9 + n_cues + 384]: sums and best category per status, the three likeliest, cues, embedding."""
    columns = forced_columns(statuses)
    best = np.stack([probabilities[:, columns == at].max(axis=1) for at in range(len(FORCED))], axis=1)
    likeliest = np.sort(probabilities, axis=1)[:, : -len(FORCED) - 1 : -1]
    doubts = [start_logits(probabilities, statuses), np.log(best + TINY), np.log(likeliest + TINY)]
    return np.concatenate([*doubts, cues, embeddings], axis=1).astype(np.float32)


def rescaled(
    probabilities: NDArray[np.float64], statuses: Sequence[str], corrections: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64 [n, n_categories], rows sum to 1: categories keep their order within a status, statuses get their new sums.

    corrections: [n, 3], what the status trees add to `start_logits`.
    """
    logits = start_logits(probabilities, statuses) + corrections
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    wanted = powers / powers.sum(axis=1, keepdims=True)
    share = wanted / (forced_sums(probabilities, statuses) + TINY)
    scaled = probabilities * share[:, forced_columns(statuses)]
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))
