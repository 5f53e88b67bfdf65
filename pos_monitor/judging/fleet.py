"""What judging knows of each terminal beside its reports: columns by terminal number, made from the directory of the estate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pos_monitor.estate.directory import Directory, Kind, State

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def always_open(numbers: Ints, now_ms: int) -> Bools:
    return np.ones(len(numbers), np.bool_)


@dataclass(frozen=True)
class Fleet:
    """Columns by terminal number, all of one length; 0 where there is no such terminal.

    What tells groups apart (`merchant`, `store`, `region`, …) are numbers, the same within a column for the same thing; 0: none.
    """

    is_used: Bools  # active: it is watched
    is_online_store: Bools
    merchant: Ints  # Merchant.pk
    store: Ints  # Store.pk
    group: Ints  # TerminalGroup.pk
    region: Ints
    model: Ints
    operator: Ints
    shard: Ints
    report_every_s: Ints
    latitude: NDArray[np.float64]  # of the store's door, degrees; NaN: not known
    longitude: NDArray[np.float64]
    is_open: Callable[[Ints, int], Bools] = always_open  # (numbers, now_ms) -> the shop is open

    def __len__(self) -> int:
        return len(self.is_used)


def of_directory(directory: Directory) -> Fleet:
    """The fleet as it is now; a copy, so that it stays as it is while the directory goes on."""
    wide = {
        name: getattr(directory, name).astype(np.int64)
        for name in ("merchant", "store", "group", "region", "model", "operator", "shard", "report_every_s")
    }
    return Fleet(
        is_used=(directory.state == State.ACTIVE) & (directory.number > 0),
        is_online_store=directory.kind == Kind.ONLINE_STORE,
        latitude=directory.latitude.astype(np.float64),
        longitude=directory.longitude.astype(np.float64),
        is_open=directory.is_open,
        **wide,
    )


def empty(size: int, **columns: Any) -> Fleet:
    """A fleet of `size` numbers, everything of one kind unless a column says otherwise: for the dry run of made-up terminals."""
    none = np.zeros(size, np.int64)
    base: dict[str, Any] = {
        "is_used": np.ones(size, np.bool_), "is_online_store": np.zeros(size, np.bool_),
        "merchant": none, "store": none, "group": none, "region": none, "model": none, "operator": none,
        "shard": np.zeros(size, np.int64), "report_every_s": np.full(size, 10, np.int64),
        "latitude": np.full(size, np.nan), "longitude": np.full(size, np.nan),
    }  # fmt: skip
    return Fleet(**{**base, **columns})
