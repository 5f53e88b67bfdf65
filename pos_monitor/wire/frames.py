"""What an engine tells screens each tick, and how a hub begins without a gap.

Each tick the engine of a shard publishes one frame on the Redis channel DIFF (of `REDIS_URL`): a HEADER, then `changed` terminal numbers (u4),
their cells (u2, `wire.cells`), then `focused` RECORDs at full rate of the terminals that somebody looks at. All little-endian.

A hub (`pos_monitor.live`) begins so: subscribe to DIFF; ask `engine.hot.cells` of each shard, which answers with a whole frame (`is_whole`), also
while the engine is down; drop frames of that shard whose tick is not above the whole frame's. Where a frame's `after` is not the tick that the hub
has, one is missing (Redis or the engine restarted): ask for the whole again. Who wants a terminal at full rate keeps it in the sorted set FOCUS
(member: its number, score: Unix time in seconds until which it is looked at; renewed by whoever looks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.wire.cells import Status
from pos_monitor.wire.record import RECORD

DIFF: Final = "fleet:diff"
FOCUS: Final = "fleet:focus"
VERSION: Final = 1
MOST_FOCUSED: Final = 200  # terminals at full rate; who comes later waits until somebody looks away

HEADER: Final = np.dtype(
    [
        ("version", "<u2"),
        ("shard", "<u2"),
        ("is_whole", "<u4"),  # 1: the cells of all terminals, not only of those that changed
        ("tick", "<u8"),  # grows with each frame, also through a restart of the engine; about Unix time, ms
        ("after", "<u8"),  # the tick of the frame before; 0: the engine has just begun
        ("server_ms", "<i8"),  # Unix time at which it was made, ms
        ("freshest_ms", "<i8"),  # when the newest report so far came to the door; 0: none yet
        ("lag_ms", "<u4"),  # between the door and this frame, of the oldest report in it; 0: no report in it
        ("waiting", "<u4"),  # entries in the stream that are not taken yet
        ("reports", "<u4"),  # stored in this tick
        ("repeats", "<u4"),  # left out in this tick, because they are stored already
        ("total", "<u8"),  # stored since the shard began
        ("by_status", "<u4", len(Status)),  # terminals by wire.cells.Status
        ("alerts", "<u4", 4),  # open alerts by models.Severity
        ("changed", "<u4"),
        ("focused", "<u4"),
    ]
)


class FrameMalformed(ValueError):
    """Bytes that are no frame of this version."""


@dataclass(frozen=True, slots=True)
class Frame:
    """header: one HEADER; numbers: u4[changed]; cells: u2[changed]; focused: RECORD[focused]."""

    header: Any
    numbers: NDArray[np.uint32]
    cells: NDArray[np.uint16]
    focused: NDArray[np.void]


def encode(header: NDArray[np.void], numbers: NDArray[np.uint32], cells: NDArray[np.uint16], focused: NDArray[np.void]) -> bytes:
    """One frame. header: HEADER[1]; its version and counts are filled in here."""
    header["version"], header["changed"], header["focused"] = VERSION, len(numbers), len(focused)
    return b"".join((header.tobytes(), numbers.astype("<u4").tobytes(), cells.astype("<u2").tobytes(), focused.tobytes()))


def decode(body: bytes) -> Frame:
    """The frame in `body`; its arrays are views of it. Raises FrameMalformed."""
    if len(body) < HEADER.itemsize:
        raise FrameMalformed(f"{len(body)} bytes hold no header")
    header = np.frombuffer(body, HEADER, 1)[0]
    changed, focused = int(header["changed"]), int(header["focused"])
    cells_at = HEADER.itemsize + 4 * changed
    focused_at = cells_at + 2 * changed
    if header["version"] != VERSION or len(body) != focused_at + focused * RECORD.itemsize:
        raise FrameMalformed(f"{len(body)} bytes of version {header['version']} are not {changed} cells and {focused} records")
    return Frame(
        header=header,
        numbers=np.frombuffer(body, "<u4", changed, HEADER.itemsize),
        cells=np.frombuffer(body, "<u2", changed, cells_at),
        focused=np.frombuffer(body, RECORD, focused, focused_at),
    )
