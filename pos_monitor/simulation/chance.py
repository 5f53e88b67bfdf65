"""Chance that does not depend on who asks when: what terminal 7 draws for its 100th report follows from the seed alone.

So a fleet that is split over processes, or reports late, lives the same life. The mixing is splitmix64 (Steele, Lea and Flood, 2014).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MOST_OF_POISSON: Final = 24


class Chance:
    """Draws for each terminal. Every use has a name of its own (`salt`), so that no two uses share their luck."""

    def __init__(self, seed: int) -> None:
        self.seed = np.uint64(seed & 0xFFFF_FFFF)

    def of(self, salt: int, who: Ints, step: Ints | int = 0) -> Floats:
        """One number in [0, 1) for each of `who` at its own `step`."""
        with np.errstate(over="ignore"):
            x = who.astype(np.uint64) * np.uint64(0x1_0000_01B3) + np.asarray(step).astype(np.uint64)
            x = (x ^ (np.uint64(salt) << np.uint64(48))) + self.seed * _GOLDEN
            for _ in range(2):
                x = (x ^ (x >> np.uint64(30))) * _MIX_1
                x = (x ^ (x >> np.uint64(27))) * _MIX_2
                x = (x ^ (x >> np.uint64(31))) + _GOLDEN
        return np.asarray((x >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def bell(self, salt: int, who: Ints, step: Ints | int = 0) -> Floats:
        """About normal, mean 0 and deviation 1: the sum of three draws, so never beyond ±3."""
        return 2 * (self.of(salt, who, step) + self.of(salt + 1, who, step) + self.of(salt + 2, who, step) - 1.5)

    def count(self, salt: int, mean: Floats, who: Ints, step: Ints | int = 0) -> Ints:
        """How often something of this mean happened (Poisson), at most 24 times."""
        drawn, term = self.of(salt, who, step), np.exp(-mean)
        below, found = term.copy(), np.zeros(len(mean), np.int64)
        for k in range(1, _MOST_OF_POISSON + 1):
            more = drawn > below
            if not more.any():
                break
            found += more
            term = term * mean / k
            below += term
        return found
