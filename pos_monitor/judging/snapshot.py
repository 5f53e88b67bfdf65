"""A judge written down: arrays with a head that says what they are. Which rule decided how stands with its arrays."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

LAYOUT: Final = 1
LEVEL: Final = 1  # mostly zeros: the quickest level already leaves a hundredth

Arrays = dict[str, NDArray[Any]]


class _Array(msgspec.Struct, array_like=True):
    part: str  # "clocks", or "<rule>/<fingerprint>/ledger"
    name: str
    dtype: str
    shape: tuple[int, ...]


class _Head(msgspec.Struct):
    layout: int
    heard_ms: int
    arrays: list[_Array]


@dataclass(frozen=True)
class Snapshot:
    heard_ms: int
    parts: Mapping[str, Arrays]


class Copies:
    """Arrays as they were at one moment, in memory that is used for the next moment again: a fresh hundred megabytes would cost the
    engine an eighth of a second in page faults."""

    def __init__(self) -> None:
        self._buffers: dict[tuple[str, str], NDArray[Any]] = {}

    def take(self, parts: Mapping[str, Arrays]) -> dict[str, Arrays]:
        """Copies of these; what was taken before is overwritten."""
        taken = {
            part: {name: self._copy((part, name), array) for name, array in arrays.items()} for part, arrays in parts.items()
        }
        self._buffers = {(part, name): copy for part, arrays in taken.items() for name, copy in arrays.items()}
        return taken

    def _copy(self, key: tuple[str, str], array: NDArray[Any]) -> NDArray[Any]:
        kept = self._buffers.get(key)
        if kept is None or kept.shape != array.shape or kept.dtype != array.dtype:
            return array.copy()
        np.copyto(kept, array)
        return kept


def pack(heard_ms: int, parts: Mapping[str, Arrays]) -> bytes:
    """Bytes of it. One array after the other, so that no second copy of all is made; the interpreter's lock is free meanwhile."""
    arrays = [_Array(part, name, array.dtype.str, array.shape) for part, named in parts.items() for name, array in named.items()]
    head = msgspec.msgpack.encode(_Head(LAYOUT, heard_ms, arrays))
    bodies = [np.ascontiguousarray(array) for named in parts.values() for array in named.values()]
    size = 4 + len(head) + sum(body.nbytes for body in bodies)
    packer = zstandard.ZstdCompressor(level=LEVEL).compressobj(size=size)
    packed = [packer.compress(struct.pack("<I", len(head)) + head)]
    packed += [packer.compress(body.reshape(-1).view(np.uint8).data) for body in bodies if body.nbytes]
    return b"".join([*packed, packer.flush()])


def unpack(packed: bytes) -> Snapshot | None:
    """None where it is of another layout. Raises zstandard.ZstdError, msgspec.MsgspecError or ValueError for what is no snapshot."""
    raw = zstandard.ZstdDecompressor().decompress(packed)
    (length,) = struct.unpack_from("<I", raw)
    head = msgspec.msgpack.decode(raw[4 : 4 + length], type=_Head)
    if head.layout != LAYOUT:
        return None
    parts: dict[str, Arrays] = {}
    offset = 4 + length
    for each in head.arrays:
        array = np.frombuffer(raw, each.dtype, int(np.prod(each.shape)), offset).reshape(each.shape)
        parts.setdefault(each.part, {})[each.name] = array
        offset += array.nbytes
    return Snapshot(head.heard_ms, parts)
