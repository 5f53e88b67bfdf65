"""One report as our processes carry it: a record of fixed width, so that a batch is one array and no report is ever a Python object.

The doors (`pos_monitor.receiving`) make records of what terminals send and check every value; the engine reads them with
`numpy.frombuffer` and writes them to history by binary COPY. What a terminal did not say is MISSING. Units stand beside each field.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

import numpy as np

VERSION: Final = 1  # of this layout; it stands in every entry of a stream


class Network(IntEnum):
    """How a terminal is connected."""

    UNKNOWN = 0
    ETHERNET = 1
    WIFI = 2
    CELL_2G = 3
    CELL_3G = 4
    CELL_4G = 5
    CELL_5G = 6
    SATELLITE = 7


class Printer(IntEnum):
    UNKNOWN = 0
    OK = 1
    PAPER_LOW = 2
    PAPER_OUT = 3
    COVER_OPEN = 4
    FAULT = 5
    NONE = 6  # has no printer


class Flag(IntFlag):
    """Bits of `flags`."""

    CHARGING = 1
    CHARGING_KNOWN = 2  # a terminal without a battery says nothing about charging
    TAMPER = 4
    GOING_DOWN = 8  # says goodbye: switched off on purpose
    URGENT = 16  # of alert class: never merged, never shed
    STORED = 32  # waited in the terminal before it could be sent
    CLOCK_CORRECTED = 64  # at_ms is ours, because the terminal's clock is off
    HAS_EXTRA = 128  # more stands in the entry's `x`, see EXTRA
    FLAWED = 256  # a value was left out or bounded; `x` says which


RECORD: Final = np.dtype(
    [
        ("terminal", "<u4"),  # Terminal.pk
        ("received_ms", "<i8"),  # Unix time at the door, ms
        ("at_ms", "<i8"),  # Unix time by the terminal's clock, ms; 0: it said none
        ("boot", "<u4"),  # grows with each start of the terminal
        ("seq", "<u4"),  # grows by one with each report of a boot; (terminal, boot, seq) names a report
        ("flags", "<u2"),
        ("battery", "u1"),  # %
        ("signal", "i1"),  # dBm, −120 … 0
        ("network", "u1"),
        ("printer", "u1"),
        ("memory_free", "u1"),  # %
        ("storage_free", "u1"),  # %
        ("temperature", "i1"),  # °C, of the board
        ("spare", "u1"),
        ("latency", "<u2"),  # ms, of its last call to us
        ("reader_errors", "<u2"),  # card reads that failed since the last report
        ("sales_ok", "<u2"),  # since the last report
        ("sales_failed", "<u2"),  # since the last report
        ("offline_queue", "<u2"),  # sales that wait in the terminal
        ("api_errors", "<u2"),  # online store: calls to us that failed, since the last report
        ("webhook_failures", "<u2"),  # online store: our webhooks that it could not take, since the last report
        ("visits", "<u2"),  # online store: checkouts begun, since the last report
        ("orders", "<u2"),  # online store: checkouts paid, since the last report
        ("latitude", "<i2"),  # hundredths of a degree: about a kilometre, on purpose no better
        ("longitude", "<i2"),
        ("clock_offset", "<i4"),  # ms, terminal's clock minus ours, as the engine reckons it; at the door 0
        ("firmware", "<u4"),  # wire.words.key_of(name); 0: not said
        ("app", "<u4"),
    ]
)

# What stands where a terminal said nothing. Fields that are not here are always set.
MISSING: Final[dict[str, int]] = {
    "battery": 255, "signal": 127, "memory_free": 255, "storage_free": 255, "temperature": -128,
    "latency": 65535, "reader_errors": 65535, "sales_ok": 65535, "sales_failed": 65535, "offline_queue": 65535,
    "api_errors": 65535, "webhook_failures": 65535, "visits": 65535, "orders": 65535,
    "latitude": -32768, "longitude": -32768, "network": 0, "printer": 0, "firmware": 0, "app": 0,
}  # fmt: skip


def stream_of(shard: int) -> str:
    """The Redis stream of one shard. An entry: `v` layout version, `r` records end to end, `x` JSON {index in r: {…}} or absent."""
    return f"telemetry:{shard}"


# What an entry’s `x` may hold of one report (`wire.entry`): {0: {"events": …}, 7: {…}}, by its index in `r`.
EXTRA: Final[dict[str, str]] = {
    "events": "what happened, as the terminal told it: a list of objects or texts",
    "command_results": "a list of objects, see `commands.results`",
    "unknown": "fields that this schema does not have, as they came",
    "faults": "{field: what was wrong with its value}",
    "at_said": "the terminal's own clock, where it could not be believed and `at_ms` is ours; ms",
}
