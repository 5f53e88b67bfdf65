"""Rows in PostgreSQL's binary COPY format, built by numpy: each row is a record of fixed width, and no row passes through Python.

Format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # signature, no flags, no extension
TRAILER: Final = b"\xff\xff"
INT2, INT4, INT8 = ">i2", ">i4", ">i8"


@lru_cache(maxsize=64)
def record(columns: tuple[tuple[str, str], ...]) -> np.dtype[Any]:
    """The dtype of one row: (name, numpy type) of each column, `V12` for twelve bytes. Each has its length in front."""
    fields: list[tuple[str, str]] = [("_count", INT2)]
    for name, kind in columns:
        fields += [(f"_{name}", INT4), (name, kind)]
    return np.dtype(fields)


def blank_rows(count: int, columns: Sequence[tuple[str, str]]) -> np.ndarray[Any, Any]:
    """`count` rows whose counts and lengths are filled in and whose values are not."""
    kind = record(tuple(columns))
    rows = np.empty(count, kind)
    rows["_count"] = len(columns)
    for name, _ in columns:
        rows[f"_{name}"] = kind[name].itemsize
    return rows


def row_of(*values: bytes | int, ints: Sequence[str]) -> bytes:
    """One row of varying width: ints as the types in `ints` say, then byte strings."""
    parts = [len(values).to_bytes(2, "big")]
    for at, value in enumerate(values):
        if isinstance(value, int):
            value = value.to_bytes(np.dtype(ints[at]).itemsize, "big", signed=True)
        parts += [len(value).to_bytes(4, "big"), value]
    return b"".join(parts)
