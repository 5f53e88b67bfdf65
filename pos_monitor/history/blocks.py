"""The chunks of sixteen neighbouring terminals of an hour, end to end in one row, and where each stops.

A chunk is about 2 kB, and a row of that size leaves a quarter of a page empty; a row of sixteen is cut by PostgreSQL into pieces that fill
pages. It is not compressed again, so that `substring` reads only the pieces that one chunk lies in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np

TERMINALS: Final = 16


@dataclass(frozen=True, slots=True)
class Block:
    """block: terminal // TERMINALS; first: place of its first terminal; ends [TERMINALS]: bytes up to the end of each terminal's chunk.

    Of a terminal that sent nothing, the end is that of the one before.
    """

    block: int
    first: int
    ends: list[int]
    data: bytes


def joined(terminals: np.ndarray[Any, Any], chunks: Iterable[bytes]) -> Iterator[Block]:
    """Blocks of a chunk for each terminal. terminals: ascending."""
    each = enumerate(zip(terminals.tolist(), chunks, strict=True))
    for block, members in groupby(each, key=lambda one: one[1][0] // TERMINALS):
        found = list(members)
        data = {terminal % TERMINALS: chunk for _, (terminal, chunk) in found}
        ends = np.cumsum([len(data.get(place, b"")) for place in range(TERMINALS)]).tolist()
        yield Block(block, found[0][0], ends, b"".join(data.values()))


def chunks_of(block: int, ends: Sequence[int], data: bytes) -> Iterator[tuple[int, bytes]]:
    """Terminal and chunk of each that is in a row."""
    begin = 0
    for place, end in enumerate(ends):
        if end > begin:
            yield block * TERMINALS + place, data[begin:end]
        begin = end


def piece(terminal: int, row: str) -> str:
    """SQL of a terminal's chunk in a row of that name; empty if it is not in it."""
    place = int(terminal) % TERMINALS  # in SQL, the first is 1
    begin = f"{row}.ends[{place}]" if place else "0"
    return f"substring({row}.data FROM {begin} + 1 FOR {row}.ends[{place + 1}] - {begin})"
