"""What rules can look at: fields of reports, as numbers with a unit, NaN where a terminal said nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.wire.record import MISSING, Flag, Printer

Floats = NDArray[np.float32]
Records = NDArray[np.void]


@dataclass(frozen=True)
class Measure:
    """One thing a report says. `read`: RECORD [n] -> float32 [n], NaN where it was not said. `is_sign`: 1 or 0, not an amount."""

    key: str
    name: str
    unit: str
    low: float
    high: float
    read: Callable[[Records], Floats]
    is_sign: bool = False


def _field(name: str) -> Callable[[Records], Floats]:
    missing = MISSING[name]

    def read(records: Records) -> Floats:
        column = records[name]
        values: Floats = column.astype(np.float32)
        values[column == missing] = np.nan
        return values

    return read


def _printer(*states: Printer) -> Callable[[Records], Floats]:
    def read(records: Records) -> Floats:
        printer = records["printer"]
        values: Floats = np.isin(printer, [int(state) for state in states]).astype(np.float32)
        values[printer == Printer.UNKNOWN] = np.nan
        return values

    return read


def _tamper(records: Records) -> Floats:
    said: Floats = ((records["flags"] & Flag.TAMPER) != 0).astype(np.float32)
    return said


def _clock(records: Records) -> Floats:
    off: Floats = (np.abs(records["clock_offset"].astype(np.float32)) / 1000).astype(np.float32)
    return off


MEASURES: Final[Mapping[str, Measure]] = {
    each.key: each
    for each in (
        Measure("battery", "battery", "%", 0, 100, _field("battery")),
        Measure("signal", "signal", "dBm", -120, 0, _field("signal")),
        Measure("latency", "latency", "ms", 0, 65_000, _field("latency")),
        Measure("temperature", "board temperature", "°C", -60, 127, _field("temperature")),
        Measure("memory_free", "free memory", "%", 0, 100, _field("memory_free")),
        Measure("storage_free", "free storage", "%", 0, 100, _field("storage_free")),
        Measure("offline_queue", "queue of offline sales", "sales", 0, 65_000, _field("offline_queue")),
        Measure("clock", "clock error", "s", 0, 2_000_000, _clock),
        Measure("paper_low", "paper nearly out", "", 0, 1, _printer(Printer.PAPER_LOW, Printer.PAPER_OUT), is_sign=True),
        Measure("paper_out", "paper out", "", 0, 1, _printer(Printer.PAPER_OUT), is_sign=True),
        Measure(
            "printer_fault", "printer fault or open cover", "", 0, 1, _printer(Printer.FAULT, Printer.COVER_OPEN), is_sign=True
        ),
        Measure("tamper", "tamper switch", "", 0, 1, _tamper, is_sign=True),
    )
}


@dataclass(frozen=True)
class Share:
    """Something counted against something: `part` of `whole` (fields of RECORD); a `whole` of none: only the count matters."""

    key: str
    name: str
    part: tuple[str, ...]
    whole: tuple[str, ...]
    of: str = ""  # what `whole` counts


SHARES: Final[Mapping[str, Share]] = {
    each.key: each
    for each in (
        Share("failed_sales", "failed sales", ("sales_failed",), ("sales_ok", "sales_failed"), "sales"),
        Share(
            "reader_errors", "failed card reads", ("reader_errors",), ("reader_errors", "sales_ok", "sales_failed"), "card reads"
        ),
        Share("conversion", "paid checkouts", ("orders",), ("visits",), "checkouts begun"),
        Share("api_errors", "API errors", ("api_errors",), ()),
        Share("webhook_failures", "webhook failures", ("webhook_failures",), ()),
    )
}


def counted(records: Records, names: tuple[str, ...]) -> NDArray[np.int64]:
    """The sum of some counters, int64 [n]; what was not said counts as nothing."""
    total = np.zeros(len(records), np.int64)
    for name in names:
        column = records[name]
        total += np.where(column == MISSING[name], 0, column)
    return total


def was_said(records: Records, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether at least one of some counters was said, bool [n]."""
    said = np.zeros(len(records), np.bool_)
    for name in names:
        said |= records[name] != MISSING[name]
    return said
