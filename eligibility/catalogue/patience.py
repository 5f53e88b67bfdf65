"""Standing back for sales: what works in the background asks here before each chunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from common import load

STEP_S: Final = 1.0
LONGEST_S: Final = 15.0  # then one chunk is done all the same, so that the work ends some day


def stand_back(still_mine: Callable[[], None] = lambda: None) -> float:
    """Wait while sales are slowing, at most 15 s; returns for how long, in seconds. `still_mine` is called as it waits."""
    started = time.monotonic()
    while load.sales_are_slowing() and time.monotonic() - started < LONGEST_S:
        still_mine()
        time.sleep(STEP_S)
    load.note_background()
    return time.monotonic() - started
