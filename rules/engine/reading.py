"""Reading customers' features as a plan takes them, by columns: each column of a block comes as one array, and numpy takes it up without a loop.

An array on the wire is a header and, for each element, its length and its bytes; nothing in it is NULL (`rules.engine.columns`), so
all elements have one width. Row by row, the same COPY takes as much time on our side as judging a hundred rules does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from django.db import connection

from rules.engine.plan import Plan
from rules.results import wire

BLOCK: Final = 16_384  # row ids to a block: some 5 MB of inputs
ROW_COUNT: Final = 2  # bytes that say how many columns a row has
ARRAY_HEADER: Final = 20  # dimensions, whether there are NULLs, type; then the one dimension's length and lower bound


class Features(NamedTuple):
    """ids: int64 [n]. inputs: a record each [n], as the plan packs it: what is judged, and kept beside the results."""

    ids: np.ndarray[Any, np.dtype[np.int64]]
    inputs: np.ndarray[Any, Any]


def read_range(plan: Plan, first: int, last: int) -> Features:
    """What is known of the customers of a range of row ids, both included.

    One statement, so one snapshot: what changes meanwhile is seen whole or not at all.
    """
    (features,) = _read(plan, f"WHERE f.customer_id BETWEEN {int(first)} AND {int(last)}")
    return features


def read_these(plan: Plan, ids: Sequence[int]) -> Features:
    """What is known of these customers, by row id. One statement."""
    (features,) = _read(plan, f"WHERE f.customer_id = ANY(ARRAY[{','.join(str(int(one)) for one in ids)}]::bigint[])")
    return features


def read_blocks(plan: Plan, where: str = "") -> Iterator[Features]:
    """Everybody, or whom a condition of our own takes (never anything typed), block by block. One statement too."""
    return _read(plan, f"{where} GROUP BY f.customer_id / {BLOCK}")


def _read(plan: Plan, rest: str) -> Iterator[Features]:
    arrays = ", ".join(f"array_agg({sql})" for sql in ["f.customer_id", *(column.sql for column in plan.columns)])
    sql = f"SELECT {arrays} FROM rules_customerfeatures AS f {rest}"  # noqa: S608  names of our own columns, whole numbers  # nosec B608
    kinds = [wire.INT8, *(column.dtype for column in plan.columns)]
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as copy:
        for message in copy:  # one for each row; the first begins with the header, the last is the trailer
            at = len(wire.HEADER) if bytes(message[: len(wire.HEADER)]) == wire.HEADER else 0
            if bytes(message[at : at + ROW_COUNT]) != wire.TRAILER:
                yield _features(plan, _columns(message, at + ROW_COUNT, kinds))


def _features(plan: Plan, columns: Iterator[np.ndarray[Any, Any]]) -> Features:
    ids = next(columns).astype(np.int64)
    inputs = np.empty(len(ids), plan.dtype)
    for column, values in zip(plan.columns, columns, strict=True):
        inputs[column.name] = values
    return Features(ids, inputs)


def _columns(data: bytes | bytearray | memoryview, at: int, kinds: list[str]) -> Iterator[np.ndarray[Any, Any]]:
    """Each array of the row as a view into it; of no customers, arrays are NULL. at: where the first begins."""
    for kind in kinds:
        length = int.from_bytes(data[at : at + 4], "big", signed=True)
        at += 4
        if length < 0:
            yield np.empty(0, kind)
            continue
        element = np.dtype([("length", wire.INT4), ("value", kind)])
        count = (length - ARRAY_HEADER) // element.itemsize
        yield np.frombuffer(data, element, count, at + ARRAY_HEADER)["value"]
        at += length
