"""The corpus as arrays: every title in its noisy forms, embedded, cued and hashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.features import cue_matrix, hashed
from eligibility.classifier.training.corpus import CorpusRow
from eligibility.classifier.training.noise import variants
from eligibility.encoder import Encoder
from eligibility.text import normalise


@dataclass(frozen=True)
class Dataset:
    """One row per distinct variant of a corpus title."""

    texts: list[str]
    labels: NDArray[np.int64]  # [n], column of the category
    source: NDArray[np.int64]  # [n], which corpus row it came from
    is_natural: NDArray[np.bool_]  # [n], as written or without brand and size; the others are noise
    embeddings: NDArray[np.float32]  # [n, 384]
    cues: NDArray[np.float32]  # [n, n_cues]
    hashed: list[NDArray[np.int32]]

    @property
    def dense(self) -> NDArray[np.float32]:
        """float32 [n, DENSE_SIZE]: what the trees see."""
        return np.concatenate([self.embeddings, self.cues], axis=1)


def build_dataset(rows: Sequence[CorpusRow], codes: Sequence[str], encoder: Encoder) -> Dataset:
    column = {code: at for at, code in enumerate(codes)}
    texts: list[str] = []
    labels: list[int] = []
    source: list[int] = []
    natural: list[bool] = []
    for at, row in enumerate(rows):
        seen: set[str] = set()
        for order, (title, brand) in enumerate(variants(row)):
            text = normalise(title, brand)
            if text.lower() in seen:  # nothing downstream sees capitals
                continue
            seen.add(text.lower())
            texts.append(text)
            labels.append(column[row.category])
            source.append(at)
            natural.append(order < 2)
    return Dataset(
        texts=texts,
        labels=np.array(labels, dtype=np.int64),
        source=np.array(source, dtype=np.int64),
        is_natural=np.array(natural, dtype=np.bool_),
        embeddings=_encode_distinct(texts, encoder),
        cues=cue_matrix(texts),
        hashed=[hashed(text) for text in texts],
    )


def _encode_distinct(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    distinct = sorted({text.lower() for text in texts})
    vectors = encoder.encode(distinct)
    where = {text: at for at, text in enumerate(distinct)}
    return vectors[[where[text.lower()] for text in texts]]
