"""A report of a terminal that is looked at closely, in the words and units in which terminals send it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from pos_monitor.engine import hot
from pos_monitor.live.protocol import Report
from pos_monitor.wire.record import MISSING, Flag
from pos_monitor.wire.report import NETWORKS, PRINTERS

# Name in a report -> column of the record.
NUMBERS: Final = {
    "battery_percent": "battery", "signal_dbm": "signal", "latency_ms": "latency", "memory_free_percent": "memory_free",
    "storage_free_percent": "storage_free", "temperature_c": "temperature", "reader_errors": "reader_errors", "sales_ok": "sales_ok",
    "sales_failed": "sales_failed", "offline_queue": "offline_queue", "api_errors": "api_errors", "webhook_failures": "webhook_failures",
    "visits": "visits", "orders": "orders",
}  # fmt: skip
NETWORK_WORDS: Final = {number: word for word, number in NETWORKS.items() if number}
PRINTER_WORDS: Final = {number: word for word, number in PRINTERS.items() if number}


def last_report(number: int) -> dict[str, Any] | None:
    """The newest report of a terminal, as engines know it: {terminal, received_ms, values}; None if it never reported."""
    found = hot.read([number])
    return msgspec.to_builtins(report_of(found[0])) if len(found) else None


def report_of(record: np.void) -> Report:
    """record: one RECORD."""
    values: dict[str, Any] = {"boot": int(record["boot"]), "seq": int(record["seq"])}
    values |= {name: int(record[column]) for name, column in NUMBERS.items() if int(record[column]) != MISSING[column]}
    flags = Flag(int(record["flags"]))
    if Flag.CHARGING_KNOWN in flags:
        values["charging"] = Flag.CHARGING in flags
    for name, words in (("network", NETWORK_WORDS), ("printer", PRINTER_WORDS)):
        if word := words.get(int(record[name])):
            values[name] = word
    for name in ("latitude", "longitude"):
        if int(record[name]) != MISSING[name]:
            values[name] = int(record[name]) / 100
    for name, flag in (
        ("tamper", Flag.TAMPER),
        ("going_down", Flag.GOING_DOWN),
        ("stored", Flag.STORED),
        ("urgent", Flag.URGENT),
    ):
        if flag in flags:
            values[name] = True
    values["clock_offset_ms"] = int(record["clock_offset"])
    return Report(terminal=int(record["terminal"]), received_ms=int(record["received_ms"]), values=values)
