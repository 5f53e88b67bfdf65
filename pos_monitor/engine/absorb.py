"""Taking a batch of reports into the state of their terminals, by arrays, however often a terminal speaks in it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.wire.record import MISSING, RECORD, Flag
from pos_monitor.wire.state import State

FADING: Final = np.float32(0.9)  # of what was sold, with each further report
PLAIN: Final = tuple(name for name in RECORD.names or () if name not in MISSING)


def hear(state: State, records: NDArray[np.void]) -> None:
    """These terminals live, whether or not what they said is new. records: RECORD[n] sorted by terminal."""
    np.maximum.at(state.received_ms, records["terminal"], records["received_ms"])


def count(state: State, records: NDArray[np.void]) -> None:
    """So many more are stored. records: RECORD[n], new ones."""
    terminals = records["terminal"]
    np.add.at(state.reports, terminals, 1)
    never = terminals[state.first_ms[terminals] == 0]
    state.first_ms[never] = state.received_ms[never]


def absorb(state: State, records: NDArray[np.void]) -> NDArray[np.uint32]:
    """Take in reports that are newer than all before; returns the numbers of their terminals, ascending.

    records: RECORD[n], sorted by (terminal, boot, seq). Where the newest was silent about a value, the last one that was not counts.
    """
    if not len(records):
        return np.zeros(0, np.uint32)
    terminals = records["terminal"]
    starts = np.flatnonzero(np.concatenate([[True], terminals[1:] != terminals[:-1]]))
    ends = np.append(starts[1:], len(records)) - 1
    whose, newest = terminals[starts], records[ends]
    _fade_sales(state, whose, records, starts)
    merged = state.last[whose]
    for name in PLAIN:
        merged[name] = newest[name]
    for name, missing in MISSING.items():
        _merge(merged, name, missing, records, starts, ends)
    state.last[whose] = merged
    state.boot[whose], state.seq[whose] = newest["boot"], newest["seq"]
    state.goodbye[whose] = newest["flags"] & Flag.GOING_DOWN != 0
    return whose


def _merge(merged: NDArray[np.void], name: str, missing: int, records: NDArray[np.void], starts: Any, ends: Any) -> None:
    """The last value of each terminal that was said in the batch, over the one known."""
    column = records[name]
    is_said = column != missing
    if len(starts) == len(records):
        merged[name] = np.where(is_said, column, merged[name])
        return
    places = np.maximum.reduceat(np.where(is_said, np.arange(len(records)), -1), starts)
    merged[name] = np.where(places >= 0, column[np.maximum(places, 0)], merged[name])


def _fade_sales(state: State, whose: NDArray[np.uint32], records: NDArray[np.void], starts: Any) -> None:
    """Sums in which older reports count for less. Within one batch all count alike."""
    fading = FADING ** np.diff(starts, append=len(records)).astype(np.float32)
    for name in ("sales_ok", "sales_failed"):
        said = np.where(records[name] == MISSING[name], 0, records[name]).astype(np.float32)
        sums = getattr(state, name)
        sums[whose] = sums[whose] * fading + np.add.reduceat(said, starts)
