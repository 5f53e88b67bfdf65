"""Writing what a part found, by binary COPY, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from django.db import connection

from rules.models.results import GROUP_SLOTS
from rules.results import wire
from rules.results.blocks import packed_blocks
from rules.results.tables import BLOCKS, RESULTS, table_of

RESULT_COLUMNS: Final = "customer_id, run_id, slot_group, scores, reasons, inputs"
BLOCK_COLUMNS: Final = "run_id, slot, part, qualifying, best, bits, scores"


def write_part(
    *, run_id: int, part: int, first: int, slots: Sequence[int], ids: np.ndarray[Any, Any], scores: np.ndarray[Any, Any],
    reasons: np.ndarray[Any, Any], inputs: np.ndarray[Any, Any], by_rule: np.ndarray[Any, Any] | None = None,
) -> None:  # fmt: skip
    """Write one part's results.

    part: its number. first: where its range of ids begins. slots: those that the run's rules use. ids: int64 [n]; scores: int16
    and reasons: uint16 [n, slots]; inputs: a record for each customer, as the plan packed it. by_rule: the scores as [slots, n], where
    the caller has them so.
    """
    groups = [slice(at, at + GROUP_SLOTS) for at in range(0, max(scores.shape[1], 1), GROUP_SLOTS)]
    packed = inputs.view(f"V{inputs.dtype.itemsize}")
    rows = (
        _rows(run_id, number, ids, scores[:, group], reasons[:, group], packed if number == 0 else None)
        for number, group in enumerate(groups)
    )
    across = np.ascontiguousarray(scores.T) if by_rule is None else by_rule
    _copy(table_of(RESULTS, run_id), RESULT_COLUMNS, rows)
    _copy(table_of(BLOCKS, run_id), BLOCK_COLUMNS, [packed_blocks(run_id, part, first, ids, across, slots)])


def _rows(
    run_id: int, group: int, ids: np.ndarray[Any, Any], scores: np.ndarray[Any, Any], reasons: np.ndarray[Any, Any],
    inputs: np.ndarray[Any, Any] | None,
) -> memoryview:  # fmt: skip
    width = f"V{2 * scores.shape[1]}"
    columns = [
        ("customer", wire.INT8), ("run", wire.INT4), ("group", wire.INT2), ("scores", width), ("reasons", width),
        ("inputs", f"V{inputs.dtype.itemsize if inputs is not None else 0}"),
    ]  # fmt: skip
    rows = wire.blank_rows(len(ids), columns)
    rows["customer"], rows["run"], rows["group"] = ids, run_id, group
    _fill(rows, "scores", scores, "<i2")
    _fill(rows, "reasons", reasons, "<u2")
    if inputs is not None:
        rows["inputs"] = inputs
    return rows.view(np.uint8).data


def _fill(rows: np.ndarray[Any, Any], name: str, values: np.ndarray[Any, Any], kind: str) -> None:
    """Lay a matrix into one column of the records: numpy copies it row by row without leaving C."""
    if values.size:
        offset = rows.dtype.fields[name][1]
        np.ndarray(values.shape, kind, rows.data, offset, (rows.itemsize, 2))[:] = values


def _copy(table: str, columns: str, chunks: Iterable[bytes | memoryview]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(wire.HEADER)
        for chunk in chunks:
            copy.write(chunk)
        copy.write(wire.TRAILER)
