"""Writing balanced entries to the book."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.scopes import across_merchants
from ledger.errors import EntryUnbalanced, ReferenceReused
from ledger.models import Account, Entry, Leg
from ledger.selectors import Balances, balance_cents, merchant_balance
from ledger.services import account_of, post_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def receivable(db):
    return account_of(kind=Account.Kind.NETWORK_ORDINARY)


@pytest.fixture
def benefit(db):
    return account_of(kind=Account.Kind.NETWORK_BENEFIT)


@pytest.fixture
def payable(acme):
    return account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=acme)


def test_an_entry_moves_its_legs(acme, receivable, benefit, payable):
    entry = post_entry(
        reference="cap-1", legs={benefit: 30_00, receivable: 12_50, payable: -42_50}, description="Sale", merchant=acme
    )

    assert (balance_cents(benefit), balance_cents(receivable), balance_cents(payable)) == (30_00, 12_50, -42_50)
    assert merchant_balance(acme) == Balances(
        "USD", pending_cents=42_50, settled_cents=0, reserve_cents=0, in_transit_cents=0, advanced_cents=0
    )
    assert (entry.reference, entry.merchant, entry.legs.count()) == ("cap-1", acme, 3)


def test_repeating_a_reference_moves_money_once(receivable, payable):
    first = post_entry(reference="cap-1", legs={receivable: 12_50, payable: -12_50}, description="Sale")
    again = post_entry(reference="cap-1", legs={payable: -12_50, receivable: 12_50}, description="Sale")

    assert again == first
    assert balance_cents(receivable) == 12_50


@pytest.mark.parametrize(
    "change",
    [lambda r, b, p: {r: 12_51, p: -12_51}, lambda r, b, p: {b: 12_50, p: -12_50}, lambda r, b, p: {r: -12_50, p: 12_50}],
)
def test_a_known_reference_with_other_legs_is_refused(receivable, benefit, payable, change):
    post_entry(reference="cap-1", legs={receivable: 12_50, payable: -12_50}, description="Sale")

    with pytest.raises(ReferenceReused), transaction.atomic():
        post_entry(reference="cap-1", legs=change(receivable, benefit, payable), description="Sale")

    assert Entry.objects.count() == 1
    assert (balance_cents(receivable), balance_cents(benefit), balance_cents(payable)) == (12_50, 0, -12_50)


@pytest.mark.parametrize(("debit", "credit", "off_by"), [(100, -99, 1), (100, 100, 200), (100, 0, 100), (0, -1, -1)])
def test_an_unbalanced_entry_is_refused(receivable, payable, debit, credit, off_by):
    with pytest.raises(EntryUnbalanced) as refusal, transaction.atomic():
        post_entry(reference="cap-1", legs={receivable: debit, payable: credit}, description="Sale")

    assert refusal.value.details == {"off_by_cents": off_by}
    assert not Entry.objects.exists()


@pytest.mark.parametrize("cents", [None, 0])
def test_an_entry_that_moves_nothing_is_refused(receivable, payable, cents):
    with pytest.raises(EntryUnbalanced), transaction.atomic():
        post_entry(reference="cap-1", legs={} if cents is None else {receivable: 0, payable: 0}, description="Sale")

    assert not Entry.objects.exists()


def test_legs_of_nothing_are_left_out(receivable, benefit, payable):
    entry = post_entry(reference="cap-1", legs={receivable: 100, benefit: 0, payable: -100}, description="Sale")

    assert set(entry.legs.values_list("account", "amount_cents")) == {(receivable.pk, 100), (payable.pk, -100)}


@pytest.mark.django_db(transaction=True)
def test_legs_in_two_currencies_are_refused(acme, receivable):
    euros = account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=acme, currency="EUR")

    with pytest.raises(IntegrityError, match="mixes currencies"):
        post_entry(reference="cap-1", legs={receivable: 100, euros: -100}, description="Sale")

    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_writes_and_all_get_the_same_entry(receivable, payable):
    start, entries = threading.Barrier(5), []

    @across_merchants("a thread of a test")
    def post():
        try:
            start.wait()
            entries.append(post_entry(reference="cap-1", legs={receivable: 100, payable: -100}, description="Sale").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(entries), len(set(entries))) == (5, 1)
    assert balance_cents(receivable) == 100


@pytest.mark.django_db(transaction=True)
def test_an_account_is_opened_once(acme):
    start, accounts = threading.Barrier(5), []

    @across_merchants("a thread of a test")
    def open_account():
        try:
            start.wait()
            accounts.append(account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=acme).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=open_account) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(accounts), len(set(accounts))) == (5, 1)


MOVES = st.lists(st.tuples(st.integers(1, 10**10), st.integers(1, 10**10), st.integers(0, 3)), min_size=1, max_size=6)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_the_book_sums_to_zero_whatever_is_posted(receivable, benefit, payable, moves):
    before = Leg.objects.count()

    for number, (first, second, repeats) in enumerate(moves):
        for _ in range(1 + repeats):
            post_entry(
                reference=f"{before}-{number}",
                legs={receivable: first, benefit: second, payable: -first - second},
                description="Sale",
            )

    assert sum(Leg.objects.values_list("amount_cents", flat=True)) == 0
    assert Leg.objects.count() == before + 3 * len(moves)
    assert balance_cents(receivable) + balance_cents(benefit) == -balance_cents(payable)
