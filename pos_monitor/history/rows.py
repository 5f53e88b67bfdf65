"""Reading reports that are still rows: by columns, each of which comes as one array, so that no row passes through Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from pos_monitor.history import copying
from pos_monitor.history.chunks import Records
from pos_monitor.wire.record import RECORD

_ARRAY_HEADER: Final = 20  # dimensions, whether there are NULLs, type; then the one dimension's length and lower bound
_AGGREGATES: Final = ", ".join(f"array_agg({name})" for name in copying.COLUMNS)


def read(cursor: Any, table: str, where: str) -> dict[int, Records]:
    """Reports of a table by the OID of the partition in which they lie, in no order.

    where: a condition of our own making: nothing in it was ever typed.
    """
    sql = f"SELECT tableoid::int8, {_AGGREGATES} FROM {table} WHERE {where} GROUP BY tableoid"  # noqa: S608  # nosec B608
    found: dict[int, Records] = {}
    with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as out:
        for message in out:  # one for each row; the first begins with the header, the last is the trailer
            data = memoryview(message)
            if bytes(data[: len(copying.HEADER)]) == copying.HEADER:
                data = data[len(copying.HEADER) :]
            if bytes(data[:2]) != copying.TRAILER:
                found[int.from_bytes(data[6:14], "big")] = _records(data[14:])
    return found


def _records(data: memoryview) -> Records:
    columns = dict(zip(copying.COLUMNS, _columns(data), strict=True))
    records = np.zeros(len(columns["terminal"]), RECORD)
    for name, values in columns.items():
        copying.lay(records, name, values)
    return records


def _columns(data: memoryview) -> Iterator[np.ndarray[Any, Any]]:
    at = 0
    for name in copying.COLUMNS:
        length = int.from_bytes(data[at : at + 4], "big")
        element = np.dtype([("length", ">i4"), ("value", copying.ROW[name])])
        count = (length - _ARRAY_HEADER) // element.itemsize
        yield np.frombuffer(data, element, count, at + 4 + _ARRAY_HEADER)["value"]
        at += 4 + length
