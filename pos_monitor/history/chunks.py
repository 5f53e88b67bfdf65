"""All reports of a terminal that were received in an hour, as one packed chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from pos_monitor.history.packing import Ints, Packed, pack
from pos_monitor.wire.record import RECORD

Records: TypeAlias = np.ndarray[Any, np.dtype[np.void]]

# As they stand in a chunk, for ever: new ones go to the end, with a new version of the layout.
_PLAIN: Final = (
    "boot", "seq", "flags", "battery", "signal", "network", "printer", "memory_free", "storage_free", "temperature", "latency",
    "reader_errors", "sales_ok", "sales_failed", "offline_queue", "api_errors", "webhook_failures", "visits", "orders", "latitude",
    "longitude", "clock_offset", "firmware", "app",
)  # fmt: skip
_PACE, _AT, _LAG = len(_PLAIN), len(_PLAIN) + 1, len(_PLAIN) + 2
_COUNT: Final = len(_PLAIN) + 3
# Latency and the way from the terminal to us go up and down about a level; to take their differences would double the noise.
_LEVELS: Final = frozenset({_PLAIN.index("latency"), _LAG})


def by_terminal(records: Records) -> tuple[Records, Ints]:
    """Records by terminal, then in the order in which they came; and where each terminal begins."""
    order = np.lexsort((records["seq"], records["boot"], records["received_ms"], records["terminal"]))
    records = records[order]
    if not len(records):
        return records, np.empty(0, np.int64)
    return records, np.append(0, np.flatnonzero(np.diff(records["terminal"])) + 1).astype(np.int64)


def packed(records: Records, starts: Ints) -> Iterator[bytes]:
    """A chunk for each terminal, of what `by_terminal` returned."""
    at, seq = records["at_ms"].astype(np.int64), records["seq"].astype(np.int64)
    lengths = np.diff(np.append(starts, len(records)))
    pace = np.repeat(_pace(at, seq, starts), lengths)
    # Of a terminal that reports by its own timer, a report's time is told by its number; what is left is the timer's jitter.
    left = at - at[np.repeat(starts, lengths)] - pace * (seq - seq[np.repeat(starts, lengths)])
    left += at[np.repeat(starts, lengths)]
    columns = [records[name].astype(np.int64) for name in _PLAIN]
    return pack([*columns, pace, left, records["received_ms"] - at], starts, levels=_LEVELS)


def _pace(at: Ints, seq: Ints, starts: Ints) -> Ints:
    """ms from one number to the next, by the first and last report of each terminal; of a terminal that says no time, 0."""
    ends = np.append(starts[1:], len(at)) - 1
    steps = seq[ends] - seq[starts]
    return np.where(steps > 0, (at[ends] - at[starts]) // np.maximum(steps, 1), 0)


def opened(data: bytes | memoryview, terminal: int, names: Sequence[str] | None = None) -> Records:
    """RECORD [n] of one chunk, in the order in which they came. names: fields that are wanted besides the times; none: all.

    What was not asked for is 0. Raises Damaged.
    """
    chunk = Packed(data, _COUNT, _LEVELS)
    records = np.zeros(chunk.rows, RECORD)
    records["terminal"] = terminal
    for number, name in enumerate(_PLAIN):
        if names is None or name in names or name == "flags":
            records[name] = chunk.column(number)
    seq = chunk.column(_PLAIN.index("seq"))
    records["at_ms"] = chunk.column(_AT) + chunk.column(_PACE) * (seq - seq[0])
    records["received_ms"] = records["at_ms"] + chunk.column(_LAG)
    return records
