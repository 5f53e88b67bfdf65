"""An engine's memory written down, and brought back: columns with their names and types, compressed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from pos_monitor.engine import seen
from pos_monitor.engine.memory import Memory
from pos_monitor.judging.snapshot import Copies
from pos_monitor.wire import state

logger = logging.getLogger(__name__)

LAYOUT: Final = 1
LEVEL: Final = 1  # mostly equal bits: a higher level costs more than it saves


class Column(msgspec.Struct, array_like=True):
    """One array. dtype: as numpy writes it, of a record the list of its fields."""

    dtype: Any
    shape: tuple[int, ...]
    body: bytes


class Written(msgspec.Struct):
    """What a snapshot holds; `columns` by "state.<name>", "seen.<name>", "looks.<name>"."""

    layout: int
    total: int
    freshest_ms: int
    listening_since_ms: int
    columns: dict[str, Column]
    judge: bytes


class SnapshotUnreadable(Exception):
    """A snapshot of another layout, or damaged. Nothing may be stored without it: repeats would not be known."""


class Desk:
    """Room for copies, used again for every snapshot."""

    def __init__(self) -> None:
        self.engine, self.judge = Copies(), Copies()


def dump(memory: Memory, desk: Desk) -> Callable[[], bytes]:
    """Copy the memory as it is now, and return what makes bytes of the copy: slower, and fit for another thread. The desk is not free until then."""
    taken = desk.engine.take({"": dict(_columns(memory))})[""]
    judge = memory.judge.copy(desk.judge)
    written = Written(LAYOUT, memory.total, memory.freshest_ms, memory.state.listening_since_ms, columns={}, judge=b"")

    def write() -> bytes:
        written.columns = {name: Column(_type_of(column), column.shape, column.tobytes()) for name, column in taken.items()}
        written.judge = judge()
        return zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.msgpack.encode(written))

    return write


def restore(memory: Memory, body: bytes) -> None:
    """Take up what `dump` wrote, into a memory that is new. Raises SnapshotUnreadable."""
    written = read(body)
    memory.total, memory.freshest_ms = written.total, written.freshest_ms
    memory.state.listening_since_ms = written.listening_since_ms
    stored = {name: array_of(column) for name, column in written.columns.items()}
    longest = max((len(array) for array in stored.values()), default=0)
    memory.state.grow(longest)
    memory.seen.grow(longest)
    memory.bands = np.zeros(max(longest, len(memory.bands)), np.uint16)
    memory.cells = np.zeros(len(memory.bands), np.uint16)
    for name, column in _columns(memory).items():
        array = stored.get(name)
        if array is not None and array.dtype == column.dtype:
            column[: len(array)] = array
        elif name.startswith("seen."):
            raise SnapshotUnreadable(f"it lacks {name}")
        else:  # a value that this program keeps and the one before did not: it comes with the next reports
            logger.warning("the snapshot says nothing of %s", name)
    if not memory.judge.restore(written.judge):
        logger.warning("the snapshot of the judge is of another layout: rules count from nothing")


def adopt(memory: Memory, other: Memory, numbers: NDArray[Any]) -> None:
    """Take over what another memory knows of these terminals. Both have room for them."""
    theirs = _columns(other)
    for name, column in _columns(memory).items():
        column[numbers] = theirs[name][numbers]
    memory.judge.adopt(other.judge, numbers)


def read(body: bytes) -> Written:
    """Raises SnapshotUnreadable."""
    try:
        written = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(body), type=Written)
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise SnapshotUnreadable(str(error)) from error
    if written.layout != LAYOUT:
        raise SnapshotUnreadable(f"its layout is {written.layout}, ours is {LAYOUT}")
    return written


def array_of(column: Column) -> NDArray[Any]:
    kind = column.dtype if isinstance(column.dtype, str) else [tuple(field) for field in column.dtype]
    return np.frombuffer(column.body, np.dtype(kind)).reshape(column.shape)


def _type_of(array: NDArray[Any]) -> Any:
    return array.dtype.descr if array.dtype.names else array.dtype.str


def _columns(memory: Memory) -> Mapping[str, NDArray[Any]]:
    """The arrays that are written down, by name; those of the memory itself."""
    found: dict[str, NDArray[Any]] = {"state.last": memory.state.last, "seen.bits": memory.seen.bits}
    found |= {f"state.{name}": getattr(memory.state, name) for name in state.COLUMNS}
    found |= {f"seen.{name}": getattr(memory.seen, name) for name in seen.COLUMNS}
    return found | {"looks.bands": memory.bands, "looks.cells": memory.cells}  # cells as of the tick at which it was taken
