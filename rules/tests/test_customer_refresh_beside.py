"""Refreshers beside each other, beside transactions that commit late, and those that die half-way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction

from checkout.models import Payment
from common.scopes import across_merchants
from conftest import make_merchant
from merchants.models import Merchant
from rules.customers import refresh
from rules.customers.ensure import ensure
from rules.customers.rebuild import Comparison, compare, customer_ids
from rules.customers.refresh import refresh_changed, refresh_merchants
from rules.customers.tasks import refresh_customers
from rules.customers.today import rules_today
from rules.models import Customer, CustomerChange, CustomerFeatures
from rules.tests.selling import line, person, sell, shopper
from shoppers.benefits.models import BenefitAccount
from vault import merchant_keys

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    """Work on a connection of its own."""

    def run() -> None:
        try:
            with across_merchants("tests look at everything"):
                work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def differences() -> list[Any]:
    found = Comparison()
    compare(customer_ids(), rules_today(), found)
    return [*found.shown, *(["waiting"] * found.waiting)]


@contextmanager
def other_transaction() -> Iterator[Any]:
    """A transaction beside the test's own, open until it ends by itself."""
    beside = connections.create_connection("default")
    beside.set_autocommit(False)
    try:
        yield beside
    finally:
        beside.close()


def test_what_commits_late_is_not_lost() -> None:
    """A balance is told in a transaction that began before others, and ends after their changes were dealt with."""
    kim, lee = person("kim@home.example"), person("lee@home.example")
    year = {
        "kind": "lpfsa",
        "plan_starts_on": "2020-01-01",
        "plan_ends_on": "2999-12-31",
        "balance_cents": 1_00,
        "balance_on": "2026-01-01",
    }
    of = {each.pk: BenefitAccount.objects.create(account=each, **year) for each in (kim, lee)}
    refresh_changed()

    with other_transaction() as late:
        with late.cursor() as cursor:
            cursor.execute("UPDATE shoppers_benefitaccount SET balance_cents = 700 WHERE id = %s", [of[kim.pk].pk])
        BenefitAccount.objects.filter(pk=of[lee.pk].pk).update(balance_cents=8_00)  # a later note, which commits first
        refresh_changed()
        assert CustomerFeatures.objects.get(customer__account=lee).lpfsa_balance_cents == 8_00
        assert CustomerFeatures.objects.get(customer__account=kim).lpfsa_balance_cents == 1_00
        late.commit()
    refresh_changed()

    assert CustomerFeatures.objects.get(customer__account=kim).lpfsa_balance_cents == 7_00
    assert differences() == []


def test_who_dies_between_computing_and_storing_leaves_the_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = shopper(make_merchant("Acme"), "kim@home.example")
    sell(buyer, datetime.now(UTC), line())
    before = CustomerChange.objects.count()

    def die(*args: Any) -> int:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(refresh, "write", die)
        with pytest.raises(SystemExit):
            refresh_changed()

    assert CustomerChange.objects.count() == before
    assert not Customer.objects.exists()
    refresh_changed()
    assert CustomerFeatures.objects.get(customer__shopper=buyer).purchases_365d == 1


def test_of_two_refreshers_the_one_that_looked_last_writes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first has taken a note and waits before it stores; a sale follows; the second takes that note, and must wait."""
    buyer = shopper(make_merchant("Acme"), "kim@home.example")
    refresh_changed()
    sell(buyer, datetime.now(UTC), line(1_00))
    first_is_in, second_may_come = threading.Event(), threading.Event()
    really = refresh.write

    def slowly(ids: list[int], today: Any) -> int:
        done = really(ids, today)
        if not first_is_in.is_set():
            first_is_in.set()
            assert second_may_come.wait(10)
        return done

    monkeypatch.setattr(refresh, "write", slowly)
    first = in_thread(refresh_changed)
    assert first_is_in.wait(10)
    sell(buyer, datetime.now(UTC), line(2_00))
    second = in_thread(refresh_changed)
    second_may_come.set()
    first.join(20)
    second.join(20)
    refresh_changed()

    assert CustomerFeatures.objects.get(customer__shopper=buyer).spend_30d_cents == 3_00
    refresh_merchants()
    assert differences() == []


def test_many_refreshers_and_sales_at_once_end_right() -> None:
    store = make_merchant("Acme")
    buyers = [shopper(store, f"{n}@shop.example", person(f"{n}@home.example")) for n in range(6)]

    def sales() -> None:
        for n in range(12):
            with transaction.atomic():
                sell(buyers[n % 6], datetime.now(UTC), line(100 + n), benefit_cents=50)

    threads = [in_thread(sales), in_thread(sales), *(in_thread(lambda: [refresh_changed() for _ in range(8)]) for _ in range(2))]
    for thread in threads:
        thread.join(60)
    refresh_changed()
    refresh_merchants()

    assert Payment.objects.filter(status="captured").count() == 24
    assert differences() == []
    assert Customer.objects.filter(kind="shopper").count() == Customer.objects.filter(kind="person").count() == 6


def test_customers_made_by_two_at_once_are_made_once() -> None:
    store = make_merchant("Acme")
    ids = [shopper(store, f"{n}@shop.example").pk for n in range(50)]
    barrier = threading.Barrier(3)

    def make() -> None:
        barrier.wait(10)
        ensure("shopper", ids)

    threads = [in_thread(make) for _ in range(3)]
    for thread in threads:
        thread.join(20)

    assert Customer.objects.filter(kind="shopper").count() == 50


def test_a_locked_merchants_key_stops_nothing() -> None:
    """Nothing sealed is read: what a locked merchant's shoppers bought is known all the same, by the task as it runs."""
    store = make_merchant("Acme")
    buyer = shopper(store, "kim@home.example")
    sell(buyer, datetime.now(UTC), line())
    merchant_keys.lock_key(merchant_id=store.pk)

    refresh_customers()  # as a worker calls it

    assert CustomerFeatures.objects.get(customer__shopper=buyer).spend_30d_cents == 10_00


def test_the_same_address_at_two_merchants_is_two_customers(acme: Merchant, globex: Merchant) -> None:
    """Neither shopper's customer knows of the other's sale."""
    here, there = shopper(acme, "kim@home.example"), shopper(globex, "kim@home.example")
    sell(there, datetime.now(UTC), line(77_00))
    refresh_changed()

    assert CustomerFeatures.objects.get(customer__shopper=here).spend_30d_cents == 0
    assert CustomerFeatures.objects.get(customer__shopper=there).merchants_365d == [globex.public_id]
