"""Reports of the made-up fleet as the JSON that terminals send. A terminal says only what it has a part for."""

from __future__ import annotations

from typing import Final

import numpy as np

from pos_monitor.simulation.blueprint import Blueprint
from pos_monitor.simulation.chance import Ints
from pos_monitor.simulation.life import Columns, Life
from pos_monitor.simulation.world import APPS, MODELS, NETWORKS, ONLINE, TOWNS
from pos_monitor.wire.report import PRINTERS

_ALL: Final = ("boot", "seq", "at", "latency_ms", "memory_free_percent", "storage_free_percent")
_TILL: Final = ("temperature_c", "sales_ok", "sales_failed", "reader_errors", "offline_queue")
_WEB: Final = ("visits", "orders", "api_errors", "webhook_failures")
_BATTERY: Final = ("battery_percent", "charging")
WHOLE_EVERY: Final = (
    30  # a terminal's versions and place seldom change: they go with its first report and every thirtieth after it
)
_BOOLEAN: Final = np.array(["false", "true"], object)
_PRINTER: Final = np.array(
    [f'"{name}"' for name in {number: name for name, number in PRINTERS.items()}.values()], object
)  # by number


class Speaker:
    """Writes reports. Terminals of one shape (what parts they have) share a pattern; what never changes is written once for each."""

    def __init__(self, plan: Blueprint, life: Life) -> None:
        self.life = life
        self.tail = np.array([_tail(plan, place) for place in range(len(plan))], object)
        self.short_tail = np.array([f'"network":"{NETWORKS[place]}"' for place in plan.network], object)
        self.shape = life.has_battery * 1 + life.has_printer * 2 + life.is_radio * 4 + life.is_online * 8
        self._patterns: dict[int, tuple[str, tuple[str, ...]]] = {}

    def say(self, who: Ints, columns: Columns) -> list[bytes]:
        """One report for each of `who`, in order. columns: of `Life.step`."""
        said = np.empty(len(who), object)
        shapes = self.shape[who]
        tails = np.where(columns["seq"] % WHOLE_EVERY == 1, self.tail[who], self.short_tail[who])
        for shape in np.unique(shapes):
            pattern, names = self._pattern(int(shape))
            rows = np.flatnonzero(shapes == shape)
            values = [_written(name, columns[name][rows]) for name in names]
            said[rows] = [(pattern % row).encode() for row in zip(*values, tails[rows], strict=True)]
        for row in np.flatnonzero(columns["tamper"]):
            said[row] = mark(said[row], "tamper", "urgent")
        return list(said)

    def _pattern(self, shape: int) -> tuple[str, tuple[str, ...]]:
        if shape not in self._patterns:
            names = (*_ALL, *(_WEB if shape & 8 else _TILL), *(_BATTERY if shape & 1 else ()))
            names += ("printer",) * bool(shape & 2) + ("signal_dbm",) * bool(shape & 4)
            self._patterns[shape] = ("{" + "".join(f'"{name}":%s,' for name in names) + "%s}", names)
        return self._patterns[shape]


def mark(report: bytes, *names: str) -> bytes:
    """The report with these said to be true: stored, urgent, going_down."""
    return report[:-1] + b"".join(b',"%s":true' % name.encode() for name in names) + b"}"


def _written(name: str, values: Ints) -> list[object]:
    if name == "charging":
        return list(_BOOLEAN[values])
    return list(_PRINTER[values]) if name == "printer" else list(values.tolist())


def _tail(plan: Blueprint, place: int) -> str:
    """What a terminal always says of itself."""
    model, town = (*MODELS, ONLINE)[plan.model[place]], TOWNS[plan.store_town[plan.store[place]]]
    said = f'"network":"{NETWORKS[plan.network[place]]}","firmware":"{model.firmwares[plan.version[place]]}"'
    if model is ONLINE:
        return said
    return f'{said},"app":"{APPS[plan.app[place]]}","latitude":{town.latitude:.2f},"longitude":{town.longitude:.2f}'
