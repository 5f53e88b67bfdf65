"""The engine's own clock, and when what it says cannot be trusted to judge silence by."""

from __future__ import annotations

import time
from typing import Final

LEAP_S: Final = 3.0  # more, between two ticks, than the processor counted: the clock was set, or the machine slept


class Times:
    """Unix time in ms, and whether it leapt since it was last asked."""

    def __init__(self) -> None:
        self._wall, self._steady = time.time(), time.monotonic()

    def now(self) -> tuple[int, float]:
        """(Unix time in ms, seconds that the clock leapt: forward above 0, 0 where it did not)."""
        wall, steady = time.time(), time.monotonic()
        leapt = (wall - self._wall) - (steady - self._steady)
        self._wall, self._steady = wall, steady
        return int(wall * 1000), leapt if abs(leapt) > LEAP_S else 0.0
