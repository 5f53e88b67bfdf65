"""What an ACH file from the bank says: returns, notifications of change, and what is not ours to act on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import achkit
import pytest

from treasury.banks.errors import FileUnreadable
from treasury.banks.nacha.codes import CORRECTED, RETURNS
from treasury.banks.nacha.reading import read_ach
from treasury.banks.nacha.writing import ach_file
from treasury.banks.reading import read_file
from treasury.banks.sandbox import ach_out, magic
from treasury.banks.sandbox.orders import Asked
from treasury.banks.tests.conftest import batch_of

ON = date(2026, 11, 25)
ASKED = Asked(
    key="k", end_to_end_id="po_1", trace_number=42, amount_cents=125_50, routing_number="021000021", account_number="5551230001", account_kind="checking",
    name="ACME", description="PAYOUT", remittance="", is_prenote=False,
)  # fmt: skip


def returned(code):
    return ach_out.returned(ASKED, code=code, number=7, on=ON)


def corrected(code, **right):
    return ach_out.corrected(
        ASKED, code=code, right=magic.corrected(code, ASKED.account_number) | right, places=CORRECTED[code], number=7, on=ON
    )


@pytest.mark.parametrize("code", sorted(RETURNS))
def test_every_reason_for_a_return_is_read(code):
    [found] = read_file(returned(code)).returns

    assert (found.trace_number, found.code, found.amount_cents, found.returned_on) == (42, code, 125_50, ON)
    assert found.reason == RETURNS[code]
    assert achkit.describe_return(code) is None or found.reason


@pytest.mark.parametrize("code", sorted(CORRECTED))
def test_every_notification_of_change_is_read(code):
    [found] = read_file(corrected(code)).corrections

    told = {name: getattr(found, name) for name in ("routing_number", "account_number", "account_kind", "name")}
    assert {name: value for name, value in told.items() if value is not None} == magic.corrected(code, ASKED.account_number)
    assert (found.trace_number, found.code, found.noticed_on) == (42, code, ON)


@pytest.mark.parametrize("code", ["R61", "R67", "R71", "R77"])
def test_a_dishonoured_return_is_named_and_not_acted_on(code):
    found = read_ach(returned("R01").replace(b"799R01", f"799{code}".encode()))

    assert found.returns == ()
    assert found.faults == (
        f"Line 3: {code}: a dishonoured or contested return, which banks settle with each other: ask ours about it.",
    )


@pytest.mark.parametrize("code", ["C61", "C69"])
def test_a_refused_change_is_named_and_not_acted_on(code):
    found = read_ach(corrected("C01").replace(b"798C01", f"798{code}".encode()))

    assert found.corrections == ()
    assert code in found.faults[0]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (returned("R01").replace(b"799R01", b"799R99"), "R99 is no reason"),
        (corrected("C01").replace(b"798C01", b"798C08"), "C08 is no notification"),
        (corrected("C02", routing_number="021000022"), "check digit"),
        (corrected("C01", account_number="00000"), "nobody"),
        (corrected("C05").replace(b"32" + b" " * 27, b"42" + b" " * 27), "neither checking nor savings"),
    ],
    ids=["unknown return", "unknown change", "routing number", "account", "kind"],
)
def test_what_cannot_be_acted_on_is_named_and_the_rest_counts(raw, says):
    found = read_ach(raw)

    assert (found.returns, found.corrections) == ((), ())
    assert says in found.faults[0]


def test_an_entry_that_is_neither_is_named(originator):
    [fault] = read_ach(ach_file(batch_of(), originator)).faults

    assert "neither a return nor" in fault


def test_a_day_that_is_none_is_refused():
    with pytest.raises(FileUnreadable, match="no day"):
        read_ach(returned("R01").replace(b"2611250600", b"2613450600"))


def others(name):
    """A file of moov-io/ach's tests."""
    return (Path(__file__).parent / "data" / name).read_bytes()


def test_returns_that_another_program_wrote_are_read():
    [found] = read_ach(others("return-r03.ach")).returns

    assert (found.trace_number, found.code, found.amount_cents) == (1, "R03", 1)


def test_a_return_of_a_debit_is_named_and_the_credit_beside_it_counts():
    found = read_ach(others("return-web.ach"))

    assert [(one.code, one.amount_cents) for one in found.returns] == [("R03", 45_65)]
    assert "R01 returns a debit" in found.faults[0]


def test_a_notification_that_another_program_wrote_is_read():
    [found] = read_ach(others("cor-example.ach")).corrections

    assert (found.code, found.trace_number, found.account_number) == ("C01", 1, "1918171614")


def test_the_return_that_a_contest_is_about_comes_back_no_second_time():
    """The entry repeats it (R07) beside its dishonour (R68) and the contest (R71)."""
    found = read_ach(others("contested-return.ach"))

    assert found.returns == ()
    assert found.faults == (
        "Line 3: R68, R71: a dishonoured or contested return, which banks settle with each other: ask ours about it.",
    )


def test_a_dishonoured_return_that_another_program_wrote_is_named():
    found = read_ach(others("dishonored-return.ach"))

    assert found.returns == ()
    assert all("R68" in fault for fault in found.faults)


def test_spaces_that_were_cut_at_the_ends_of_records_are_no_fault():
    raw = b"".join(line.rstrip() + b"\r\n" for line in returned("R01").splitlines())

    assert read_ach(raw) == read_ach(returned("R01"))
