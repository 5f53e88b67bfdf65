"""Rows of pos_monitor_report in PostgreSQL's binary COPY format, laid out by numpy: a batch is one array on either side of the wire.

Format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from pos_monitor.wire.record import RECORD

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # signature, no flags, no extension
TRAILER: Final = b"\xff\xff"
EPOCH_MS: Final = 946_684_800_000  # 2000-01-01, where PostgreSQL's time begins, in Unix time
LAST_MS: Final = 4_102_444_800_000  # 2100-01-01: no report speaks of a time beyond, whatever its clock says

_TYPES: Final = {1: ">i2", 2: ">i2", 4: ">i4", 8: ">i8"}  # bytes in the record -> column; PostgreSQL has no type of one byte
TIMES: Final = {"received": "received_ms", "at": "at_ms"}
PLAIN: Final = (
    "terminal", "boot", "seq", "clock_offset", "firmware", "app", "flags", "battery", "signal", "network", "printer", "memory_free",
    "storage_free", "temperature", "latency", "reader_errors", "sales_ok", "sales_failed", "offline_queue", "api_errors",
    "webhook_failures", "visits", "orders", "latitude", "longitude",
)  # fmt: skip
COLUMNS: Final = (*TIMES, *PLAIN)


def _row() -> np.dtype[Any]:
    fields: list[tuple[str, str]] = [("_count", ">i2")]
    for name in COLUMNS:
        kind = ">i8" if name in TIMES else _TYPES[RECORD[name].itemsize]
        fields += [(f"_{name}", ">i4"), (name, kind)]
    return np.dtype(fields)


def _blank() -> np.ndarray[Any, np.dtype[np.void]]:
    row = np.zeros(1, ROW)
    row["_count"] = len(COLUMNS)
    for name in COLUMNS:
        row[f"_{name}"] = ROW[name].itemsize
    return row


ROW: Final = _row()
_BLANK: Final = _blank()  # one row whose counts and lengths are filled in


def time_of(ms: int) -> datetime:
    """Unix time in ms as the database keeps it."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC)


def rows_of(records: np.ndarray[Any, np.dtype[np.void]]) -> np.ndarray[Any, np.dtype[np.void]]:
    """RECORD [n] -> ROW [n], as COPY … FROM STDIN takes them."""
    rows = np.repeat(_BLANK, len(records))
    for name, source in TIMES.items():
        rows[name] = (np.clip(records[source], 0, LAST_MS) - EPOCH_MS) * 1000
    for name in PLAIN:
        width = RECORD[name].itemsize
        rows[name] = records[name] if width == 1 else records[name].astype(f"<i{width}")  # the same bits
    return rows


def lay(records: np.ndarray[Any, np.dtype[np.void]], name: str, values: np.ndarray[Any, Any]) -> None:
    """Put a column as it comes from the database into RECORD [n]."""
    if name in TIMES:
        records[TIMES[name]] = values // 1000 + EPOCH_MS
        return
    kind, signed = RECORD[name], values.astype(values.dtype.newbyteorder("<"))
    records[name] = signed if kind.itemsize == 1 else signed.view(kind)
