"""ISO 20022 messages: held against the published schema of pain.001.001.09 (as sepaxml carries it) and, for all three, against an
independent reader: the classes that pyiso20022 has made from the schemas. What it reads, written again, is what was read."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pyiso20022.camt.camt_053_001_08 as camt_053
import pyiso20022.pain.pain_001_001_09 as pain_001
import pyiso20022.pain.pain_002_001_10 as pain_002
import pytest
import sepaxml
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer

from treasury.banks.errors import BankRefused, FileUnreadable
from treasury.banks.iso20022.camt053 import statements
from treasury.banks.iso20022.pain001 import order
from treasury.banks.originator import Originator
from treasury.banks.reading import read_file
from treasury.banks.sandbox.messages_out import camt, flawed, report
from treasury.banks.sandbox.orders import order_in
from treasury.banks.tests.conftest import NOW, batch_of, transfer
from treasury.banks.tests.test_ach_files import OURS, batches
from treasury.banks.types import Batch, Sent, Statement, StatementLine, TransferOutcome

OURSELVES = Originator(**OURS)
SCHEMA = xmlschema.XMLSchema(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd")


def strictly(module, raw):
    """Read by the schema's classes, each field held against the length and the pattern that it has there; and the same when written again."""
    config = ParserConfig(fail_on_unknown_properties=True, fail_on_unknown_attributes=True, fail_on_converter_warnings=True)
    document = XmlParser(config=config).from_bytes(raw, module.Document)
    _check(document)
    again = XmlSerializer().render(document)
    assert ElementTree.canonicalize(again, strip_text=True) == ElementTree.canonicalize(raw.decode(), strip_text=True) or _same(
        again, raw
    )
    return document


def _same(one, other):
    """The same elements in the same order, whatever the prefixes and the zeros after a point."""

    def shape(text):
        return [(element.tag, _plain(element.text)) for element in ElementTree.fromstring(text).iter()]

    assert shape(one) == shape(other)
    return True


def _plain(text):
    text = (text or "").strip()
    return re.sub(r"(\.\d*?)0+$", r"\1", text).rstrip(".") if re.fullmatch(r"\d+\.\d+", text) else text


def _check(value):
    for field in dataclasses.fields(value):
        found, rules = getattr(value, field.name), field.metadata
        for one in found if isinstance(found, list) else [found]:
            if dataclasses.is_dataclass(one):
                _check(one)
            elif isinstance(one, str):
                assert len(one) >= rules.get("min_length", 0), field.name
                assert len(one) <= rules.get("max_length", 10**6), field.name
                assert not rules.get("pattern") or re.fullmatch(rules["pattern"], one), field.name
        assert found is not None or not rules.get("required"), field.name
        if isinstance(found, list):
            assert len(found) >= rules.get("min_occurs", 0), field.name


def without_prenotes(batch):
    kept = [dataclasses.replace(one, amount_cents=one.amount_cents or 1, is_prenote=False) for one in batch.transfers]
    return dataclasses.replace(batch, transfers=tuple(kept))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(batches().map(without_prenotes))
def test_an_order_is_sound_by_the_schema_and_says_what_we_meant(batch: Batch):
    raw = order(batch, OURSELVES)

    SCHEMA.validate(raw)
    strictly(pain_001, raw)
    found = order_in(raw, "x.xml")
    assert found.batch_id == batch.id
    meant = {one.end_to_end_id: one for one in batch.transfers}
    for one in found.transfers:
        ours = meant.pop(one.end_to_end_id)
        for name in ("trace_number", "amount_cents", "routing_number", "account_number", "account_kind", "name", "description"):
            assert getattr(one, name) == getattr(ours, name)
        assert one.remittance == ours.remittance
    assert meant == {}


def test_the_same_batch_is_the_same_order():
    assert order(batch_of(transfer(1), transfer(2)), OURSELVES) == order(batch_of(transfer(2), transfer(1)), OURSELVES)


def test_a_prenote_is_refused_with_what_to_do_instead():
    with pytest.raises(BankRefused, match="micro-deposits"):
        order(batch_of(transfer(amount_cents=0, is_prenote=True)), OURSELVES)


kinds = st.sampled_from(["payout", "return", "clearing", "micro_deposit", "fee", "other"])


@st.composite
def lines(draw, number):
    kind = draw(kinds)
    text = {"micro_deposit": "ACCTVERIFY ACME", "payout": "PAYOUT ACME"}.get(kind, "words & <signs>")
    day = NOW.date() - timedelta(days=draw(st.integers(0, 3)))
    has_id = kind in {"payout", "return", "micro_deposit"}
    return StatementLine(
        bank_reference=f"T{number}", end_to_end_id=f"po_{number}" if has_id else "", trace_number=number if has_id else None,
        amount_cents=draw(st.integers(-(10**12), 10**12).filter(bool)), booked_on=day, value_on=day, kind=kind, text=text,
        code=draw(st.sampled_from(["R01", "R23"])) if kind == "return" else "",
    )  # fmt: skip


