"""What each tile counts and how bad a terminal is, for every possible cell at once: a cell has 16 bits, so both are tables of 65,536 entries."""

from __future__ import annotations

from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from pos_monitor.live.protocol import Tile
from pos_monitor.wire import cells as wire
from pos_monitor.wire.cells import Band, Status

TILES: Final[tuple[Tile, ...]] = get_args(Tile)
BIT: Final = {tile: np.uint16(1 << place) for place, tile in enumerate(TILES)}
# Trouble that a support person would act on. A till of a closed shop is in none.
TROUBLES: Final[tuple[Tile, ...]] = ("late", "offline", "battery", "signal", "printer", "sales", "tamper", "alert")
_ALL: Final = np.arange(65_536, dtype=np.uint16)


def _part(field: tuple[int, int]) -> NDArray[np.uint16]:
    shift, mask = field
    return (_ALL >> np.uint16(shift)) & np.uint16(mask)


def _tiles() -> NDArray[np.uint16]:
    status = _part(wire.STATUS)
    reports = (status == Status.ONLINE) | (status == Status.LATE) | (status == Status.OFFLINE)
    holds = {
        "online": status == Status.ONLINE, "late": status == Status.LATE, "offline": status == Status.OFFLINE,
        "closed": status == Status.CLOSED, "never": status == Status.NEVER_SEEN,
        "battery": reports & (_part(wire.BATTERY) >= Band.LOW), "signal": reports & (_part(wire.SIGNAL) >= Band.LOW),
        "printer": reports & (_part(wire.PRINTER) >= Band.LOW), "sales": reports & (_part(wire.SALES) >= Band.LOW),
        "tamper": _part(wire.TAMPER) == 1, "maintenance": _part(wire.MAINTENANCE) == 1, "alert": _part(wire.SEVERITY) > 0,
    }  # fmt: skip
    table = np.zeros(65_536, np.uint16)
    for tile in TILES:
        table[holds[tile]] |= BIT[tile]
    table[status == Status.OUT_OF_USE] = 0
    return table


def _badness() -> NDArray[np.int32]:
    """0: nothing wrong. What stops sales comes before what may stop them; in maintenance somebody is at it already."""
    status, on_mains = _part(wire.STATUS), _part(wire.CHARGING) == 1
    weights = np.zeros(65_536, np.int32)
    weights += np.array([0, 50, 400, 1600], np.int32)[_part(wire.SEVERITY)]
    weights += np.where(status == Status.OFFLINE, 800, np.where(status == Status.LATE, 60, 0)).astype(np.int32)
    weights += np.where(_part(wire.TAMPER) == 1, 1200, 0).astype(np.int32)
    for field, low, bad in ((wire.SALES, 90, 500), (wire.PRINTER, 30, 200), (wire.SIGNAL, 10, 60)):
        weights += np.array([0, 0, low, bad], np.int32)[_part(field)]
    weights += np.where(on_mains, 0, np.array([0, 0, 20, 120], np.int32)[_part(wire.BATTERY)]).astype(np.int32)
    weights[_part(wire.MAINTENANCE) == 1] //= 50
    silent_on_purpose = (status == Status.CLOSED) | (status == Status.NEVER_SEEN)
    weights[silent_on_purpose & (_part(wire.SEVERITY) == 0) & (_part(wire.TAMPER) == 0)] = 0
    weights[status == Status.OUT_OF_USE] = 0
    return weights


def bits_of(*tiles: Tile) -> np.uint16:
    return np.uint16(sum(int(BIT[tile]) for tile in tiles))


TILES_OF: Final[NDArray[np.uint16]] = _tiles()  # cell -> bits of BIT
BADNESS: Final[NDArray[np.int32]] = _badness()  # cell -> how bad
IN_USE: Final[NDArray[np.bool_]] = _part(wire.STATUS) != Status.OUT_OF_USE
TROUBLED: Final[NDArray[np.bool_]] = ((TILES_OF & bits_of(*TROUBLES)) != 0) & (_part(wire.MAINTENANCE) == 0)
