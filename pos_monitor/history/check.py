"""Proof that a report is stored once: what the database itself shows.

No unique index watches reports: it would cost as much as storing them. The engine tells repeats; each packed hour counts what carries a
name twice (`ReportHour.duplicates`), and this looks at rows and chunks alike.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pos_monitor.history.replay import replay


@dataclass(frozen=True, slots=True)
class Tally:
    """stored: reports; distinct: names (terminal, boot, seq) among them. They are equal, unless something is wrong."""

    stored: int
    distinct: int


def tally(since: datetime, until: datetime, numbers: Collection[int] | None = None) -> Tally:
    """Count what came from `since` to before `until`. Holds twelve bytes for each report."""
    names = [
        np.stack([records[name].astype(np.uint32) for name in ("terminal", "boot", "seq")], axis=1)
        for records in replay(since, until, numbers)
    ]
    if not names:
        return Tally(0, 0)
    every = np.concatenate(names)
    return Tally(len(every), len(np.unique(every.view("u4,u4,u4"))))