@st.composite
def statements_(draw):
    found = tuple(draw(lines(number)) for number in range(1, draw(st.integers(0, 8)) + 1))
    opening = draw(st.integers(-(10**9), 10**12))
    return Statement(
        id="STMT1", account_number="4000123456", number=draw(st.integers(1, 10**6)), from_on=NOW.date(), to_on=NOW.date(), opening_cents=opening,
        closing_cents=opening + sum(line.amount_cents for line in found), lines=found,
    )  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=40)
@given(statements_())
def test_a_statement_is_read_as_it_was_written_and_sound_by_the_schemas_classes(statement):
    raw = camt(statement, NOW)

    strictly(camt_053, raw)
    news = read_file(raw)

    assert news.statements == (statement,)
    assert news.statements[0].off_by_cents == 0
    assert [(one.trace_number, one.code) for one in news.returns] == [
        (line.trace_number, line.code) for line in statement.lines if line.code
    ]


def test_a_statement_that_is_a_cent_off_says_so():
    statement = Statement(
        id="S", account_number="1", number=1, from_on=NOW.date(), to_on=NOW.date(), opening_cents=100, closing_cents=100, lines=()
    )

    [found] = read_file(camt(flawed(statement, ["cent-off"]), NOW)).statements

    assert found.off_by_cents == 1


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.lists(st.booleans(), max_size=5))
def test_a_receipt_is_read_as_it_was_written_and_sound_by_the_schemas_classes(yes):
    outcomes = tuple(
        TransferOutcome(
            f"po_{number}", is_yes, number, f"T{number}", "" if is_yes else "AC04", "" if is_yes else "the account is closed"
        )
        for number, is_yes in enumerate(yes, start=1)
    )
    state = "accepted" if all(yes) else "partly" if any(yes) else "refused"
    sent = Sent("pb_1", state, "B1-1", outcomes)

    raw = report(dataclasses.replace(sent, bank_reference="B1"), which=1, channel="iso", at=NOW)
    strictly(pain_002, raw)

    assert read_file(raw).receipts == (sent,)


CAMT = camt(
    Statement(
        id="S", account_number="1", number=1, from_on=NOW.date(), to_on=NOW.date(), opening_cents=0, closing_cents=-700,
        lines=(StatementLine(bank_reference="T1", amount_cents=-700, booked_on=NOW.date(), value_on=NOW.date(), kind="payout"),),
    ), NOW,
)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (CAMT.replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>"), None),
        (CAMT.replace(b"053.001.08", b"053.001.02"), "camt.053.001.02"),
        (CAMT.replace(b'Ccy="USD"', b'Ccy="EUR"', 1), "US dollars"),
        (CAMT.replace(b">7.00<", b">7.001<"), "no amount"),
        (CAMT.replace(b"DBIT", b"BOTH"), "neither credit nor debit"),
        (CAMT.replace(b"CLBD", b"XXXX"), "no balance CLBD"),
        (CAMT.replace(b"<ElctrncSeqNb>1</ElctrncSeqNb>", b""), "no number"),
        (CAMT.replace(b"<Stmt>", b"<Other>").replace(b"</Stmt>", b"</Other>"), "no statement"),
        (CAMT[:-30], "not XML"),
        (CAMT.replace(b"2026-11-23T00:00:00Z", b"yesterday"), "no day"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>" + CAMT.split(b"\n", 1)[1], "document type"),
        (b"hello", "neither an ACH file nor"),
        (b"", "neither an ACH file nor"),
    ],
    ids=[
        "not booked",
        "version",
        "currency",
        "amount",
        "direction",
        "balance",
        "number",
        "empty",
        "cut",
        "day",
        "doctype",
        "text",
        "nothing",
    ],
)
def test_a_file_that_is_not_as_the_format_says_is_refused(raw, says):
    if says is None:
        news = read_file(raw)
        assert news.statements[0].lines == ()
        assert "not booked" in news.faults[0]
    else:
        with pytest.raises(FileUnreadable, match=says):
            read_file(raw)


def test_one_entry_with_several_transfers_is_one_line_for_each():
    parts = b"".join(
        b'<TxDtls><Refs><EndToEndId>po_%d</EndToEndId></Refs><Amt Ccy="USD">%s</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>'
        % (number, amount)
        for number, amount in ((1, b"3.00"), (2, b"4.00"))
    )
    raw = re.sub(rb"<TxDtls>.*</TxDtls>", parts, CAMT)

    [statement] = statements(raw).statements

    assert [(line.end_to_end_id, line.amount_cents, line.bank_reference) for line in statement.lines] == [
        ("po_1", -300, "T1-1"),
        ("po_2", -400, "T1-2"),
    ]
    with pytest.raises(FileUnreadable, match="not its sum"):
        statements(raw.replace(b">4.00<", b">4.01<"))


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.integers(0, len(CAMT) - 1), st.integers(0, 255))
def test_no_byte_that_is_changed_makes_it_fall_over(at, byte):
    raw = bytearray(CAMT)
    raw[at] = byte

    with contextlib.suppress(FileUnreadable):
        read_file(bytes(raw))
