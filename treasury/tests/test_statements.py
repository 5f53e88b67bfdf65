"""What the bank says: each booking once, and each difference a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.models import Account, Entry, Leg
from ledger.selectors import merchant_balance
from treasury.banks.errors import FileUnreadable
from treasury.banks.types import Correction, News, StatementLine
from treasury.errors import DecisionRefused
from treasury.models import BankAccount, BankDay, BankFile, BankLine, BankTransfer, Payout, TreasuryCase
from treasury.reconciliation.closing import close_day
from treasury.reconciliation.compare import compare_day
from treasury.services.cases import close_case
from treasury.services.payouts import request_payout
from treasury.services.sending import send_due
from treasury.services.taking import take_all
from treasury.tests.samples import (
    OPENING_CENTS,
    an_account,
    cleared,
    clearing_line,
    line_of,
    money_of,
    settled,
    two_of_finance,
    yesterday,
)

pytestmark = pytest.mark.django_db


def platform(kind):
    return sum(Leg.objects.filter(account__kind=kind, account__merchant=None).values_list("amount_cents", flat=True))


def cases():
    return sorted(TreasuryCase.objects.filter(is_open=True).values_list("kind", flat=True))


@pytest.fixture
def file(acme, sell, desk):
    sell()
    return settled(acme)


@pytest.fixture
def sent(file, acme):
    """A payout of all, with the bank."""
    an_account(acme)
    payout = request_payout(merchant=acme)
    send_due()
    return payout


def test_the_processors_payment_closes_what_it_owes(file, desk):
    desk.pays(clearing_line(file))

    assert (platform(Account.Kind.PROCESSOR_DUE), platform(Account.Kind.BANK_CASH)) == (0, 100_000_00 + 4200)
    assert cases() == []


def test_a_cent_off_is_a_case_and_the_next_payment_makes_up_for_it(file, desk):
    desk.pays(clearing_line(file, cents=4199))

    case = TreasuryCase.objects.get()
    assert (case.kind, case.expected_cents, case.found_cents) == ("amount", 4200, 4199)
    assert platform(Account.Kind.PROCESSOR_DUE) == 1

    desk.pays(clearing_line(file, cents=1, reference="C2"))

    assert (cases(), platform(Account.Kind.PROCESSOR_DUE)) == ([], 0)


def test_a_file_that_comes_again_under_another_name_is_taken_once(sent, desk):
    desk.pays()
    before = Entry.objects.count()

    desk.says(desk.news[-1])  # another file with the same statement
    take_all()

    assert (Entry.objects.count(), BankLine.objects.count(), cases()) == (before, 1, [])


def test_the_same_bytes_under_another_name_are_the_same_file(sent, desk, monkeypatch):
    desk.pays()
    incoming = next(desk.incoming(is_taken=lambda *_: False))[1][0]
    again = replace(incoming, name="0.again.xml")
    monkeypatch.setattr(desk, "incoming", lambda *, is_taken: [("west", [] if is_taken("west", "0.again.xml") else [again])])

    assert [take_all(), take_all()] == [0, 0]
    assert list(BankFile.objects.order_by("pk").values_list("endpoint", "is_repeat")) == [("east", False), ("west", True)]


def test_a_line_that_a_second_statement_repeats_is_booked_once(sent, desk):
    statement = desk.pays()
    desk.balance_cents += 4200  # the second statement starts where the first did not end
    desk.pays(*statement.lines)

    assert (BankLine.objects.count(), platform(Account.Kind.BANK_CASH)) == (1, 100_000_00 - 4200)
    assert cases() == ["statement_gap"]


def test_a_payout_paid_twice_is_a_case_and_the_money_unexplained(sent, desk):
    desk.pays()
    [transfer] = desk.transfers.values()

    desk.pays(line_of(transfer, bank_reference="TWICE"))

    assert (cases(), platform(Account.Kind.UNEXPLAINED)) == (["duplicate"], 4200)
    assert Payout.objects.get().status == "paid"


def test_a_payout_paid_with_another_amount_is_a_case(sent, desk, acme):
    [transfer] = desk.transfers.values()

    desk.pays(line_of(transfer, cents=-4199))

    assert (cases(), platform(Account.Kind.UNEXPLAINED)) == (["amount"], -1)
    assert merchant_balance(acme).in_transit_cents == 0


def test_a_line_of_another_day_is_a_case(sent, desk):
    [transfer] = desk.transfers.values()

    desk.pays(line_of(transfer, booked_on=timezone.now().date() - timedelta(days=40)))

    assert cases() == ["date"]


def test_a_statement_that_does_not_add_up_and_one_that_is_missing_are_cases(file, desk):
    desk.pays(clearing_line(file), closing_off_by=1)
    assert cases() == ["statement_off"]

    desk.number += 1
    desk.pays(clearing_line(file, cents=5, reference="C9"))

    assert cases() == ["amount", "statement_gap", "statement_off"]


def test_what_nothing_explains_waits_and_fees_of_the_bank_are_known(file, desk):
    today = timezone.now().date()
    desk.pays(
        StatementLine(bank_reference="F", amount_cents=-25, booked_on=today, value_on=today, kind="fee"),
        StatementLine(bank_reference="X", amount_cents=777, booked_on=today, value_on=today, kind="other", text="WIRE IN"),
    )

    assert (platform(Account.Kind.BANK_FEES), platform(Account.Kind.UNEXPLAINED)) == (25, -777)
    assert cases() == ["unexplained"]


def test_a_file_that_cannot_be_read_is_kept_and_told_of(desk, monkeypatch):
    def unreadable(endpoint, incoming):
        raise FileUnreadable("This is no statement.")

    monkeypatch.setattr(desk, "read", unreadable)
    desk.says(News())

    assert not BankFile.objects.get().is_readable
    assert cases() == ["unreadable"]


def test_a_file_that_cannot_be_taken_is_a_case_until_it_is_and_keeps_no_other_waiting(sent, desk, monkeypatch):
    [transfer] = desk.transfers.values()
    real = desk.read

    def broken(endpoint, incoming):
        if incoming.name == "0.xml":
            raise ValueError("what no reader foresaw")
        return real(endpoint, incoming)

    with monkeypatch.context() as patched:
        patched.setattr(desk, "read", broken)
        desk.says(News())
        desk.pays(line_of(transfer))
        take_all()
    assert (cases(), Payout.objects.get().status) == (["unreadable"], "paid")

    take_all()

    assert cases() == []


def test_a_booking_of_nothing_does_not_keep_the_statement_out(sent, desk):
    [transfer] = desk.transfers.values()

    desk.pays(
        line_of(transfer),
        StatementLine(
            bank_reference="N", amount_cents=0, booked_on=timezone.now().date(), value_on=timezone.now().date(), kind="other"
        ),
    )

    assert (cases(), BankLine.objects.count(), Payout.objects.get().status) == ([], 1, "paid")


def test_a_booking_of_nothing_in_a_statement_that_comes_again_keeps_nothing_out(sent, desk):
    statement = desk.pays()
    today = timezone.now().date()
    nothing = StatementLine(bank_reference="N", amount_cents=0, booked_on=today, value_on=today, kind="other")

    desk.says(News(statements=(replace(statement, lines=(*statement.lines, nothing)),)))

    assert (cases(), BankLine.objects.count(), BankFile.objects.count()) == ([], 1, 2)


def test_a_reference_that_is_too_long_is_known_when_it_comes_again(file, desk):
    today = timezone.now().date()
    line = StatementLine(bank_reference="R" * 70, amount_cents=-25, booked_on=today, value_on=today, kind="fee")

    desk.pays(line)
    desk.pays(line)

    assert (BankLine.objects.count(), BankFile.objects.count()) == (1, 2)
    assert platform(Account.Kind.BANK_CASH) == 100_000_00 - 25


def test_a_correction_is_written_into_the_account(sent, desk, acme):
    [transfer] = BankTransfer.objects.all()
    correction = Correction(
        trace_number=transfer.trace_number, code="C01", reason="Account number", account_number="000111222333",
        noticed_on=timezone.now().date(),
    )  # fmt: skip

    desk.says(News(corrections=(correction,)))

    account = BankAccount.objects.get()
    assert (account.account_number, account.last4, account.status) == ("000111222333", "2333", "verified")


# The day


def test_what_the_bank_never_books_is_missing_until_it_comes(sent, file, desk):
    later = timezone.now().date() + timedelta(days=12)
    compare_day(later)
    assert cases() == ["missing", "missing"]
    compare_day(later)
    assert TreasuryCase.objects.count() == 2

    desk.pays(*[line_of(one) for one in desk.transfers.values()], clearing_line(file))

    assert cases() == []


def test_our_book_is_held_against_the_newest_statement(file, desk):
    desk.pays(clearing_line(file))
    compare_day(yesterday())
    assert cases() == []

    desk.balance_cents += 9  # money that no line tells of
    desk.pays(clearing_line(file, cents=1, reference="C3"))
    compare_day(yesterday())

    assert "book_off" in cases()


def test_a_days_statements_add_up_from_its_opening_to_its_closing(file, desk):
    today = timezone.now().date()
    earlier = replace(clearing_line(file, cents=70, reference="C0"), booked_on=today - timedelta(days=1))
    later = replace(clearing_line(file, cents=90, reference="C9"), booked_on=today + timedelta(days=1))

    desk.pays(earlier, clearing_line(file, cents=300))
    desk.pays(clearing_line(file, cents=500, reference="C2"), later)
    bank = compare_day(today).report["bank"]

    assert (bank["first_statement"], bank["statement"]) == (1, 2)
    assert bank["opening_cents"] == OPENING_CENTS + 70
    assert bank["opening_cents"] + sum(line["cents"] for line in bank["lines"].values()) == bank["closing_cents"]
    assert bank["closing_cents"] == OPENING_CENTS + 70 + 300 + 500


def test_a_difference_that_finance_answered_for_stays_closed_until_it_is_another(file, desk):
    desk.pays(clearing_line(file))
    desk.balance_cents += 9
    desk.pays(clearing_line(file, cents=1, reference="C3"))
    compare_day(yesterday())
    case = TreasuryCase.objects.get(kind="book_off")
    close_case(case=case, by=two_of_finance()[0], reason="Nine cents of interest, booked tomorrow.")

    compare_day(yesterday())
    case.refresh_from_db()
    assert not case.is_open

    desk.balance_cents += 1
    desk.pays(clearing_line(file, cents=1, reference="C4"))
    compare_day(yesterday())
    case.refresh_from_db()
    assert (case.is_open, case.difference_cents, case.closed_by) == (True, 10, None)


def test_the_report_has_the_three_books_side_by_side(file, desk):
    desk.pays(clearing_line(file))

    report = compare_day(yesterday()).report

    assert (report["clearing"]["net_cents"], report["book"]["settled_cents"]) == (4200, 4200)
    assert report["differences"]["clearing_to_book_cents"] == 0
    assert compare_day(timezone.now().date()).report["bank"]["lines"] == {"clearing": {"count": 1, "cents": 4200}}


def test_a_charge_that_did_not_settle_shows_as_the_days_difference(acme, sell, desk):
    sell()
    first, second = money_of(acme)
    second.amount_cents += 7
    cleared(first, second)

    assert compare_day(yesterday()).report["differences"]["clearing_to_book_cents"] == -4207


def test_a_day_is_closed_by_finance_and_with_open_cases_only_under_a_note(file, desk, acme_owner):
    one, _ = two_of_finance()
    desk.pays(clearing_line(file, cents=4000))
    TreasuryCase.objects.update(business_on=yesterday())

    with pytest.raises(DecisionRefused, match="role Finance"):
        close_day(on=yesterday(), by=acme_owner)
    with pytest.raises(DecisionRefused, match="1 case is open"):
        close_day(on=yesterday(), by=one)
    with pytest.raises(DecisionRefused, match="once it is over"):
        close_day(on=timezone.now().date(), by=one)

    day = close_day(on=yesterday(), by=one, note="The processor pays the rest tomorrow.")
    assert day.closed_by == one
    report = day.report
    desk.pays(clearing_line(file, cents=200, reference="C2"))
    assert (compare_day(yesterday()).report, BankDay.objects.count()) == (report, 1)


def test_a_case_is_closed_once_by_finance_with_a_reason(file, desk, acme_owner):
    one, two = two_of_finance()
    desk.pays(clearing_line(file, cents=4000))
    case = TreasuryCase.objects.get()

    for by, reason, why in ((acme_owner, "A long reason", "role Finance"), (one, "ok", "in a sentence")):
        with pytest.raises(DecisionRefused, match=why):
            close_case(case=case, by=by, reason=reason)
    close_case(case=case, by=one, reason="The processor had kept a fee.")
    with pytest.raises(DecisionRefused, match="closed already"):
        close_case(case=case, by=two, reason="The processor had kept a fee.")
