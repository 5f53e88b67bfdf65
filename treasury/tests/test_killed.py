"""A worker that is killed anywhere on the way of a payout: in the end one transfer at the bank, a book that balances, a state that is settled."""

from __future__ import annotations

import functools
from itertools import count

import asyncssh
import pytest
from django.core.management import call_command

from ledger.models import Account, Leg
from ledger.selectors import merchant_balance
from merchants.models import Event
from treasury.banks.core_api.client import ApiClient
from treasury.models import BankLine, BankTransfer, Payout, TreasuryCase
from treasury.services import batching, payouts, sending, taking
from treasury.services.payouts import request_payout
from treasury.services.sending import send_due
from treasury.services.taking import take_all
from treasury.tests.killed import killed_after, killed_before, survives_statement
from treasury.tests.samples import an_account, money

pytestmark = pytest.mark.django_db(transaction=True)
ONE = pytest.mark.parametrize("language", ["sandbox"], indirect=True)
TOLD = ["payout.created", "payout.paid", "payout.sent"]


@pytest.fixture
def asks(acme, town):
    """Ask for a payout of $42.00, as often as one likes: it is one."""
    money(acme, 4200)
    an_account(acme, number="5551239876")
    return functools.partial(request_payout, merchant=acme, amount_cents=4200, request_key="k")


def all_is_well(acme, town, asks):
    """Others go on where the dead one stopped, and whoever asked asks again."""
    asks()
    town.workers_come_back()
    town.an_hour()
    found = merchant_balance(acme)
    cash = sum(Leg.objects.filter(account__kind=Account.Kind.BANK_CASH).values_list("amount_cents", flat=True))

    assert town.paid == [4200]
    assert (Payout.objects.get().status, BankTransfer.objects.get().status) == ("paid", "settled")
    assert (found.settled_cents, found.in_transit_cents, found.total_cents) == (0, 0, 0)
    assert sorted(Event.objects.filter(type__startswith="payout.").values_list("type", flat=True)) == TOLD
    assert (cash, BankLine.objects.count(), TreasuryCase.objects.count()) == (town.bank.book.balance_cents, 1, 0)
    call_command("verify_integrity")


@ONE
@pytest.mark.parametrize(
    ("kill", "target", "name"),
    [
        (killed_before, payouts, "_post"), (killed_after, payouts, "new_transfer"), (killed_after, payouts, "record_events"),
        (killed_after, payouts, "request_payout"),
    ],
    ids=["made", "reserved", "told", "committed"],
)  # fmt: skip
def test_killed_as_it_is_asked_for(acme, town, asks, kill, target, name):
    kill(target, name, lambda: payouts.request_payout(*asks.args, **asks.keywords))

    all_is_well(acme, town, asks)


@ONE
@pytest.mark.parametrize(
    ("kill", "target", "name"),
    [
        (killed_after, batching, "_new_batch"), (killed_after, sending, "make_batch"), (killed_after, sending, "_claimed"),
        (killed_after, sending, "_question"), (killed_before, sending, "record_sent"), (killed_before, sending, "take_receipt"),
        (killed_after, sending, "take_receipt"), (killed_after, sending, "record_sent"),
    ],
    ids=["batch begun", "batch made", "claimed", "question written", "answered", "answer half kept", "receipt taken", "answer kept"],
)  # fmt: skip
def test_killed_as_it_is_sent(acme, town, asks, kill, target, name):
    asks()

    kill(target, name, send_due)

    all_is_well(acme, town, asks)


@pytest.mark.parametrize("kill", [killed_before, killed_after], ids=["before", "after"])
def test_killed_on_the_line_to_the_bank(acme, town, asks, language, kill):
    """The bank has it, or has it not, and nobody here knows."""
    asks()
    target, name = (ApiClient, "call") if language == "sandbox" else (asyncssh.SFTPClient, "rename")

    kill(target, name, send_due)

    all_is_well(acme, town, asks)


@pytest.mark.parametrize("language", ["sandbox-iso", "sandbox-ach"], indirect=True)
def test_killed_with_half_a_file_at_the_bank(acme, town, asks):
    asks()

    killed_after(asyncssh.SFTPClientFile, "write", send_due)

    all_is_well(acme, town, asks)


@ONE
@pytest.mark.parametrize(
    ("kill", "target", "name"),
    [
        (killed_before, taking, "take_statement"), (killed_after, taking, "take_statement"), (killed_before, taking, "record_about"),
        (killed_after, taking, "take_incoming"),
    ],
    ids=["file kept", "booked", "told", "taken"],
)  # fmt: skip
def test_killed_as_the_statement_is_taken(acme, town, asks, kill, target, name):
    asks()
    send_due()
    town.bank.tick()
    town.time_passes_at_the_bank()

    kill(target, name, take_all)

    all_is_well(acme, town, asks)


@ONE
@pytest.mark.slow
def test_killed_at_any_question_to_the_database(acme, town, asks):
    """One payout for each question that the way from asking to the statement puts to the database."""
    died = 0
    for step in ("asked", "sent", "taken"):
        for number in count(1):
            merchant_has = merchant_balance(acme).settled_cents
            if not merchant_has:
                money(acme, 100)
            ask = functools.partial(request_payout, merchant=acme, amount_cents=100, request_key=f"{step}-{number}")
            if step != "asked":
                ask()
            if step == "taken":
                send_due()
                town.bank.tick()
                town.time_passes_at_the_bank()
            is_done = survives_statement(number, {"asked": ask, "sent": send_due, "taken": take_all}[step])
            died += not is_done
            ask()
            town.workers_come_back()
            town.an_hour()
            if is_done:
                break

    assert died > 60
    assert set(Payout.objects.values_list("status", flat=True)) == {"paid"}
    assert town.paid == [100] * Payout.objects.count()
    assert merchant_balance(acme).in_transit_cents == 0
    assert not TreasuryCase.objects.exists()
    call_command("verify_integrity")
