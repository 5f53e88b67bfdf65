"""A batch goes to a bank that really listens, in each of its languages, and what it says of it comes back."""

from __future__ import annotations

import pytest

from treasury.banks.tests.conftest import HOUR, batch_of, news_of, said, transfer
from treasury.banks.types import Incoming, Sent

LANGUAGES = ["sandbox", "sandbox-ach", "sandbox-iso"]


def later(bank, clock, hours=1):
    for _ in range(hours):
        clock.now += HOUR
        bank.tick()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_batch_is_taken_accepted_paid_and_stands_on_the_statement(language, banks, bank, clock):
    partner, batch = banks[language], batch_of(transfer(1), transfer(2, amount_cents=7_00))

    sent, endpoint = partner.send_with_failover(batch)
    bank.tick()
    known, _ = partner.status(batch.id)
    later(bank, clock)

    assert sent.state in {"taken", "accepted"}
    assert endpoint == f"{language}-east"
    assert known.state == "accepted"
    assert [one.trace_number for one in known.outcomes] == [1, 2]
    [statement] = said(news_of(partner if language != "sandbox-ach" else banks["sandbox-iso"]), "statements")
    assert statement.off_by_cents == 0
    assert [(line.trace_number, line.amount_cents, line.kind) for line in statement.lines] == [
        (1, -125_50, "payout"),
        (2, -7_00, "payout"),
    ]
    assert statement.closing_cents - statement.opening_cents == -132_50
    expected = ["", ""] if language == "sandbox-ach" else ["po_00000001", "po_00000002"]
    assert [line.end_to_end_id for line in statement.lines] == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_batch_sent_again_pays_once(language, banks, bank, clock):
    partner, batch = banks[language], batch_of()

    for _ in range(3):
        partner.send_with_failover(batch)
        bank.tick()
    later(bank, clock)

    assert [line.amount_cents for line in bank.book.lines] == [-125_50]


