"""`wire.schema.read`: what terminals send becomes records, and what is wrong is told report by report."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pos_monitor.wire.record import MISSING, RECORD, Flag, Network, Printer
from pos_monitor.wire.schema import BodyUnreadable, read
from pos_monitor.wire.words import key_of

NOW = 1_795_000_000_000
YEAR_MS = 365 * 86_400_000


def sent(*reports):
    """The batch that these make, and its records as an array."""
    batch = read(json.dumps(reports if len(reports) > 1 else reports[0]).encode(), terminal=7, received_ms=NOW)
    return batch, np.frombuffer(b"".join(batch.records), RECORD)


def named(seq=1, **fields):
    return {"v": 1, "boot": 3, "seq": seq, **fields}


def test_every_field_of_a_report_finds_its_column():
    said = {
        "at": NOW - 500, "battery_percent": 87, "charging": False, "signal_dbm": -71, "network": "4g", "latency_ms": 120, "memory_free_percent": 40,
        "storage_free_percent": 60, "temperature_c": -3, "printer": "paper_low", "reader_errors": 1, "sales_ok": 2, "sales_failed": 3, "offline_queue": 4,
        "api_errors": 5, "webhook_failures": 6, "visits": 7, "orders": 8, "latitude": 30.267, "longitude": -97.743, "firmware": "4.2.1", "app": "12",
    }  # fmt: skip

    batch, (row,) = sent(named(44, **said))

    assert batch.names == [(3, 44)]
    assert batch.faults == []
    assert {name: int(row[name]) for name in RECORD.names} == {
        "terminal": 7, "received_ms": NOW, "at_ms": NOW - 500, "boot": 3, "seq": 44, "flags": int(row["flags"]), "battery": 87, "signal": -71,
        "network": Network.CELL_4G, "printer": Printer.PAPER_LOW, "memory_free": 40, "storage_free": 60, "temperature": -3, "spare": 0, "latency": 120,
        "reader_errors": 1, "sales_ok": 2, "sales_failed": 3, "offline_queue": 4, "api_errors": 5, "webhook_failures": 6, "visits": 7, "orders": 8,
        "latitude": 3027, "longitude": -9774, "clock_offset": 0, "firmware": key_of("4.2.1"), "app": key_of("12"),
    }  # fmt: skip
    assert Flag(int(row["flags"])) == Flag.CHARGING_KNOWN


def test_what_is_not_said_is_missing():
    _, (row,) = sent(named())

    assert {name: int(row[name]) for name in MISSING} == MISSING
    assert row["at_ms"] == row["flags"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("battery_percent", float("nan")), ("battery_percent", float("inf")), ("battery_percent", 1e300), ("battery_percent", 10**40), ("battery_percent", -1),
        ("battery_percent", 870), ("temperature_c", 310), ("temperature_c", "31"), ("latency_ms", -5), ("sales_ok", 10**12), ("network", "6g"),
        ("printer", 3), ("charging", "yes"), ("latitude", 302.67), ("firmware", "x" * 41), ("at", -1), ("at", "2026-11-22T10:00:00Z"), ("signal_dbm", -700),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_believed_is_left_out_and_told(field, value):
    batch, (row,) = sent(named(5, sales_failed=2, **{field: value}))

    assert [(fault.param, fault.code, fault.is_refused, fault.seq) for fault in batch.faults] == [
        (field, "value_unbelievable", False, 5)
    ]
    assert Flag(int(row["flags"])) == Flag.FLAWED | Flag.HAS_EXTRA
    assert list(batch.extras[0]["faults"]) == [field]
    assert {name: int(row[name]) for name in MISSING} == MISSING | {"sales_failed": 2}


@pytest.mark.parametrize(
    ("field", "value", "column", "kept"),
    [("sales_ok", 70_000, "sales_ok", 65_534), ("signal_dbm", -131, "signal", -120), ("signal_dbm", 5, "signal", 0), ("latency_ms", 90_000, "latency", 65_534)],
)  # fmt: skip
def test_a_value_beyond_what_a_record_holds_is_bounded_and_told(field, value, column, kept):
    batch, (row,) = sent(named(**{field: value}))

    assert row[column] == kept
    assert [fault.message for fault in batch.faults] == [f"{field}: {value} is kept as {kept}."]


def test_a_number_with_a_fraction_is_rounded_in_silence():
    batch, (row,) = sent(named(battery_percent=86.6, temperature_c=31.0))

    assert (row["battery"], row["temperature"], batch.faults) == (87, 31, [])


@pytest.mark.parametrize("at", [NOW + YEAR_MS, NOW // 1000, 1, NOW - 2 * YEAR_MS])
def test_a_clock_that_cannot_be_believed_gives_way_to_ours(at):
    batch, (row,) = sent(named(at=at, battery_percent=50))

    assert (row["at_ms"], row["battery"]) == (NOW, 50)
    assert int(row["flags"]) & Flag.CLOCK_CORRECTED
    assert batch.extras[0]["at_said"] == at
    assert [fault.code for fault in batch.faults] == ["clock_unbelievable"]


def test_a_clock_that_is_ten_minutes_off_is_the_engines_to_judge():
    batch, (row,) = sent(named(at=NOW + 600_000))

    assert (row["at_ms"], batch.faults) == (NOW + 600_000, [])


def test_fields_that_the_schema_does_not_have_are_kept_beside():
    batch, (row,) = sent(named(battery_percent=50, oil={"level": [1, 2]}))

    assert batch.extras == [{"unknown": {"oil": {"level": [1, 2]}}}]
    assert (row["battery"], Flag(int(row["flags"]))) == (50, Flag.HAS_EXTRA)


@pytest.mark.parametrize("fields", [{"junk": "x" * 3000}, {"junk": float("inf")}])
def test_what_cannot_be_kept_beside_is_told_and_the_report_taken(fields):
    batch, rows = sent(named(battery_percent=50, **fields))

    assert [fault.param for fault in batch.faults] == ["unknown"]
    assert "unknown" not in batch.extras[0]
    assert rows["battery"].tolist() == [50]


def nested(levels):
    found = "deep"
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize("name", ["events", "command_results", "oil"])
@pytest.mark.parametrize("levels", [20, 480, 850])
def test_what_is_nested_deeper_than_anybody_reads_is_left_out_and_told(name, levels):
    batch, rows = sent(named(battery_percent=50, **{name: nested(levels)}), named(2))

    assert [fault.param for fault in batch.faults] == ["unknown" if name == "oil" else name]
    assert "deep" not in json.dumps(batch.extras)
    assert len(rows) == 2


@pytest.mark.parametrize("levels", [2_000, 400_000])
@pytest.mark.parametrize("as_list", [True, False])
def test_what_is_nested_deeper_than_can_be_decoded_is_refused(levels, as_list):
    body = b'{"boot": 1, "seq": 1, "events": ' + b"[" * levels + b"]" * levels + b"}"

    with pytest.raises(BodyUnreadable):
        read(b"[" + body + b"]" if as_list else body, terminal=7, received_ms=NOW)


def test_a_complaint_does_not_carry_a_long_value_along():
    batch, rows = sent(named(network="x" * 900_000, printer="y" * 50_000))

    assert len(rows) == 1
    assert len(json.dumps(batch.extras)) < 1_000
    assert len(json.dumps([fault.told() for fault in batch.faults])) < 1_000


def test_a_word_goes_along_the_first_time_only():
    first, _ = sent(named(1, firmware="only-here-1.0"))
    again, _ = sent(named(2, firmware="only-here-1.0"))

    assert (first.words, again.words) == (["only-here-1.0"], [])


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"tamper": True}, None), ({"going_down": True}, None), ({"urgent": True}, None), ({"events": ["case opened"]}, {"events": ["case opened"]}),
        ({"command_results": [{"id": "cmd_1", "ok": True}]}, {"command_results": [{"id": "cmd_1", "ok": True}]}),
    ],
)  # fmt: skip
def test_what_somebody_must_know_is_urgent(fields, beside):
    batch, (row,) = sent(named(**fields))

    assert int(row["flags"]) & Flag.URGENT
    assert batch.extras == [beside]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"v": 1, "seq": 2}, "report_unnamed"), (named(None), "report_unnamed"), (named(-1), "report_unnamed"), (named(2**32), "report_unnamed"),
        (named(True), "report_unnamed"), (named(2, v=2), "schema_unknown"), ("a text", "report_malformed"), (None, "report_malformed"), ([], "report_malformed"),
    ],
)  # fmt: skip
def test_one_bad_report_of_a_batch_does_not_lose_the_others(bad, code):
    batch, rows = sent(named(1, battery_percent=1), bad, named(3, battery_percent=3))

    assert rows["battery"].tolist() == [1, 3]
    assert batch.names == [(3, 1), (3, 3)]
    assert [(fault.index, fault.code, fault.is_refused) for fault in batch.faults] == [(1, code, True)]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe{}", b"7", b'"text"', b"[" * 100_000, b"[" + b"9" * 5000 + b"]", b'{"boot": 1, "seq": 1, "firmware": "\\ud800"}', b"{" * 5000],
)  # fmt: skip
def test_what_is_no_report_at_all_is_refused(body):
    with pytest.raises(BodyUnreadable):
        read(body, terminal=7, received_ms=NOW)


def test_five_hundred_reports_are_taken_and_one_more_is_not():
    batch, _ = sent(*(named(seq) for seq in range(500)))
    assert len(batch.records) == 500

    with pytest.raises(BodyUnreadable, match="at most 500"):
        sent(*(named(seq) for seq in range(501)))
    with pytest.raises(BodyUnreadable, match="at most 500"):
        sent(*(named(seq, oil=1) for seq in range(501)))


def test_the_character_that_no_database_keeps_is_replaced():
    batch, _ = sent(named(events=["a\0b"], note="\0"))

    assert batch.extras == [{"events": ["a\ufffdb"], "unknown": {"note": "\ufffd"}}]


def test_events_that_are_too_many_are_left_out_and_told():
    batch, rows = sent(named(events=["x"] * 33))

    assert [fault.param for fault in batch.faults] == ["events"]
    assert len(rows) == 1
