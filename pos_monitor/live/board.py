"""The cells of all terminals as this process knows them, with the version at which each last changed: so that any viewer, however far behind,
is told exactly what it lacks, and a viewer that was skipped misses frames but never a state.
"""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.live.protocol import CHANGES, HEADER, WHOLE
from pos_monitor.wire.frames import Frame

NEVER: Final = 0  # the version of a terminal of which no engine has said anything
Numbers = NDArray[np.uint32]
Mask = NDArray[np.bool_]


class Board:
    """cells: u2 by terminal number. changed_in: the version in which each changed last. shards: tick of the last frame of each."""

    def __init__(self) -> None:
        self.version = 0
        self.cells: NDArray[np.uint16] = np.zeros(1024, np.uint16)
        self.changed_in: NDArray[np.int64] = np.zeros(1024, np.int64)
        self.ticks: dict[int, int] = {}

    def grow(self, needed: int) -> None:
        """Make room for terminal numbers below `needed`."""
        more = needed - len(self.cells)
        if more > 0:
            more = max(more, len(self.cells) // 2)
            self.cells = np.concatenate([self.cells, np.zeros(more, np.uint16)])
            self.changed_in = np.concatenate([self.changed_in, np.zeros(more, np.int64)])

    def take(self, frame: Frame, *, n_shards: int) -> bool:
        """Make the cells what a frame says. False if a frame of its shard is missing in between: ask for the whole, and take that.

        A frame that is older than what is here is left out. What changes belongs to the version after the present one, until `turn`.
        """
        shard, tick = int(frame.header["shard"]), int(frame.header["tick"])
        known = self.ticks.get(shard)
        if known is not None and (tick < known or (tick == known and not frame.header["is_whole"])):
            return True  # an engine that is down is answered for by its last snapshot, which is older than what we have
        if not frame.header["is_whole"] and (known is None or int(frame.header["after"]) != known):
            return False
        numbers, cells = frame.numbers.astype(np.intp), frame.cells
        if frame.header["is_whole"]:
            numbers, cells = self._with_forgotten(numbers, cells, shard, n_shards)
        if len(numbers):
            self.grow(int(numbers.max()) + 1)
        new = (self.cells[numbers] != cells) | (self.changed_in[numbers] == NEVER)
        self.cells[numbers[new]] = cells[new]
        self.changed_in[numbers[new]] = self.version + 1
        self.ticks[shard] = tick
        return True

    def _with_forgotten(
        self, numbers: NDArray[np.intp], cells: NDArray[np.uint16], shard: int, n_shards: int
    ) -> tuple[NDArray[np.intp], NDArray[np.uint16]]:
        """A whole frame also says of whom nothing is known any more: those of its shard that it does not name."""
        is_known = self.changed_in != NEVER
        is_known[np.arange(len(is_known)) % n_shards != shard] = False
        is_known[numbers[numbers < len(is_known)]] = False
        gone = np.flatnonzero(is_known & (self.cells != 0))
        return np.concatenate([numbers, gone]), np.concatenate([cells, np.zeros(len(gone), np.uint16)])

    def turn(self) -> int:
        """Close the version: what is taken from now on belongs to the next. Returns the version that is now whole."""
        self.version += 1
        return self.version

    def since(self, version: int, mask: Mask | None = None) -> Numbers:
        """Numbers of what changed after a version, ascending; of those in the mask (bool by number) if there is one."""
        changed = self.changed_in > version
        if mask is not None:
            common = min(len(mask), len(changed))
            changed[:common] &= mask[:common]
            changed[common:] = False
        return np.flatnonzero(changed).astype(np.uint32)


def encode_cells(
    kind: int, numbers: Numbers, cells: NDArray[np.uint16], *, version: int, made_ms: int, freshest_ms: int, behind_ms: int
) -> bytes:
    """One binary frame for browsers (`live.protocol`). numbers: ascending; cells: of these."""
    gaps = np.diff(numbers, prepend=np.uint32(0)).astype(np.uint32)
    widest = int(gaps.max()) if len(gaps) else 0
    width = 1 if widest < 2**8 else 2 if widest < 2**16 else 4
    header = np.zeros(1, HEADER)
    header["kind"], header["width"], header["count"], header["version"] = kind, width, len(numbers), version
    header["made_ms"], header["freshest_ms"] = made_ms, freshest_ms
    header["behind_ms"] = min(max(behind_ms, 0), 2**32 - 1)
    body = gaps.astype(f"<u{width}").tobytes() + cells.astype("<u2").tobytes()
    return header.tobytes() + (zlib.compress(body, 1) if kind == WHOLE else body)


def decode_cells(body: bytes) -> tuple[np.void, Numbers, NDArray[np.uint16]]:
    """header, numbers, cells of a frame for browsers: as a browser reads it, for clients in Python."""
    header = np.frombuffer(body, HEADER, 1)[0]
    rest = body[HEADER.itemsize :]
    if header["kind"] != CHANGES:
        rest = zlib.decompress(rest)
    count, width = int(header["count"]), int(header["width"])
    gaps = np.frombuffer(rest, f"<u{width}", count)
    return header, np.cumsum(gaps, dtype=np.uint32), np.frombuffer(rest, "<u2", count, count * width)
