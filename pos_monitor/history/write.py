"""Storing a batch of reports, in the transaction that also moves its shard's place in the stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from pos_monitor.history import copying, hours
from pos_monitor.wire.record import RECORD

_ROWS: Final = f"COPY {hours.REPORTS} ({', '.join(copying.COLUMNS)}) FROM STDIN (FORMAT BINARY)"
_EXTRAS: Final = f"COPY {hours.EXTRAS} (received, terminal, boot, seq, extra) FROM STDIN"


def copy(cursor: Any, records: np.ndarray[Any, np.dtype[np.void]], extras: Mapping[int, Mapping[str, Any]] | None = None) -> int:
    """Store RECORD [n], each of them new, and what some say beyond it; returns n. In the caller's transaction.

    cursor: Django's or psycopg's. extras: place in `records` -> what stands in `pos_monitor_report_extra`.
    Partitions that are missing are made. Nothing here tells a duplicate: the engine does (`history.check` shows any).
    """
    if not len(records):
        return 0
    if records.dtype != RECORD:
        raise TypeError(f"records are {records.dtype}, not RECORD")
    times = {hours.hour_of(int(hour) * hours.HOUR_MS) for hour in np.unique(records["received_ms"] // hours.HOUR_MS)}
    hours.ensure(cursor, hours.REPORTS, times)
    # By terminal: what is read together lies together, and the index is walked once.
    rows = copying.rows_of(records[np.argsort(records["terminal"], kind="stable")])
    with cursor.copy(_ROWS) as out:
        out.write(copying.HEADER)
        out.write(rows.view(np.uint8).data)
        out.write(copying.TRAILER)
    if extras:
        _copy_extras(cursor, records, extras)
    return len(records)


def _copy_extras(cursor: Any, records: np.ndarray[Any, np.dtype[np.void]], extras: Mapping[int, Mapping[str, Any]]) -> None:
    times = {at: copying.time_of(int(records["received_ms"][at])) for at in extras}
    hours.ensure(cursor, hours.EXTRAS, times.values())
    with cursor.copy(_EXTRAS) as out:
        for at, extra in extras.items():
            record = records[at]
            out.write_row((times[at], int(record["terminal"]), int(record["boot"]), int(record["seq"]), _json(extra)))


def _json(value: Mapping[str, Any]) -> str:
    """As jsonb takes it: a number that is none is null; a NUL and half a character, which jsonb cannot hold, are left out."""
    return msgspec.json.encode(_holdable(value)).decode()


def _holdable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="ignore").decode() if not value.isascii() or "\0" in value else value
    if isinstance(value, Mapping):
        return {_holdable(str(key)): _holdable(each) for key, each in value.items()}
    return [_holdable(each) for each in value] if isinstance(value, (list, tuple)) else value
