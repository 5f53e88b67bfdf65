"""ACH files, held against an independent reader and writer (achkit), and against what they were made of."""

from __future__ import annotations

import contextlib

import achkit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treasury.banks.errors import BankRefused, FileUnreadable
from treasury.banks.nacha import writing
from treasury.banks.nacha.records import BLOCK, WIDTH
from treasury.banks.nacha.structure import every_entry, take_apart
from treasury.banks.nacha.writing import ach_file
from treasury.banks.originator import Originator
from treasury.banks.sandbox.orders import order_in
from treasury.banks.tests.conftest import batch_of, transfer
from treasury.banks.types import MAX_AMOUNT_CENTS, MAX_TRACE, Batch, CreditTransfer
from treasury.banks.words import MAX_ACCOUNT, MAX_NAME, MAX_REMITTANCE, check_digit, plain_ascii

OURS = {
    "company_name": "FSA PLATFORM", "company_id": "1234567890", "bank_name": "SANDBOX BANK", "routing_number": "091000019", "account_number": "4000123456",
}  # fmt: skip
PLAIN, BALANCED = Originator(**OURS), Originator(**OURS, is_balanced=True)
printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=MAX_REMITTANCE).map(str.strip)
names = printable.map(lambda text: text[:MAX_NAME].strip()).filter(bool)
routing_numbers = (
    st.integers(1_000_000, 12_999_999).map(lambda number: f"{number:08}").map(lambda eight: eight + check_digit(eight))
)
accounts = st.text("0123456789-ABC", min_size=1, max_size=MAX_ACCOUNT).filter(
    lambda text: any(one in "123456789" for one in text)
)


@st.composite
def transfers(draw, number):
    is_prenote = draw(st.booleans())
    return CreditTransfer(
        end_to_end_id=f"po_{number}", trace_number=number, amount_cents=0 if is_prenote else draw(st.integers(1, MAX_AMOUNT_CENTS)),
        routing_number=draw(routing_numbers), account_number=draw(accounts), account_kind=draw(st.sampled_from(["checking", "savings"])),
        name=draw(names), description=draw(st.sampled_from(["PAYOUT", "ACCTVERIFY"])), remittance=draw(printable),
        entry_class=draw(st.sampled_from(["CCD", "PPD"])), is_prenote=is_prenote,
    )  # fmt: skip


@st.composite
def batches(draw):
    numbers = draw(st.lists(st.integers(1, MAX_TRACE), min_size=1, max_size=12, unique=True))
    return batch_of(*[draw(transfers(number)) for number in numbers])


def lines(raw):
    return raw.decode("ascii").splitlines()


def rows(raw):
    """What an independent reader finds of the credits."""
    file = achkit.parse(raw.decode("ascii"))
    return [(batch, entry) for batch in file["batches"] for entry in batch["entries"] if entry["txn_code"] != 27]


@settings(derandomize=True, deadline=None, max_examples=60)
@given(batches(), st.sampled_from([PLAIN, BALANCED]))
def test_an_independent_reader_finds_sound_what_we_write_and_in_it_what_we_meant(batch: Batch, originator):
    raw = ach_file(batch, originator)

    found = achkit.validate(raw.decode("ascii"))
    assert found["errors"] == []
    meant = {one.trace_number: one for one in batch.transfers}
    assert len(rows(raw)) == len(meant)
    for in_batch, entry in rows(raw):
        one = meant[int(entry["trace_number"][8:])]
        assert (entry["routing"], entry["account"], entry["amount_cents"]) == (
            one.routing_number,
            one.account_number,
            one.amount_cents,
        )
        assert entry["name"].rstrip() == one.name
        assert (in_batch["sec"], in_batch["description"]) == (one.entry_class, one.description)
        assert [addenda["info"].rstrip() for addenda in entry["addenda"]] == ([one.remittance] if one.remittance else [])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(batches(), st.sampled_from([PLAIN, BALANCED]))
def test_our_strict_reader_takes_what_we_write(batch: Batch, originator):
    raw = ach_file(batch, originator)

    file = take_apart(raw)

    assert all(len(line) == WIDTH for line in lines(raw))
    assert len(lines(raw)) % BLOCK == 0
    for part in file.batches:
        traces = [entry.fields["trace"] for entry in part.entries]
        assert traces == sorted(set(traces))
        debit, credit = int(part.control["debit"]), int(part.control["credit"])
        assert part.header["service_class"] == ("200" if debit else "220")
        assert debit == (credit if originator.is_balanced else 0)
    assert sum(entry.amount_cents for _, entry in every_entry(file) if entry.transaction != 27) == batch.total_cents


