"""When a report was measured, by our clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from pos_monitor.history.packing import Ints
from pos_monitor.wire.record import Flag


def measured_ms(records: np.ndarray[Any, np.dtype[np.void]]) -> Ints:
    """Unix time in ms of each RECORD.

    A report that came at once was measured when it came. One that waited in its terminal tells by its own clock, less what that clock
    is off (unless the engine has set it right already); never later than it came.
    """
    received, at = records["received_ms"].astype(np.int64), records["at_ms"].astype(np.int64)
    flags = records["flags"]
    ours = np.where(flags & Flag.CLOCK_CORRECTED != 0, at, at - records["clock_offset"])
    tells = (flags & Flag.STORED != 0) & (at > 0)
    return np.where(tells, np.clip(ours, 0, received), received)
