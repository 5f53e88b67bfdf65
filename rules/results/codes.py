"""How one result is written in two bytes, and its reasons in two more."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

SCORE: Final = np.dtype("<i2")  # little-endian, as the view `rules_current_pair` reads it
MASK: Final = np.dtype("<u2")
NOBODY: Final = -1  # what an unused slot says: does not qualify, score 0


def code_of(*, qualifies: bool, score: int) -> int:
    """A score that qualifies is itself; one that does not is −1 − score."""
    return score if qualifies else -1 - score


def qualifies(code: int) -> bool:
    return code >= 0


def score_of(code: int) -> int:
    return code if code >= 0 else -1 - code


def scores_from(data: bytes | memoryview) -> np.ndarray[Any, np.dtype[np.int16]]:
    """int16 [slots] from a stored column."""
    return np.frombuffer(data, SCORE)


def masks_from(data: bytes | memoryview) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """uint16 [slots] from a stored column."""
    return np.frombuffer(data, MASK)
