"""What an ACH file from the bank says: returns, notifications of change, and what is not ours to act on."""

from __future__ import annotations

from datetime import date

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
        f"Line 3: {code} is a dishonoured or contested return, which banks settle with each other: ask ours about it.",
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