@settings(derandomize=True, deadline=None, max_examples=40)
@given(batches(), st.sampled_from([PLAIN, BALANCED]))
def test_what_a_bank_reads_is_what_we_meant(batch: Batch, originator):
    found = {one.trace_number: one for one in order_in(ach_file(batch, originator), "pb_0001.ach").transfers}

    names_ = (
        "amount_cents",
        "routing_number",
        "account_number",
        "account_kind",
        "name",
        "description",
        "remittance",
        "is_prenote",
    )
    assert {number: [getattr(one, name) for name in names_] for number, one in found.items()} == {
        one.trace_number: [getattr(one, name) for name in names_] for one in batch.transfers
    }


def test_an_independent_writer_makes_the_same_bytes():
    batch = batch_of(
        transfer(1, end_to_end_id="PO_1", remittance="INVOICE 77"),
        transfer(2, end_to_end_id="PO_2", account_kind="savings", amount_cents=7),
    )  # it writes capitals alone
    theirs = achkit.AchFile.create(
        origin_dfi="091000019",
        company_id="1234567890",
        destination_name="SANDBOX BANK",
        origin_name="FSA PLATFORM",
        creation_date=batch.created_at,
    )
    part = theirs.batch("CCD", "PAYOUT", "2026-11-24")
    for one in batch.transfers:
        part.credit(
            one.name, one.routing_number, one.account_number, one.amount_cents, account_type=one.account_kind, id_number=one.end_to_end_id,
            addenda=one.remittance or None,
        )  # fmt: skip

    ours, wrote = ach_file(batch, PLAIN).decode().splitlines(), theirs.render().splitlines()

    # It names the company by its bank's routing number in the file header; we by the number that the bank gave us.
    assert ours[0][:13] + ours[0][23:] == wrote[0][:13] + wrote[0][23:]
    assert ours[1:] == wrote[1:]


def test_the_same_batch_is_the_same_bytes_whatever_the_order_of_its_transfers():
    one, two = transfer(1), transfer(2)

    assert ach_file(batch_of(one, two), PLAIN) == ach_file(batch_of(two, one), PLAIN)


def test_files_of_one_day_differ_by_their_number():
    headers = {ach_file(batch_of(number=number), PLAIN)[:94] for number in range(36)}

    assert len(headers) == 36


def test_beyond_what_one_batch_may_hold_a_second_begins(monkeypatch):
    monkeypatch.setattr(writing, "MAX_ENTRIES", 3)

    file = take_apart(ach_file(batch_of(*[transfer(number) for number in range(1, 9)]), PLAIN))

    assert [len(part.entries) for part in file.batches] == [3, 3, 2]
    assert [int(part.header["number"]) for part in file.batches] == [1, 2, 3]


def test_a_balanced_batch_is_no_larger_than_its_one_debit_may_be():
    batch = batch_of(*[transfer(number, amount_cents=MAX_AMOUNT_CENTS) for number in range(1, 4)])

    file = take_apart(ach_file(batch, BALANCED))

    assert [part.entries[-1].amount_cents for part in file.batches] == [MAX_AMOUNT_CENTS] * 3
    assert {part.entries[-1].fields["account_number"] for part in file.batches} == {"4000123456"}


