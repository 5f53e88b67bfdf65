"""Under overload: of one terminal's plain heartbeats that wait together, the newest stays, with the counts of all.

What somebody must know (URGENT), what waited in the terminal (STORED: it is history), and what has something beside it are never merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pos_monitor.wire.record import MISSING, RECORD, Flag

COUNTS: Final = (
    "reader_errors",
    "sales_ok",
    "sales_failed",
    "api_errors",
    "webhook_failures",
    "visits",
    "orders",
)  # since the last report
KEPT: Final = int(Flag.URGENT | Flag.STORED | Flag.HAS_EXTRA)


def merged(records: Sequence[bytes]) -> tuple[npt.NDArray[np.void], npt.NDArray[np.intp]]:
    """The records that stay, RECORD [m], and their places in `records`, in order."""
    rows = np.frombuffer(b"".join(records), RECORD).copy()
    plain = np.flatnonzero((rows["flags"] & KEPT) == 0)
    order = plain[np.lexsort((rows["seq"][plain], rows["boot"][plain], rows["terminal"][plain]))]
    if not order.size:
        return rows, np.arange(len(rows))
    starts = np.flatnonzero(np.r_[True, np.diff(rows["terminal"][order].astype(np.int64)) != 0])
    newest = order[np.r_[starts[1:], order.size] - 1]
    for name in COUNTS:
        said = rows[name][order] != MISSING[name]
        sums = np.add.reduceat(np.where(said, rows[name][order], 0).astype(np.int64), starts)
        any_said = np.logical_or.reduceat(said, starts)
        rows[name][newest] = np.where(any_said, np.minimum(sums, MISSING[name] - 1), MISSING[name])
    stays = np.ones(len(rows), bool)
    stays[order] = False
    stays[newest] = True
    places = np.flatnonzero(stays)
    return rows[places], places
