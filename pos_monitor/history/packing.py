"""Columns of whole numbers of many groups, each group packed into some bytes of its own.

A column is kept as its first value and the differences between neighbours (or from the first value, where values are noise about a
level). Differences are folded to be positive, so that small ones of either sign have empty high bytes, and laid out byte by byte: all lowest
bytes of a column, then all second ones. That leaves long runs of equal bytes, which is what zstd is good at: 5.2 bytes a report of
the made-up fleet. A trained dictionary would make that 5.1 and have to be kept for ever; sixteen terminals in one frame 4.8, and who
reads one would have to open all.

Layout: u1 version, then one zstd frame of: u4 rows; u1 a column: bytes of its first value · 16 + bytes of its differences; the
first values; the differences' bytes. A column that never changes takes its first value alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import zstandard

VERSION: Final = 1
LEVEL: Final = 6  # 3 takes three bytes in a hundred more, 9 saves nothing to speak of
_MOST: Final = 64_000_000  # bytes that a frame may claim to hold

Ints: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]


class Damaged(ValueError):
    """Bytes that are not what `pack` made."""


def pack(columns: Sequence[Ints], starts: Ints, *, levels: frozenset[int] = frozenset()) -> Iterator[bytes]:
    """The packed bytes of each group.

    columns: int64 [n] each, groups end to end. starts: where each group begins, ascending, the first 0; no group is empty.
    levels: which columns are noise about a level.
    """
    if not len(starts):
        return
    ends = np.append(starts[1:], len(columns[0]))
    firsts = np.stack([column[starts] for column in columns])
    planes = [
        _planes(column, starts, first, at in levels) for at, (column, first) in enumerate(zip(columns, firsts, strict=True))
    ]
    wide = np.stack([_bytes_for(np.maximum.reduceat(folded, starts)) for folded, _ in planes])
    first_folded = _fold(firsts).astype("<u8")
    first_wide = _bytes_for(first_folded)
    squeeze = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False, write_content_size=True)
    for group, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        widths, first_widths = wide[:, group].tolist(), first_wide[:, group].tolist()
        parts = [int(end - start).to_bytes(4, "little"), bytes(a * 16 + b for a, b in zip(first_widths, widths, strict=True))]
        parts += [first_folded[at, group].tobytes()[:width] for at, width in enumerate(first_widths) if width]
        parts += [planes[at][1][plane, start:end].tobytes() for at, width in enumerate(widths) for plane in range(width)]
        yield bytes([VERSION]) + squeeze.compress(b"".join(parts))


def _planes(column: Ints, starts: Ints, first: Ints, is_level: bool) -> tuple[np.ndarray[Any, np.dtype[np.uint64]], Bytes]:
    """Folded differences [n], and their bytes [as many as the widest needs, n], lowest first."""
    differences = np.empty_like(column)
    if is_level:
        lengths = np.diff(np.append(starts, len(column)))
        np.subtract(column, np.repeat(first, lengths), out=differences)
    else:
        np.subtract(column[1:], column[:-1], out=differences[1:])
        differences[starts] = 0
    folded = _fold(differences)
    count = int(_bytes_for(folded.max(keepdims=True))[0])
    return folded, np.ascontiguousarray(folded.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :count].T)


def _fold(values: Ints) -> np.ndarray[Any, np.dtype[np.uint64]]:
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def _unfold(folded: np.ndarray[Any, np.dtype[np.uint64]]) -> Ints:
    return (folded >> np.uint64(1)).view(np.int64) ^ -(folded & np.uint64(1)).view(np.int64)


def _bytes_for(values: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many bytes hold each value; none for 0."""
    found: Ints = np.sum(values[..., None] >= _STEPS, axis=-1)
    return found


_STEPS: Final = np.array([1] + [1 << (8 * bits) for bits in range(1, 8)], np.uint64)


class Packed:
    """One group, opened; its columns are worked out when they are asked for."""

    def __init__(self, data: bytes | memoryview, column_count: int, levels: frozenset[int] = frozenset()) -> None:
        """Raises Damaged."""
        if not data or data[0] != VERSION:
            raise Damaged(f"layout version {data[0] if data else 'none'}, known is {VERSION}")
        try:
            raw = zstandard.ZstdDecompressor().decompress(data[1:], max_output_size=_MOST)
        except zstandard.ZstdError as error:
            raise Damaged(str(error)) from error
        self.rows = int.from_bytes(raw[:4], "little")
        self._levels = levels
        heads = raw[4 : 4 + column_count]
        at = 4 + column_count
        self._firsts: list[int] = []
        for head in heads:
            folded = int.from_bytes(raw[at : at + (head >> 4)], "little")
            self._firsts.append((folded >> 1) ^ -(folded & 1))
            at += head >> 4
        self._raw, self._at = np.frombuffer(raw, np.uint8), list[tuple[int, int]]()
        for head in heads:
            self._at.append((at, head & 15))
            at += (head & 15) * self.rows
        if len(heads) != column_count or at != len(raw):
            raise Damaged(f"{len(raw)} bytes where {at} are announced")

    def column(self, number: int) -> Ints:
        """int64 [rows]."""
        at, width = self._at[number]
        first = self._firsts[number]
        if not width:
            return np.full(self.rows, first, np.int64)
        planes = self._raw[at : at + width * self.rows].reshape(width, self.rows)
        folded = planes[0].astype(np.uint64)
        for plane in range(1, width):
            folded |= planes[plane].astype(np.uint64) << np.uint64(8 * plane)
        differences = _unfold(folded)
        return differences + first if number in self._levels else np.cumsum(differences) + first