@pytest.mark.parametrize("language", LANGUAGES)
def test_money_comes_back_with_its_reason(language, banks, bank, clock):
    partner = banks[language]
    partner.send_with_failover(batch_of(transfer(account_number="5551230003")))
    bank.tick()
    later(bank, clock, 2)

    returned, *again = said(news_of(partner), "returns")

    assert (returned.trace_number, returned.code, returned.amount_cents) == (1, "R03", 125_50)
    # A drop with ACH files has the return twice: in a file of its own, and as a line of the statement.
    assert [(one.trace_number, one.code) for one in again] == [(1, "R03")] * (language == "sandbox-ach")
    assert returned.end_to_end_id == ("" if language == "sandbox-ach" else "po_00000001")
    assert [line.amount_cents for line in bank.book.lines] == [-125_50, 125_50]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("1001", ("C01", None, "77555129999", None)),
        ("1002", ("C02", "021000021", None, None)),
        ("1003", ("C03", "021000021", "77555129999", None)),
        ("1005", ("C05", None, None, "savings")),
        ("1006", ("C06", None, "77555129999", "savings")),
        ("1007", ("C07", "021000021", "77555129999", "savings")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_account_is_paid_and_notified(language, ending, expected, banks, bank, clock):
    partner = banks[language]
    partner.send_with_failover(batch_of(transfer(account_number=f"55512{ending}")))
    bank.tick()
    later(bank, clock)

    [found] = said(news_of(partner), "corrections")

    assert found.trace_number == 1
    assert (found.code, found.routing_number, found.account_number, found.account_kind) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_transfer_that_the_bank_refuses_is_named_and_the_others_are_paid(language, banks, bank, clock):
    partner, batch = banks[language], batch_of(transfer(1, account_number="5551232004"), transfer(2))
    partner.send_with_failover(batch)
    bank.tick()

    known, _ = partner.status(batch.id)
    later(bank, clock)

    assert known.state == "partly"
    assert [(one.trace_number, one.is_accepted, one.reason_code) for one in known.outcomes] == [(1, False, "AC04"), (2, True, "")]
    assert [line.trace_number for line in bank.book.lines] == [2]


def test_a_prenote_moves_no_money_and_comes_back_when_the_account_is_wrong(banks, bank, clock):
    good, bad = (
        transfer(1, amount_cents=0, is_prenote=True),
        transfer(2, amount_cents=0, is_prenote=True, account_number="5551230004"),
    )
    banks["sandbox-ach"].send_with_failover(batch_of(good, bad))
    bank.tick()
    later(bank, clock, 2)

    [returned] = said(news_of(banks["sandbox-ach"]), "returns")

    assert (returned.trace_number, returned.code, returned.amount_cents) == (2, "R04", 0)
    assert bank.book.lines == []


def test_micro_deposits_and_takings_stand_on_the_statement_by_their_kind(banks, bank, clock):
    banks["sandbox-iso"].send_with_failover(batch_of(transfer(amount_cents=7, description="ACCTVERIFY")))
    bank.tick()
    bank.book.credit(
        reference="clearing-2026-11-22-1.csv", amount_cents=1_000_00, kind="clearing", text="card takings 2026-11-22"
    )
    bank.book.credit(
        reference="clearing-2026-11-22-1.csv", amount_cents=1_000_00, kind="clearing", text="card takings 2026-11-22"
    )
    bank.switches.set("fee", on=True)
    later(bank, clock)

    for language in ("sandbox", "sandbox-iso"):
        [statement] = said(news_of(banks[language]), "statements")
        assert sorted((line.kind, line.amount_cents) for line in statement.lines) == [
            ("clearing", 1_000_00), ("fee", -15_00), ("micro_deposit", -7),
        ]  # fmt: skip


@pytest.mark.parametrize("language", ["sandbox", "sandbox-iso"])
def test_what_was_taken_is_not_brought_again_and_is_there_for_the_next(language, banks, bank, clock):
    partner = banks[language]
    partner.send_with_failover(batch_of())
    bank.tick()
    later(bank, clock)
    [(_, first)] = [row for row in partner.incoming(is_taken=lambda *_: False) if row[0].endswith("east")]

    taken = {file.name for file in first}
    again = [files for _, files in partner.incoming(is_taken=lambda endpoint, name: name in taken)]

    assert taken
    assert [list(files) for files in again] == [[], []]


@pytest.mark.parametrize(
    ("switch", "off_by", "lines"),
    [("cent-off", 1, 2), ("missing-line", -7_00, 1), ("wrong-date", 0, 2)],
    ids=["cent", "line", "date"],
)
def test_a_statement_that_is_wrong_is_read_as_the_bank_wrote_it(switch, off_by, lines, banks, bank, clock):
    partner = banks["sandbox-iso"]
    partner.send_with_failover(batch_of(transfer(1), transfer(2, amount_cents=7_00)))
    bank.switches.set(switch, on=True)
    bank.tick()
    later(bank, clock)

    [statement] = said(news_of(partner), "statements")

    assert statement.off_by_cents == off_by
    assert len(statement.lines) == lines
    assert (statement.lines[0].booked_on == statement.to_on) is (switch != "wrong-date")
    assert not bank.switches.is_on(switch)


def test_a_statement_that_comes_twice_has_the_same_bytes_under_two_names(banks, bank, clock):
    partner = banks["sandbox-iso"]
    partner.send_with_failover(batch_of())
    bank.switches.set("duplicate", on=True)
    bank.tick()
    later(bank, clock)

    files: list[Incoming] = [
        file for _, found in partner.incoming(is_taken=lambda *_: False) for file in found if "statement" in file.name
    ]

    assert len({file.name for file in files}) == 2
    assert len({file.sha256 for file in files}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bank_that_says_yes_and_then_no_pays_nothing(language, banks, bank, clock):
    partner, batch = banks[language], batch_of(transfer(amount_cents=1_111_04), transfer(2))
    partner.send_with_failover(batch)
    bank.tick()
    bank.tick()
    later(bank, clock)

    known: Sent = partner.status(batch.id)[0]

    assert (known.state, known.reason_code) == ("refused", "AM04")
    assert bank.book.lines == []
    assert [one.state for one in said(news_of(partner), "receipts")][-1] == "refused"


def test_a_bank_that_says_yes_twice_pays_once(banks, bank, clock):
    partner = banks["sandbox-iso"]
    partner.send_with_failover(batch_of(transfer(amount_cents=1_111_03)))
    bank.tick()
    bank.tick()
    later(bank, clock)

    assert [one.state for one in said(news_of(partner), "receipts")] == ["accepted", "accepted"]
    assert [line.amount_cents for line in bank.book.lines] == [-1_111_03]


def test_a_file_that_cannot_be_read_is_refused_with_the_line_at_fault(banks, bank, tmp_path):
    (bank.inbox / "pb_0009.ach").write_bytes(b"101 not a file\n")

    bank.tick()

    known, _ = banks["sandbox-ach"].status("pb_0009")
    assert (known.state, known.reason_code) == ("refused", "FF01")
    assert known.reason.startswith("Line 1:")
    assert (bank.archive / "pb_0009.ach").exists()


@pytest.mark.parametrize(
    ("account", "result", "known_as"),
    [
        ("5551230009", "match", ""),
        ("5551234001", "no_match", ""),
        ("5551234002", "close", "Acme Incorporated"),
        ("5551234003", "unknown", ""),
    ],
    ids=["match", "no_match", "close", "unknown"],
)
def test_a_name_is_matched_with_the_holders(account, result, known_as, banks):
    found = banks["sandbox"].match_name(routing_number="021000021", account_number=account, name="Acme")

    assert (found.result, found.known_as) == (result, known_as)


def test_a_bank_without_name_matching_knows_of_nobody(banks):
    found = banks["sandbox-ach"].match_name(routing_number="021000021", account_number="1", name="Acme")

    assert found.result == "unknown"
