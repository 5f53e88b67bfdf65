"""What a terminal may say: one JSON object for each report. Names carry their units; docs/terminals-protocol.md is the same for firmware engineers.

A field's bounds are what a record can hold (`record.RECORD`); beyond them `schema` decides what becomes of a value. Defaults stand for “said nothing”.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

SCHEMA: Final = 1  # `v` of a report
LARGEST: Final = 65_534  # of a counter: 65,535 stands for “said nothing”

Percent = Annotated[int, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0, le=LARGEST)]
Number = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Word = Annotated[str, Meta(max_length=40)]

NETWORKS: Final = {"": 0, "unknown": 0, "ethernet": 1, "wifi": 2, "2g": 3, "3g": 4, "4g": 5, "5g": 6, "satellite": 7}
PRINTERS: Final = {"": 0, "unknown": 0, "ok": 1, "paper_low": 2, "paper_out": 3, "cover_open": 4, "fault": 5, "none": 6}


class Report(Struct, forbid_unknown_fields=True, gc=False):
    """One report. `boot` and `seq` name it; everything else may be left out."""

    boot: Number  # grows with each start of the terminal
    seq: Number  # grows by one with each report of a boot; the first is 1, and 0 is taken too
    v: Literal[1] = 1
    at: Annotated[int, Meta(ge=0, le=2**53)] = 0  # Unix time in ms by the terminal's own clock
    # How it is.
    battery_percent: Percent = 255
    charging: bool | None = None
    signal_dbm: Annotated[int, Meta(ge=-120, le=0)] = 127
    network: Literal["", "unknown", "ethernet", "wifi", "2g", "3g", "4g", "5g", "satellite"] = ""
    latency_ms: Count = 65_535  # of its last call to us
    memory_free_percent: Percent = 255
    storage_free_percent: Percent = 255
    temperature_c: Annotated[int, Meta(ge=-60, le=126)] = -128  # of the board
    printer: Literal["", "unknown", "ok", "paper_low", "paper_out", "cover_open", "fault", "none"] = ""
    tamper: bool = False
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None  # degrees; kept to a hundredth
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    firmware: Word = ""
    app: Word = ""
    # What happened since the last report.
    reader_errors: Count = 65_535
    sales_ok: Count = 65_535
    sales_failed: Count = 65_535
    offline_queue: Count = 65_535  # sales that wait in it now
    api_errors: Count = 65_535  # online stores, as the next three
    webhook_failures: Count = 65_535
    visits: Count = 65_535
    orders: Count = 65_535
    # How it was sent.
    urgent: bool = False
    stored: bool = False  # waited in the terminal before it could be sent
    going_down: bool = False  # switched off on purpose
    events: list[Any] | None = None
    command_results: list[Any] | None = None


class NewerReport(Report, forbid_unknown_fields=False, gc=False):
    """A report with fields that this schema does not have."""


# How far beyond its bounds a value is still believed, and kept as the nearest bound; further out it is nonsense.
BELIEVED: Final[dict[str, tuple[int, int]]] = {
    "latency_ms": (0, 3_600_000), "signal_dbm": (-150, 30),
    **dict.fromkeys(
        ("reader_errors", "sales_ok", "sales_failed", "offline_queue", "api_errors", "webhook_failures", "visits", "orders"), (0, 10_000_000)
    ),
}  # fmt: skip
