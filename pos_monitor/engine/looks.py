"""How terminals look on the wall: status by silence, and the cell of two bytes (`wire.cells`)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.estate.directory import Directory
from pos_monitor.estate.directory import State as Lifecycle
from pos_monitor.wire import cells
from pos_monitor.wire.cells import Band, Status
from pos_monitor.wire.record import MISSING, Flag, Printer
from pos_monitor.wire.state import State

LATE_AFTER: Final = 2.5  # intervals of silence: two reports are missing, and the third is due
OFFLINE_AFTER: Final = 3.5
FEWEST_SALES: Final = 3.0  # in the fading sums; below, a share of failed ones says nothing

_PRINTER: Final = np.full(256, Band.UNKNOWN, np.uint16)
_PRINTER[[Printer.OK, Printer.PAPER_LOW]] = Band.GOOD, Band.LOW
_PRINTER[[Printer.PAPER_OUT, Printer.COVER_OPEN, Printer.FAULT]] = Band.BAD


def statuses(state: State, directory: Directory, now_ms: int) -> NDArray[np.uint8]:
    """wire.cells.Status of each number. now_ms: up to when everything that came to the doors was taken."""
    size = directory.capacity
    intervals = directory.report_every_s.astype(np.int64) * 1000
    silent_ms = now_ms - state.silent_since_ms()[:size]
    status = np.full(size, Status.ONLINE, np.uint8)
    is_late = silent_ms > LATE_AFTER * intervals
    status[is_late] = Status.LATE
    status[silent_ms > OFFLINE_AFTER * intervals] = Status.OFFLINE
    late = np.flatnonzero(is_late)
    status[late[~directory.is_open(late, now_ms)]] = Status.CLOSED
    status[state.goodbye[:size]] = Status.CLOSED
    status[state.first_ms[:size] == 0] = Status.NEVER_SEEN
    status[directory.state != Lifecycle.ACTIVE] = Status.OUT_OF_USE
    return status


def bands(state: State, terminals: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """The part of the cells that their last values make, u16 of each."""
    last = state.last[terminals]
    flags = last["flags"]
    found: NDArray[Any] = _band(last["battery"], MISSING["battery"], cells.BATTERY_LOW, cells.BATTERY_BAD) << cells.BATTERY[0]
    found |= _band(last["signal"], MISSING["signal"], cells.SIGNAL_LOW, cells.SIGNAL_BAD) << cells.SIGNAL[0]
    found |= _PRINTER[last["printer"]] << cells.PRINTER[0]
    found |= _sales(state, terminals) << cells.SALES[0]
    found |= (flags & Flag.CHARGING != 0).astype(np.uint16) << cells.CHARGING[0]
    found |= (flags & Flag.TAMPER != 0).astype(np.uint16) << cells.TAMPER[0]
    return found


def cells_of(
    band: NDArray[np.uint16], status: NDArray[np.uint8], worst: NDArray[np.uint8], in_maintenance: NDArray[np.bool_]
) -> NDArray[np.uint16]:
    """Whole cells, u16[n]. worst: severity of the worst open alert, 0 none."""
    found: NDArray[Any] = band | status | worst.astype(np.uint16) << cells.SEVERITY[0]
    found |= in_maintenance.astype(np.uint16) << cells.MAINTENANCE[0]
    return found


def _band(values: NDArray[Any], missing: int, low: float, bad: float) -> NDArray[np.uint16]:
    """Lower is worse."""
    found = np.full(len(values), Band.GOOD, np.uint16)
    found[values < low] = Band.LOW
    found[values < bad] = Band.BAD
    found[values == missing] = Band.UNKNOWN
    return found


def _sales(state: State, terminals: NDArray[np.uint32]) -> NDArray[np.uint16]:
    total = state.sales_ok[terminals] + state.sales_failed[terminals]
    share = state.sales_failed[terminals] / np.maximum(total, 1)
    found = np.full(len(terminals), Band.GOOD, np.uint16)
    found[share > cells.SALES_LOW] = Band.LOW
    found[share > cells.SALES_BAD] = Band.BAD
    found[total < FEWEST_SALES] = Band.UNKNOWN
    return found
