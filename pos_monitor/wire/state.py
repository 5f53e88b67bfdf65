"""How every terminal is right now, as columns by terminal number. The engine writes them; rules read them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.wire.record import MISSING, RECORD

COLUMNS: Final[dict[str, Any]] = {
    "received_ms": np.int64,  # Unix time at the door of the newest report, ms; 0: none yet
    "first_ms": np.int64,  # of the first report ever; 0: none yet
    "boot": np.uint32,  # the start of the terminal that counts
    "seq": np.uint32,  # the highest of that boot
    "reports": np.uint32,  # stored since the first
    "clock_ms": np.float64,  # how far its clock is ahead of ours; NaN: not known
    "clock_jump_ms": np.float64,  # what its clock said lately, far from that; NaN: nothing. Said twice, it is believed
    "status": np.uint8,  # wire.cells.Status as of the last sweep
    "goodbye": np.bool_,  # its last words were that it is switched off on purpose
    "sales_ok": np.float32,  # fading sums: what lies ten reports back counts a third
    "sales_failed": np.float32,
}


class State:
    """Columns by terminal number, `capacity` long; `last` holds the newest record of each, and where it was silent about a value, the one before.

    Only a report that is newer than all before it (by boot and seq) changes `last`. A late one is stored and shows that the terminal lives.
    """

    last: NDArray[np.void]
    received_ms: NDArray[np.int64]
    first_ms: NDArray[np.int64]
    boot: NDArray[np.uint32]
    seq: NDArray[np.uint32]
    reports: NDArray[np.uint32]
    clock_ms: NDArray[np.float64]
    clock_jump_ms: NDArray[np.float64]
    status: NDArray[np.uint8]
    goodbye: NDArray[np.bool_]
    sales_ok: NDArray[np.float32]
    sales_failed: NDArray[np.float32]

    def __init__(self, capacity: int) -> None:
        self.capacity = 0
        self.listening_since_ms = 0  # before it we could not hear anybody, so silence before it is not theirs
        self.last = np.zeros(0, RECORD)
        for name, kind in COLUMNS.items():
            setattr(self, name, np.zeros(0, kind))
        self.grow(capacity)

    def grow(self, capacity: int) -> None:
        """Make room for terminal numbers below `capacity`. Keeps what is there."""
        more = capacity - self.capacity
        if more <= 0:
            return
        nobody = np.zeros(more, RECORD)
        for name, missing in MISSING.items():
            nobody[name] = missing
        self.last = np.concatenate([self.last, nobody])
        for name, kind in COLUMNS.items():
            column = np.zeros(more, kind) if not name.startswith("clock") else np.full(more, np.nan)
            setattr(self, name, np.concatenate([getattr(self, name), column]))
        self.capacity = capacity

    def silent_since_ms(self) -> NDArray[np.int64]:
        """Since when each is silent: its newest report, or when we began to listen if that is later. Meaningless where first_ms is 0."""
        return np.maximum(self.received_ms, self.listening_since_ms)
