"""Reading what terminals send: JSON in, records out, and what was wrong with each report.

A report is refused only where it cannot be named or is of another version; a bad value is left out and told, because a terminal with a broken
gauge is still alive. What is wrong with one report of a batch does not touch the others. The usual report takes one pass in C; everything
else (unknown fields, a float where an integer belongs, NaN) takes a second look, field by field (`wire.salvage`).
"""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from pos_monitor.wire.record import RECORD, Flag
from pos_monitor.wire.report import NETWORKS, PRINTERS, NewerReport, Report
from pos_monitor.wire.salvage import FIELDS, MOST_BESIDE_BYTES, MOST_DEEP, Fault, fits, reports_in, salvage
from pos_monitor.wire.words import key_of

MOST_REPORTS: Final = 500  # of one message
MOST_BYTES: Final = 1_000_000  # of one message, also once it is unpacked: 500 reports of 2 kB
MOST_LISTED: Final = 32  # events, and results of commands, of one report
EARLIEST_MS, LATEST_MS = -400 * 86_400_000, 86_400_000  # a report may have waited for a year; of tomorrow it cannot be
MOST_WORDS: Final = 10_000  # more were made up by somebody
WORDS_AGAIN_S: Final = 300.0  # a version's name goes beside its number once in so long from each process

# Plain numbers: arithmetic with IntFlag costs more than all the rest.
CHARGING, CHARGING_KNOWN, TAMPER, GOING_DOWN, URGENT, STORED, CLOCK_CORRECTED, HAS_EXTRA, FLAWED = (
    flag.value
    for flag in (
        Flag.CHARGING, Flag.CHARGING_KNOWN, Flag.TAMPER, Flag.GOING_DOWN, Flag.URGENT, Flag.STORED, Flag.CLOCK_CORRECTED, Flag.HAS_EXTRA,
        Flag.FLAWED,
    )
)  # fmt: skip

_pack = struct.Struct("<IqqIIHBbBBBBbBHHHHHHHHHhhiII")
assert _pack.size == RECORD.itemsize
_one = msgspec.json.Decoder(Report)
_many = msgspec.json.Decoder(list[Report])
_newer = msgspec.json.Decoder(NewerReport)  # what a newer firmware says: all as it should be, and more
_plain = msgspec.json.Decoder(dict[str, Any])
_words_told: dict[int, float] = {}  # number -> when its word last went along, monotonic
NUL, NUL_TEXT = b"\\u0000", "\\u0000"  # the one character that the database cannot keep


class BodyUnreadable(Exception):
    """What came is neither a report nor a list of reports. The message is for the sender."""


@dataclass(slots=True)
class Batch:
    """What one message came to. `records`, `extras` and `names` run side by side: one for each report that was taken."""

    records: list[bytes] = field(default_factory=list)  # each of RECORD's width
    extras: list[dict[str, Any] | None] = field(default_factory=list)  # for the entry's `x`, see record.EXTRA
    names: list[tuple[int, int]] = field(default_factory=list)  # boot, seq
    faults: list[Fault] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # names of versions that go along this time, for the entry's `w`

    @property
    def weight(self) -> int:
        """For how many reports it counts: one that is refused was work too."""
        return max(1, len(self.records) + sum(fault.is_refused for fault in self.faults) if self.faults else len(self.records))


def read(body: bytes | str, *, terminal: int, received_ms: int) -> Batch:
    """What a message of one report, or of a list of at most MOST_REPORTS, comes to.

    terminal: Terminal.pk, known by its token; received_ms: Unix time. Raises BodyUnreadable where nothing can be made of any of it.
    """
    batch = Batch()
    if (NUL if isinstance(body, bytes) else NUL_TEXT) in body:  # type: ignore[operator]
        body = body.replace(NUL, b"\\ufffd") if isinstance(body, bytes) else body.replace(NUL_TEXT, "\\ufffd")
    try:
        reports = [_one.decode(body)] if body[:1] in (b"{", "{") else _many.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        _read_slowly(batch, body, terminal, received_ms)
        return batch
    _refuse_too_many(len(reports))
    for index, report in enumerate(reports):
        _take(batch, report, index, terminal, received_ms, None)
    return batch


