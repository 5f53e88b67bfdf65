"""Payouts through a bank that really listens, in each of its languages: whatever it says or keeps to itself, one transfer and a book that balances."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.utils import timezone

from ledger.models import Account, Leg
from ledger.selectors import merchant_balance
from merchants.limits.services import hold
from people.roles import RISK
from people.tests.factors import staff_person
from treasury.models import BankAccount, BankBatch, BankLine, BankTransfer, Payout, TreasuryCase
from treasury.partner import partner
from treasury.reconciliation.compare import compare_day
from treasury.services.accounts import add_bank_account, ask_name, send_amounts, tell_amounts
from treasury.services.payouts import request_payout
from treasury.services.sending import send_due
from treasury.services.taking import take_all
from treasury.tests.samples import ROUTING, an_account, money
from vault.merchant_keys import lock_key

pytestmark = pytest.mark.django_db
ONE = pytest.mark.parametrize("language", ["sandbox"], indirect=True)  # what does not depend on how the bank is spoken to
YES_TWICE, YES_THEN_NO, SILENT_AND_TAKEN, SILENT_AND_NOT, BUSY = 1_111_03, 1_111_04, 1_111_01, 1_111_02, 1_111_05


@pytest.fixture
def asked(acme, town):
    """Ask for a payout of so much, all there is; number: of the account."""

    def ask(cents=4200, *, merchant=acme, number="5551239876"):
        money(merchant, cents)
        account = an_account(merchant, number=number)
        return request_payout(merchant=merchant, bank_account=account)

    return ask


def pockets(merchant):
    """settled, in transit, advanced."""
    found = merchant_balance(merchant)
    return found.settled_cents, found.in_transit_cents, found.advanced_cents


def platform(kind):
    return sum(Leg.objects.filter(account__kind=kind, account__merchant=None).values_list("amount_cents", flat=True))


def cases():
    return sorted(TreasuryCase.objects.filter(is_open=True).values_list("kind", flat=True))


def status_of(payout):
    return Payout.objects.get(pk=payout.pk).status


def agrees(town):
    """Our book of the bank's money is the bank's own, and every promise about money holds."""
    assert platform(Account.Kind.BANK_CASH) == town.bank.book.balance_cents
    call_command("verify_integrity")  # ends the test where one is broken


def test_a_payout_arrives(acme, town, asked):
    payout = asked()
    assert send_due() == 1
    town.bank.tick()
    take_all()
    assert status_of(payout) == "sent"

    town.an_hour()

    assert (status_of(payout), pockets(acme), town.paid, cases()) == ("paid", (0, 0, 0), [4200], [])
    agrees(town)


@pytest.mark.parametrize("cents", [YES_TWICE, SILENT_AND_TAKEN, SILENT_AND_NOT, BUSY])
def test_whether_the_bank_answers_twice_or_not_at_all_it_is_paid_once(acme, town, asked, cents):
    payout = asked(cents)

    send_due()
    town.workers_come_back()
    town.an_hour()
    town.an_hour()

    assert (status_of(payout), pockets(acme), town.paid, cases()) == ("paid", (0, 0, 0), [cents], [])
    agrees(town)


def test_a_no_after_a_yes_gives_the_money_back_and_the_next_try_is_another_payout(acme, town, asked):
    payout = asked(YES_THEN_NO)
    send_due()
    town.an_hour()
    assert (status_of(payout), pockets(acme), town.paid) == ("failed", (YES_THEN_NO, 0, 0), [])

    second = request_payout(merchant=acme, amount_cents=YES_THEN_NO - 100, bank_account=BankAccount.objects.get())
    send_due()
    town.an_hour()

    assert (status_of(payout), status_of(second), town.paid) == ("failed", "paid", [YES_THEN_NO - 100])
    agrees(town)


def test_a_bank_that_is_down_and_then_silent_is_asked_until_it_answers(acme, town, asked):
    payout = asked()
    for down in ("down-east", "down-west"):
        town.bank.switches.set(down, on=True)
    assert send_due() == 0
    town.workers_come_back()
    assert (status_of(payout), pockets(acme), town.paid) == ("pending", (0, 4200, 0), [])

    town.bank.switches.set("down-west", on=False)
    town.bank.switches.set("silent", on=True)
    for _ in range(3):
        town.workers_come_back()
    town.bank.switches.set("silent", on=False)
    town.bank.switches.set("down-east", on=False)
    assert all(health.is_well for health in partner().check().values())  # which closes the breakers
    town.workers_come_back()
    town.an_hour()

    assert (status_of(payout), town.paid) == ("paid", [4200])
    assert cases() == []
    agrees(town)


def test_our_own_file_that_is_sent_again_pays_nothing_twice(town, asked):
    payout = asked()
    for _ in range(3):
        BankBatch.objects.update(status="made", attempts=0, asked_at=None, next_attempt_at=timezone.now())
        send_due()
        town.bank.tick()
        town.an_hour()

    assert (status_of(payout), town.paid, BankLine.objects.count(), cases()) == ("paid", [4200], 1, [])
    agrees(town)


def test_a_statement_that_comes_twice_is_booked_once(town, asked):
    payout = asked()
    send_due()
    town.bank.switches.set("duplicate", on=True)
    town.an_hour()
    take_all()

    assert (status_of(payout), BankLine.objects.count(), cases()) == ("paid", 1, [])
    agrees(town)


@ONE
def test_a_statement_that_is_a_cent_off_is_a_case_and_so_is_the_gap_that_it_leaves(acme, globex, town, asked):
    payout = asked()
    send_due()
    town.bank.switches.set("cent-off", on=True)
    town.an_hour()
    assert (status_of(payout), cases()) == ("paid", ["statement_off"])

    second = asked(500, merchant=globex)
    send_due()
    town.an_hour()

    assert (status_of(second), cases()) == ("paid", ["statement_gap", "statement_off"])
    assert {abs(case.difference_cents) for case in TreasuryCase.objects.all()} == {1}
    agrees(town)


@ONE
def test_a_line_of_another_day_is_paid_and_a_case(town, asked):
    payout = asked()
    send_due()
    town.bank.switches.set("wrong-date", on=True)
    town.an_hour()

    assert (status_of(payout), cases()) == ("paid", ["date"])
    agrees(town)


@ONE
def test_a_line_that_the_statement_leaves_out_is_missed(acme, town, asked):
    payout = asked()
    send_due()
    town.bank.switches.set("missing-line", on=True)
    town.an_hour()

    compare_day(timezone.now().date() + timezone.timedelta(days=12))

    assert (status_of(payout), pockets(acme)) == ("sent", (0, 4200, 0))
    assert cases() == ["book_off", "missing", "statement_off"]
    assert TreasuryCase.objects.get(kind="book_off").difference_cents == -4200


def test_a_payout_that_comes_back_when_the_balance_is_empty_is_the_merchants_again(acme, town, asked):
    payout = asked(number="5551230003")  # no account
    send_due()
    town.an_hour()
    assert (status_of(payout), pockets(acme)) == ("paid", (0, 0, 0))

    town.an_hour()
    town.an_hour()

    payout.refresh_from_db()
    assert (payout.status, payout.failure_code, pockets(acme)) == ("returned", "R03", (4200, 0, 0))
    assert (BankAccount.objects.get().status, platform(Account.Kind.BANK_DUE), cases()) == ("refused", 0, [])
    agrees(town)


@ONE
def test_the_two_amounts_arrive_and_prove_the_account(acme, town):
    account = ask_name(
        add_bank_account(
            merchant=acme, holder="Acme", routing_number=ROUTING, account_number="5551239876", kind="checking", by=None
        )
    )
    send_amounts(account=account)
    send_due()
    town.bank.tick()
    town.an_hour()

    tell_amounts(account=account, first_cents=town.paid[0], second_cents=town.paid[1])

    account.refresh_from_db()
    assert (account.status, platform(Account.Kind.BANK_FEES), cases()) == ("verified", sum(town.paid), [])
    agrees(town)


# The bank locks a merchant's key


@ONE
def test_a_key_that_is_locked_before_the_file_is_written_fails_that_payout_alone(acme, globex, town, asked):
    mine, theirs = asked(), asked(500, merchant=globex)
    lock_key(merchant_id=acme.pk)

    send_due()
    town.workers_come_back()
    town.an_hour()

    mine.refresh_from_db()
    assert (mine.status, mine.failure_code, pockets(acme)) == ("failed", "key_locked", (4200, 0, 0))
    assert (status_of(theirs), town.paid) == ("paid", [500])
    agrees(town)


@ONE
def test_a_key_that_is_locked_while_the_bank_has_the_file_lets_it_arrive(acme, globex, town, asked):
    payouts = [asked(), asked(500, merchant=globex)]
    send_due()
    lock_key(merchant_id=acme.pk)

    town.workers_come_back()
    town.an_hour()

    assert ([status_of(payout) for payout in payouts], sorted(town.paid)) == (["paid", "paid"], [500, 4200])
    assert cases() == []
    agrees(town)


def test_a_key_that_is_locked_when_nobody_knows_whether_the_bank_has_the_file_pays_once(acme, town, asked, monkeypatch):
    payout = asked()
    town.bank.switches.set("down-west", on=True)
    send_due()
    BankBatch.objects.update(status="made", asked_at=None)  # we died before we wrote its answer down
    BankTransfer.objects.update(status="queued")
    Payout.objects.update(status="pending")
    lock_key(merchant_id=acme.pk)
    town.bank.switches.set("down-west", on=False)

    town.workers_come_back()
    town.an_hour()

    assert (status_of(payout), town.paid, pockets(acme)) == ("paid", [4200], (0, 0, 0))
    agrees(town)


@ONE
def test_money_comes_back_to_a_merchant_whose_key_is_locked(acme, globex, town, asked):
    payout, other = asked(number="5551230002"), asked(500, merchant=globex)
    send_due()
    lock_key(merchant_id=acme.pk)
    for _ in range(3):
        town.an_hour()

    assert (status_of(payout), status_of(other), pockets(acme), cases()) == ("returned", "paid", (4200, 0, 0), [])
    assert BankAccount.objects.get(merchant=acme).status == "refused"
    agrees(town)


def test_a_correction_of_an_account_whose_key_is_locked_waits_for_a_person(acme, globex, town, asked):
    payout, other = asked(number="5551231001"), asked(500, merchant=globex)
    send_due()
    lock_key(merchant_id=acme.pk)
    for _ in range(2):
        town.an_hour()

    assert (status_of(payout), status_of(other), cases()) == ("paid", "paid", ["unreadable"])
    agrees(town)


@ONE
def test_payouts_that_are_held_meanwhile_keep_what_the_bank_has(acme, town, asked):
    payout = asked()
    send_due()
    hold(by=staff_person(RISK), merchant=acme, what="payouts", reason="We are looking into a dispute.")
    town.workers_come_back()
    town.an_hour()

    assert (status_of(payout), town.paid) == ("paid", [4200])
    agrees(town)
