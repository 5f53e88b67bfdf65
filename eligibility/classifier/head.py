"""The linear start of the model: one weight per feature and category, kept in small numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

EMBEDDING_SCALE = 8.0  # brings a unit vector's entries near the cues' size, so that one learning rate suits both
CUE_SCALE = 0.5
HASH_SCALE = 4.0


@dataclass(frozen=True)
class LinearHead:
    """logits = dense @ dense_weights + mean-like sum of hashed rows + bias."""

    dense_weights: NDArray[np.float32]  # [DENSE_SIZE, n_categories]
    hash_weights: NDArray[np.int8]  # [HASH_SIZE, n_categories], times hash_scale
    hash_scale: NDArray[np.float32]  # [n_categories]
    bias: NDArray[np.float32]  # [n_categories]
    cue_spread: NDArray[np.float32]  # [n_cues], what a cue is divided by

    def dense(self, embeddings: NDArray[np.float32], cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [n, DENSE_SIZE]."""
        return dense_input(embeddings, cues, self.cue_spread)

    def logits(
        self, embeddings: NDArray[np.float32], cues: NDArray[np.float32], hashed: Sequence[NDArray[np.int32]]
    ) -> NDArray[np.float32]:
        """float32 [n, n_categories]. Row by row, so that a title's numbers do not depend on its neighbours."""
        dense = self.dense(embeddings, cues)
        rows = np.empty((len(hashed), len(self.bias)), dtype=np.float32)
        for at, buckets in enumerate(hashed):
            rows[at] = dense[at] @ self.dense_weights + self.bias
            if len(buckets):
                words = self.hash_weights[buckets].sum(axis=0, dtype=np.int32).astype(np.float32)
                rows[at] += words * self.hash_scale * np.float32(HASH_SCALE / np.sqrt(len(buckets)))
        return rows

    def save(self, path: Path) -> None:
        np.savez_compressed(
            path,
            dense_weights=self.dense_weights.astype(np.float16),
            hash_weights=self.hash_weights,
            hash_scale=self.hash_scale,
            bias=self.bias,
            cue_spread=self.cue_spread,
        )

    @classmethod
    def load(cls, path: Path) -> LinearHead:
        with np.load(path, allow_pickle=False) as file:
            return cls(
                dense_weights=file["dense_weights"].astype(np.float32),
                hash_weights=file["hash_weights"],
                hash_scale=file["hash_scale"],
                bias=file["bias"],
                cue_spread=file["cue_spread"],
            )


def dense_input(
    embeddings: NDArray[np.float32], cues: NDArray[np.float32], cue_spread: NDArray[np.float32]
) -> NDArray[np.float32]:
    """float32 [n, DENSE_SIZE]: what a linear head multiplies."""
    parts = [embeddings * EMBEDDING_SCALE, cues / cue_spread * CUE_SCALE]
    return np.concatenate(parts, axis=1).astype(np.float32)
