"""The corpus as arrays: every title in its noisy forms, embedded, cued and hashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.features import cue_matrix, hashed
from eligibility.classifier.training.corpus import CorpusRow
from eligibility.classifier.training.dressing import dressed
from eligibility.classifier.training.noise import NATURAL_FORMS, variants
from eligibility.encoder import Encoder
from eligibility.taxonomy import Taxonomy
from eligibility.text import normalise


@dataclass(frozen=True)
class Dataset:
    """One row per distinct variant of a corpus title."""

    texts: list[str]
    labels: NDArray[np.int64]  # [n], column of the category
    source: NDArray[np.int64]  # [n], which corpus row it came from
    forms: NDArray[np.str_]  # [n], what was done to the title: see `noise` and `dressing`
    embeddings: NDArray[np.float32]  # [n, 384]
    cues: NDArray[np.float32]  # [n, n_cues]
    hashed: list[NDArray[np.int32]]

    @property
    def is_natural(self) -> NDArray[np.bool_]:
        """bool [n]: as written or without brand and size; the others are noise."""
        return np.isin(self.forms, NATURAL_FORMS)

    @property
    def dense(self) -> NDArray[np.float32]:
        """float32 [n, DENSE_SIZE]: what the trees see."""
        return np.concatenate([self.embeddings, self.cues], axis=1)


def build_dataset(rows: Sequence[CorpusRow], taxonomy: Taxonomy, encoder: Encoder) -> Dataset:
    """Rows in the order of the corpus; labels are columns of `taxonomy.categories`."""
    column = {category.code: at for at, category in enumerate(taxonomy.categories)}
    texts: list[str] = []
    labels: list[int] = []
    source: list[int] = []
    forms: list[str] = []
    mates = _mates(rows)
    for at, row in enumerate(rows):
        seen: set[str] = set()
        category = taxonomy.by_code[row.category]
        more = [(form, title, "") for form, title in dressed(row, category, rows[mates[at]])]
        for form, title, brand in [*variants(row), *more]:
            text = normalise(title, brand)
            if text.lower() in seen:  # nothing downstream sees capitals
                continue
            seen.add(text.lower())
            texts.append(text)
            labels.append(column[row.category])
            source.append(at)
            forms.append(form)
    return Dataset(
        texts=texts,
        labels=np.array(labels, dtype=np.int64),
        source=np.array(source, dtype=np.int64),
        forms=np.array(forms),
        embeddings=_encode_distinct(texts, encoder),
        cues=cue_matrix(texts),
        hashed=[hashed(text) for text in texts],
    )


def _mates(rows: Sequence[CorpusRow]) -> list[int]:
    """For each row another one of its category (itself where it is alone), the same every time."""
    by_category: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        by_category.setdefault(row.category, []).append(at)
    dice = np.random.default_rng(len(rows))
    return [int(dice.choice(by_category[row.category])) for row in rows]


def _encode_distinct(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    distinct = sorted({text.lower() for text in texts})
    vectors = encoder.encode(distinct)
    where = {text: at for at, text in enumerate(distinct)}
    return vectors[[where[text.lower()] for text in texts]]
