"""Which waiting items are so alike that one look decides them all.

Two ways: the same words once brand, sizes, counts and strengths are taken away; or, within one suggested category, texts whose
embeddings almost coincide. Strength and size never change what a product is for, and the reviewer can untick each item.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eligibility.text import normalise

ALIKE: Final = 0.90  # cosine of MiniLM embeddings; below it, neighbours of another kind begin to appear
UNITS: Final = (
    "ct count pk pack packs pc pcs piece pieces ea each oz fl floz ounce ounces ml l liter litre liters lb lbs g gm gram grams kg mg mcg iu"
    " inch inches in ft yd yards cm mm box bottle bottles tube case value size twin single family bonus"
)  # fmt: skip
DROPPED: Final = frozenset(UNITS.split()) | {"of", "the", "a", "an", "and", "with", "for", "by", "per", "new"}
WORD: Final = re.compile(r"[^\W\d_]+")
MEASURE: Final = re.compile(r"\d+(?:[.,/]\d+)*\s*-?\s*[a-z%]{0,6}\b")
FEWEST_WORDS: Final = 2  # fewer say too little: “Cream 2 oz” is not every cream


def group_key(title: str, brand: str = "") -> str:
    """The same for items that differ in brand, size, count or strength alone; empty where too few words are left."""
    text = normalise(title).casefold()
    without = set(WORD.findall(normalise(brand).casefold()))
    text = MEASURE.sub(lambda found: " " + _left_of_measure(found.group()), text)
    words = sorted({word for word in WORD.findall(text) if len(word) > 1} - without - DROPPED)
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:32] if len(words) >= FEWEST_WORDS else ""


def _left_of_measure(text: str) -> str:
    """“30 spf” and “5 day” say something; “200 mg” does not."""
    word = "".join(WORD.findall(text))
    return "" if word in DROPPED else word


def packed(embedding: NDArray[np.float32]) -> bytes:
    """As a column keeps it: float16 [384], 768 bytes."""
    return embedding.astype(np.float16).tobytes()


def unpacked(raw: bytes | memoryview) -> NDArray[np.float32]:
    return np.frombuffer(bytes(raw), dtype=np.float16).astype(np.float32)


def alike(leader: bytes | memoryview | None, others: Sequence[bytes | memoryview | None]) -> list[bool]:
    """Which of the others almost coincide with the leader."""
    if leader is None:
        return [False] * len(others)
    one = unpacked(leader)
    return [other is not None and float(one @ unpacked(other)) >= ALIKE for other in others]
