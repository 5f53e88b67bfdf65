"""Bank accounts: proved before they are paid to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from treasury.errors import BankAccountInvalid, BankAccountNotReady, BankAmountsWrong
from treasury.models import BankAccount, BankTransfer
from treasury.services.accounts import (
    PROOFS,
    add_bank_account,
    ask_name,
    make_default,
    remove_bank_account,
    send_amounts,
    tell_amounts,
)
from treasury.services.sending import send_due
from treasury.tests.samples import ACCOUNT, ROUTING, an_account

pytestmark = pytest.mark.django_db


def add(merchant, **changes):
    asked = {"holder": "Acme Pharmacy LLC", "routing_number": ROUTING, "account_number": ACCOUNT, "kind": "checking", "by": None}
    return add_bank_account(merchant=merchant, **{**asked, **changes})


def amounts(account):
    account.refresh_from_db()
    return [int(cents) for cents in account.amounts.split()]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"routing_number": "011000016"}, "routing_number"), ({"routing_number": "11000015"}, "routing_number"),
        ({"account_number": "12"}, "account_number"), ({"account_number": "1234567890123456789"}, "account_number"),
        ({"holder": " "}, "holder"), ({"kind": "gold"}, "kind"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_account_is_refused(acme, changes, param):
    with pytest.raises(BankAccountInvalid) as refusal:
        add(acme, **changes)

    assert (refusal.value.param, BankAccount.objects.count()) == (param, 0)


def test_an_account_is_added_once_and_its_number_is_sealed(acme):
    first, again = add(acme), add(acme, account_number=" 000123 456789 ")

    assert first == again
    row = BankAccount.objects.values("account_number", "routing_number", "holder").get()
    assert ACCOUNT not in str(row)
    assert "Acme" not in str(row)


def test_two_amounts_prove_the_account(acme, desk):
    account = ask_name(add(acme))
    assert account.name_match == "match"
    send_amounts(account=account)
    send_amounts(account=account)
    send_due()
    first, second = amounts(account)
    assert sorted(one.amount_cents for one in desk.transfers.values()) == sorted((first, second))
    assert {one.description for one in desk.transfers.values()} == {"ACCTVERIFY"}

    tell_amounts(account=account, first_cents=second, second_cents=first)

    account.refresh_from_db()
    assert (account.status, account.is_default, account.amounts) == ("verified", True, None)


def test_wrong_amounts_count_and_the_third_ends_it(acme, desk):
    account = add(acme)
    send_amounts(account=account)

    for words in ("2 more times", "1 more time", "closed to payouts"):
        with pytest.raises(BankAmountsWrong, match=words):
            tell_amounts(account=account, first_cents=100, second_cents=100)

    account.refresh_from_db()
    assert account.status == "refused"
    with pytest.raises(BankAccountNotReady):
        tell_amounts(account=account, first_cents=1, second_cents=1)


def test_an_account_of_another_name_gets_no_amounts(acme, desk):
    desk.name = "no_match"
    account = ask_name(add(acme))

    with pytest.raises(BankAccountNotReady, match="another name"):
        send_amounts(account=account)
    assert not BankTransfer.objects.exists()


@pytest.mark.parametrize("is_taken_away", [False, True], ids=["beside", "instead"])
def test_a_second_account_waits_even_where_the_first_is_taken_away(acme, desk, settings, is_taken_away):
    settings.BANK_CHANGE_WAIT_HOURS = 72
    first = an_account(acme)
    if is_taken_away:
        remove_bank_account(account=first)
    account = add(acme, account_number="000555666777")
    send_amounts(account=account)

    tell_amounts(account=account, first_cents=amounts(account)[0], second_cents=amounts(account)[1])

    account.refresh_from_db()
    assert account.is_default == is_taken_away
    assert account.usable_at > timezone.now() + timedelta(hours=71)


def test_the_first_account_waits_for_nothing(acme, desk, settings):
    settings.BANK_CHANGE_WAIT_HOURS = 72
    account = add(acme)
    send_amounts(account=account)

    tell_amounts(account=account, first_cents=amounts(account)[0], second_cents=amounts(account)[1])

    account.refresh_from_db()
    assert account.usable_at <= timezone.now()


def test_amounts_are_neither_collected_nor_guessed_by_adding_accounts_again_and_again(acme, globex, desk):
    for number in range(PROOFS):
        account = add(acme, account_number=f"0005556667{number}")
        send_amounts(account=account)
        remove_bank_account(account=account)
    sixth = add(acme, account_number="00055566699")

    with pytest.raises(BankAccountNotReady, match="within 30 days"):
        send_amounts(account=sixth)

    assert BankTransfer.objects.count() == 2 * PROOFS
    assert send_amounts(account=add(globex)).status == "awaiting_amounts"
    BankAccount.objects.filter(pk=account.pk).update(amounts_sent_at=timezone.now() - timedelta(days=31))
    assert send_amounts(account=sixth).status == "awaiting_amounts"


def test_a_bank_that_says_late_that_it_is_another_name_is_heard(acme, desk):
    account = add(acme)
    send_amounts(account=account)
    desk.name = "no_match"
    ask_name(account)

    with pytest.raises(BankAccountNotReady, match="another name"):
        tell_amounts(account=account, first_cents=amounts(account)[0], second_cents=amounts(account)[1])


def test_one_is_the_default_and_a_removed_one_is_none(acme):
    first, second = an_account(acme), an_account(acme, number="000555666777", is_default=False)

    make_default(account=second)
    remove_bank_account(account=first)
    remove_bank_account(account=first)

    assert list(BankAccount.objects.filter(is_default=True)) == [second]
    with pytest.raises(BankAccountNotReady):
        make_default(account=first)
