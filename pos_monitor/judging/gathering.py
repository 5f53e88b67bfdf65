"""What several rounds and rules tell, brought together: of a pair of terminal and rule only what is true in the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.transitions import TRANSITION, Changes, none


class Gathering:
    """Collects transitions in the order in which they happened."""

    def __init__(self) -> None:
        self._rows: list[NDArray[np.void]] = []
        self._opened: list[NDArray[np.bool_]] = []

    def add(self, rows: NDArray[np.void], *, opened: bool) -> None:
        """rows: TRANSITION [n], of one rule, each terminal once."""
        if len(rows):
            self._rows.append(rows)
            self._opened.append(np.full(len(rows), opened))

    def total(self) -> Changes:
        """Openings and endings of the same alert within this gathering cancel out."""
        if not self._rows:
            return Changes(none(), none())
        rows, opened = np.concatenate(self._rows), np.concatenate(self._opened)
        if len(self._rows) > 1:
            # A pair's transitions alternate: with an even number of them it is as it was before, with an odd one the last holds.
            pairs = rows["rule"].astype(np.uint64) << np.uint64(32) | rows["terminal"].astype(np.uint64)
            _, last_from_behind, counts = np.unique(pairs[::-1], return_index=True, return_counts=True)
            last = np.sort((len(rows) - 1 - last_from_behind)[counts % 2 == 1])
            rows, opened = rows[last], opened[last]
        return Changes(rows[opened].astype(TRANSITION), rows[~opened].astype(TRANSITION))