def _read_slowly(batch: Batch, body: bytes | str, terminal: int, received_ms: int) -> None:
    try:
        newer = _newer.decode(body)
        unknown = {name: value for name, value in _plain.decode(body).items() if name not in FIELDS}
        if fits(unknown):
            return _take(batch, newer, 0, terminal, received_ms, {"unknown": unknown})
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        told = reports_in(body)
    except ValueError as error:
        raise BodyUnreadable(str(error)) from None
    _refuse_too_many(len(told))
    for index, raw in enumerate(told):
        report, faults, extra = salvage(raw, index)
        batch.faults += faults
        if report is not None:
            _take(batch, report, index, terminal, received_ms, extra)


def _refuse_too_many(count: int) -> None:
    if count > MOST_REPORTS:
        raise BodyUnreadable(f"There are {count} reports: send at most {MOST_REPORTS} at a time.")


def _take(batch: Batch, report: Report, index: int, terminal: int, received_ms: int, extra: dict[str, Any] | None) -> None:
    """Pack one report and put it beside the others. `extra`: what the second look found."""
    at_ms, flags = report.at, FLAWED if extra is not None and "faults" in extra else 0
    if at_ms and not EARLIEST_MS < at_ms - received_ms < LATEST_MS:
        extra = {**(extra or {}), "at_said": at_ms}
        message = "at: this is not near our time, so ours was taken. It is Unix time in milliseconds."
        batch.faults.append(Fault(index, "clock_unbelievable", message, "at", boot=report.boot, seq=report.seq))
        at_ms, flags = received_ms, flags | CLOCK_CORRECTED
    if report.charging is not None:
        flags |= CHARGING | CHARGING_KNOWN if report.charging else CHARGING_KNOWN
    if report.stored:
        flags |= STORED
    if report.urgent or report.tamper or report.going_down or report.events or report.command_results:
        flags |= URGENT | (TAMPER if report.tamper else 0) | (GOING_DOWN if report.going_down else 0)
        extra = _with_lists(batch, report, index, extra)
    firmware, app = key_of(report.firmware), key_of(report.app)
    _note_words(batch, firmware, report.firmware)
    _note_words(batch, app, report.app)
    latitude, longitude = report.latitude, report.longitude
    batch.records.append(
        _pack.pack(
            terminal, received_ms, at_ms, report.boot, report.seq, flags if extra is None else flags | HAS_EXTRA,
            report.battery_percent, report.signal_dbm, NETWORKS[report.network], PRINTERS[report.printer],
            report.memory_free_percent, report.storage_free_percent, report.temperature_c, 0,
            report.latency_ms, report.reader_errors, report.sales_ok, report.sales_failed, report.offline_queue,
            report.api_errors, report.webhook_failures, report.visits, report.orders,
            -32_768 if latitude is None else round(latitude * 100), -32_768 if longitude is None else round(longitude * 100),
            0, firmware, app,
        )
    )  # fmt: skip
    batch.extras.append(extra)
    batch.names.append((report.boot, report.seq))


def _with_lists(batch: Batch, report: Report, index: int, extra: dict[str, Any] | None) -> dict[str, Any] | None:
    """Beside the record: what happened, and what came of commands."""
    for name, listed in (("events", report.events), ("command_results", report.command_results)):
        if listed and len(listed) <= MOST_LISTED and fits(listed):
            extra = {**(extra or {}), name: listed}
        elif listed:
            message = (
                f"{name}: left out. At most {MOST_LISTED} of them, of {MOST_BESIDE_BYTES:,} bytes and {MOST_DEEP} levels together, "
                "go with one report."
            )
            batch.faults.append(Fault(index, "value_unbelievable", message, name, boot=report.boot, seq=report.seq))
    return extra


def _note_words(batch: Batch, number: int, word: str) -> None:
    """A word goes along with its number the first time here, and again now and then."""
    if number and (now := time.monotonic()) >= _words_told.get(number, 0.0):
        if len(_words_told) > MOST_WORDS:
            _words_told.clear()
        _words_told[number] = now + WORDS_AGAIN_S
        batch.words.append(word)
