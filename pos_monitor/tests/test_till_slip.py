"""The printed receipt: 48 columns, nothing lost, every sum equal to the amounts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.money import MAX_CENTS
from pos_monitor.sales.slip import COLUMNS, Slip, SlipCard, SlipLine, money, plain, slip_text

texts = st.text(max_size=70)
amounts = st.integers(0, MAX_CENTS)
lines = st.builds(
    SlipLine, text=texts, each=st.sampled_from(["", "2 x 5.00", "1.255 lb x 3.99"]), subtotal_cents=amounts,
    mark=st.sampled_from(["E", "RX", "LMN", "E-LMN", "", "?"]), benefit_cents=st.sampled_from([0, 700]), discount_cents=amounts,
)  # fmt: skip
cards = st.builds(
    SlipCard, brand=st.sampled_from(["Visa", "Mastercard", "Другая"]), account_kind=st.sampled_from(["fsa", "lpfsa", "credit"]),
    last4=st.from_regex(r"[0-9]{4}", fullmatch=True), auth_code=st.text(max_size=6), amount_cents=amounts,
)  # fmt: skip
slips = st.builds(
    Slip, seller=texts, address=st.lists(texts, max_size=4), place=texts, terminal=st.text(max_size=40), sale_number=st.text(max_size=40),
    receipt_number=st.text(max_size=24), sold_at=st.datetimes(timezones=st.just(UTC)), lines=st.lists(lines, max_size=6),
    tax_cents=amounts, total_cents=amounts, cards=st.lists(cards, min_size=1, max_size=3), healthcare_cents=amounts,
    bucket_cents=st.dictionaries(st.sampled_from(["rx", "vision", "dental", "clinic"]), amounts), is_offline=st.booleans(),
    is_voided=st.booleans(), is_test=st.booleans(), footer=texts,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(slips)
def test_every_row_has_48_columns_of_what_a_printer_can_print(slip):
    text = slip_text(slip)

    assert text.endswith("\n")
    assert {len(row) for row in text.splitlines()} == {COLUMNS}
    assert text.replace("\n", "").isascii()
    assert text.replace("\n", "").isprintable()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(slips)
def test_every_amount_is_printed_and_every_word_of_a_title_is_there(slip):
    text = slip_text(slip)
    letters = re.sub(r"\s", "", text)

    for cents in [slip.total_cents, *(line.subtotal_cents for line in slip.lines), *(card.amount_cents for card in slip.cards)]:
        assert money(cents) in text
    for line in slip.lines:
        first, *rest = plain(line.text).replace("-", "- ").split() or [""]  # a row may end after a hyphen
        assert first[:27] in text
        assert all(word[:20] in letters for word in rest)
    assert all(f"************{card.last4}" in text for card in slip.cards)


def a_slip(**fields):
    usual = {
        "seller": "Maple Street Pharmacy", "address": ["118 Elm Street", "Montpelier, VT 05602"], "place": "Main Street", "terminal": "Till 3",
        "sale_number": "000123", "receipt_number": "R261123-ABCDEFGHJK", "sold_at": datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        "lines": [
            SlipLine("IBUPROFEN 200MG 100CT", "2 x 15.00", 3000, "E", 3000),
            SlipLine("Crème brûlée “grande” with vanilla, in a jar of glass", "", 700, "", 0),
        ],
        "tax_cents": 0, "total_cents": 3700, "cards": [SlipCard("Visa", "fsa", "0005", "A1B2C3", 3000), SlipCard("Visa", "credit", "0007", "D4E5F6", 700)],
        "healthcare_cents": 3000, "bucket_cents": {},
    }  # fmt: skip
    return Slip(**{**usual, **fields})


def test_the_whole_receipt_as_it_is_printed():
    rows = [row.rstrip() for row in slip_text(a_slip()).splitlines()]

    assert rows == [
        "             Maple Street Pharmacy",
        "                 118 Elm Street",
        "              Montpelier, VT 05602",
        "                  Main Street",
        "",
        "Till 3                      2026-11-23 14:05 UTC",
        "Sale 000123                   R261123-ABCDEFGHJK",
        "------------------------------------------------",
        "IBUPROFEN 200MG 100CT               30.00 E*",
        "  2 x 15.00",
        'Creme brulee "grande" with           7.00',
        "  vanilla, in a jar of glass",
        "------------------------------------------------",
        "TOTAL USD                           37.00",
        "------------------------------------------------",
        "Visa FSA ************0005           30.00",
        "  Approval A1B2C3",
        "Visa ************0007                7.00",
        "  Approval D4E5F6",
        "------------------------------------------------",
        "FSA/HSA TOTAL                       30.00",
        "------------------------------------------------",
        "E FSA/HSA eligible; * paid by a benefit card",
        "Keep this receipt: your plan may ask for it.",
    ]


def test_kinds_of_care_are_parted_where_there_are_several():
    text = slip_text(a_slip(healthcare_cents=3000, bucket_cents={"rx": 1000, "vision": 500}))

    kinds = [line.split()[-1] for line in text.splitlines() if line.startswith("  ") and re.search(r"(Presc|Vision|Over)", line)]
    assert kinds == ["10.00", "5.00", "15.00"]


def test_a_voided_receipt_says_so_at_the_top():
    assert "*** VOIDED ***" in slip_text(a_slip(is_voided=True)).splitlines()[5]
