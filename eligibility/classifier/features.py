"""What the model sees of a title: its embedding, the cues, and hashed pieces of its words."""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.cues import CUE_NAMES, cues
from eligibility.encoder import DIMENSIONS

HASH_BITS = 14
HASH_SIZE = 1 << HASH_BITS
FEATURE_VERSION = 4  # raise when cues, hashing or normalising change: a model of another version is refused
DENSE_SIZE = DIMENSIONS + len(CUE_NAMES)

_WORD = re.compile(r"[a-zà-ÿ0-9][a-zà-ÿ0-9']*")


def hashed(text: str) -> NDArray[np.int32]:
    """int32 [n]: buckets of the title's distinct words, word pairs and letter groups of four."""
    words = _WORD.findall(text.lower())[:48]
    pieces = {*words, *(f"{a}_{b}" for a, b in itertools.pairwise(words))}
    for word in words:
        if len(word) > 3:
            framed = f"<{word}>"
            pieces.update(f"#{framed[at : at + 4]}" for at in range(len(framed) - 3))
    buckets = {zlib.crc32(piece.encode()) & (HASH_SIZE - 1) for piece in pieces}
    return np.fromiter(sorted(buckets), dtype=np.int32, count=len(buckets))


def cue_matrix(texts: Sequence[str]) -> NDArray[np.float32]:
    """float32 [len(texts), len(CUE_NAMES)]."""
    return np.stack([cues(text) for text in texts]) if texts else np.empty((0, len(CUE_NAMES)), np.float32)
