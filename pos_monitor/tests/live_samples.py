"""Frames as an engine makes them, for tests of screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pos_monitor.wire import cells as wire
from pos_monitor.wire import frames
from pos_monitor.wire.cells import Band, Status
from pos_monitor.wire.frames import Frame
from pos_monitor.wire.record import RECORD

ONLINE, OFFLINE = int(Status.ONLINE), int(Status.OFFLINE)


def a_cell(status: Status = Status.ONLINE, severity: int = 0, **parts: int) -> int:
    """a_cell(Status.OFFLINE, 3, battery=Band.BAD, tamper=1)."""
    bands = {
        "battery": Band.GOOD,
        "signal": Band.GOOD,
        "printer": Band.GOOD,
        "sales": Band.GOOD,
        "charging": 0,
        "tamper": 0,
        "maintenance": 0,
    } | parts
    places = {
        "battery": wire.BATTERY, "signal": wire.SIGNAL, "printer": wire.PRINTER, "sales": wire.SALES, "charging": wire.CHARGING,
        "tamper": wire.TAMPER, "maintenance": wire.MAINTENANCE,
    }  # fmt: skip
    cell = int(status) << wire.STATUS[0] | severity << wire.SEVERITY[0]
    for name, (shift, _) in places.items():
        cell |= int(bands[name]) << shift
    return cell


def encoded(
    cells: Mapping[int, int], *, tick: int, after: int = 0, shard: int = 0, is_whole: bool = False, **header_fields: Any
) -> bytes:
    """What the engine of a shard publishes: cells by terminal number. focused: records."""
    header = np.zeros(1, frames.HEADER)
    header["tick"], header["after"], header["shard"], header["is_whole"] = tick, after, shard, is_whole
    focused = header_fields.pop("focused", np.zeros(0, RECORD))
    for name, value in header_fields.items():
        header[name] = value
    numbers = sorted(cells)
    return frames.encode(
        header, np.array(numbers, np.uint32), np.array([cells[number] for number in numbers], np.uint16), focused
    )


def a_frame(cells: Mapping[int, int], **fields: Any) -> Frame:
    return frames.decode(encoded(cells, **fields))