def test_more_money_than_a_file_may_carry_is_refused():
    batch = batch_of(*[transfer(number, amount_cents=MAX_AMOUNT_CENTS) for number in range(1, 102)])

    with pytest.raises(BankRefused, match="divide"):
        ach_file(batch, PLAIN)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"routing_number": "021000022"}, "check digit"),
        ({"routing_number": "02100002"}, "nine digits"),
        ({"routing_number": "990000005"}, "does not exist"),
        ({"account_number": "1" * 18}, "account number"),
        ({"account_number": "000"}, "nobody"),
        ({"account_number": "12 34"}, "no spaces"),
        ({"name": "A" * 23}, "name"),
        ({"name": "Müller"}, "name"),
        ({"name": ""}, "name"),
        ({"amount_cents": 0}, "amount_cents"),
        ({"amount_cents": MAX_AMOUNT_CENTS + 1}, "ten digits"),
        ({"amount_cents": 5, "is_prenote": True}, "prenote"),
        ({"trace_number": 0}, "trace_number"),
        ({"trace_number": MAX_TRACE + 1}, "trace_number"),
        ({"remittance": "x" * 81}, "remittance"),
        ({"description": "ELEVENCHARS"}, "description"),
        ({"end_to_end_id": "x" * 36}, "id"),
        ({"end_to_end_id": "a/b"}, "id"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_no_bank_could_carry_is_refused_before_it_is_sent(changes, says):
    with pytest.raises(ValueError, match=says):
        transfer(**changes)


@pytest.mark.parametrize(
    ("transfers_", "says"),
    [
        ([], "at least one"),
        ([transfer(1), transfer(1, trace_number=2)], "end_to_end_id"),
        ([transfer(1), transfer(2, trace_number=1)], "trace_number"),
    ],
    ids=["none", "one id", "one trace"],
)
def test_a_batch_has_transfers_that_can_be_told_apart(transfers_, says):
    with pytest.raises(ValueError, match=says):
        Batch(id="b", created_at=batch_of().created_at, effective_on=batch_of().effective_on, transfers=tuple(transfers_))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Müller & Søn", "Muller & Son"), ("Zoë’s Pharmacy – East", "Zoe's Pharmacy - East"), ("Straße 9", "Strasse 9"), ("Łódź Æther", "Lodz AEther"),
        ("薬局 Tokyo", "Tokyo"), ("A Name Far Too Long For It", "A Name Far Too Long Fo"), ("tab\tand\nline", "tab and line"),
    ],
    ids=["umlaut", "quote", "sharp s", "stroke", "no letters", "long", "control"],
)  # fmt: skip
def test_names_are_written_in_plain_letters(name, plain):
    assert plain_ascii(name, MAX_NAME) == plain


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=60))
def test_whatever_the_name_its_plain_form_can_be_sent(text):
    plain = plain_ascii(text, MAX_NAME)

    if plain:
        transfer(name=plain)
    assert plain_ascii(plain, MAX_NAME) == plain


GOOD = ach_file(batch_of(transfer(1), transfer(2, remittance="INVOICE 77")), PLAIN)


def changed(line, begin, text):
    rows_ = lines(GOOD)
    rows_[line] = rows_[line][:begin] + text + rows_[line][begin + len(text) :]
    return "".join(f"{row}\n" for row in rows_).encode()


def without(line):
    rows_ = lines(GOOD)
    return "".join(f"{row}\n" for row in [*rows_[:line], *rows_[line + 1 :], "9" * 94]).encode()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "begins with"),
        (b"\xff" * 95, "ASCII"),
        (GOOD[:-1] + b"x\n", "94"),
        (GOOD + b"9" * 94 + b"\n", "blocks of 10"),
        (changed(2, 29, "0000012551"), "Line 6: the batch's credits"),
        (changed(2, 3, "021000022"), "Line 3: the routing number's check digit"),
        (changed(2, 29, "00000A2550"), "not a number"),
        (changed(5, 4, "000009"), "3 entries and addenda, not 9"),
        (changed(5, 10, "0000000001"), "entry hash"),
        (changed(5, 87, "0000009"), "number is another"),
        (changed(6, 1, "000002"), "number of batches"),
        (changed(6, 7, "000002"), "number of blocks"),
        (changed(6, 21, "0000000001"), "file's entry hash"),
        (changed(6, 43, "000000000001"), "file's totals"),
        (changed(4, 0, "712"), "addenda of type 12"),
        (changed(3, 78, "0"), "addenda are not as it says"),
        (changed(8, 0, "5"), "only records of nines"),
        (changed(1, 0, "4"), "no record begins"),
        (without(1), "outside any batch"),
        (without(5), "ends within a batch"),
        (without(6), "number of batches"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_does_not_add_up_is_refused_with_its_line(raw, says):
    with pytest.raises(FileUnreadable, match=says):
        take_apart(raw)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_no_byte_that_is_changed_makes_it_fall_over(at, byte):
    raw = bytearray(GOOD)
    raw[at] = byte

    with contextlib.suppress(FileUnreadable):
        take_apart(bytes(raw))
