"""Who is limited to some stores: what lies in a store is kept to theirs in every query, and no model that leads to a store is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import ForeignKey, Model
from django.test.utils import CaptureQueriesContext

from checkout.models import CheckoutSession, LineItem, Payment, Receipt, Tender
from common.scopes import across_merchants, guarded, places_in_scope, scope
from fsa_platform.tests.scoped_models import NOT_SCOPED, models_of_merchants, scoped_models
from merchants.models import Event
from portal.tests.admin_samples import make_sale
from pos_monitor.models import Store, Terminal, TillSale
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = pytest.mark.django_db
LEADING = (Store, Terminal, CheckoutSession)  # what leads to one of these lies in a store, or may


def leads_to_a_store(model: type[Model], seen: tuple[type[Model], ...] = ()) -> bool:
    links = [field.related_model for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    return any(link in LEADING or leads_to_a_store(link, (*seen, model)) for link in links if link not in (model, *seen))


def test_every_scoped_model_that_leads_to_a_store_says_where_it_lies():
    leading = {model for model in models_of_merchants() if model in LEADING or leads_to_a_store(model)}
    placed = {model for model in scoped_models() if model.place_path is not None}

    assert {model._meta.label for model in leading - placed} <= set(NOT_SCOPED)
    assert {model._meta.label for model in placed - leading} == set()


@pytest.fixture
def chain(acme) -> Iterator[tuple[Store, Store]]:
    """Two stores, each with a till and a paid sale, a till in stock, and a sale online."""
    here, there = a_store(acme, "Here", region="TX"), a_store(acme, "There", region="CA")
    for number, store in enumerate((here, there), 1):
        sale = make_sale(acme, order=f"A-{number}", number=number)
        TillSale.objects.create(
            merchant=acme, terminal=a_terminal(acme, store), store=store, sale_number="1", session=sale, sold_at=sale.created_at
        )
    make_sale(acme, order="online", number=3)
    a_terminal(acme, state=Terminal.State.STOCK)
    return here, there


SOLD = {CheckoutSession: "client_reference_id", Payment: "session__client_reference_id", LineItem: "session__client_reference_id"}


@pytest.mark.parametrize("model", SOLD, ids=lambda model: model._meta.label)
def test_sales_of_other_stores_and_online_are_not_seen(acme, chain, model):
    here, there = chain

    def orders() -> set[str]:
        return set(model.objects.values_list(SOLD[model], flat=True))

    with scope(merchant=acme):
        assert orders() == {"A-1", "A-2", "online"}
    with scope(merchant=acme, places=(here.pk,)):
        assert orders() == {"A-1"}
        assert places_in_scope() == (here.pk,)
    with scope(merchant=acme, places=(here.pk, there.pk)):
        assert orders() == {"A-1", "A-2"}
    with scope(merchant=acme, places=()):
        assert orders() == set()


@pytest.mark.parametrize("model", [m for m in scoped_models() if m.place_path], ids=lambda model: model._meta.label)
def test_every_model_with_a_place_can_be_asked_and_a_reach_of_nothing_sees_nothing(acme, chain, model):
    with scope(merchant=acme, places=(chain[0].pk,)):
        assert model.objects.count() == len(list(model.objects.all()))
    with scope(merchant=acme, places=()):
        assert not model.objects.exists()


def test_stores_and_tills_of_other_places_are_nobodys(acme, chain):
    here, there = chain

    with scope(merchant=acme, places=(here.pk,)):
        assert list(Store.objects.values_list("name", flat=True)) == ["Here"]
        assert {till.store for till in Terminal.objects.all()} == {here}
        assert not Terminal.objects.filter(store=there).exists()
        assert not there.terminals.exists()  # related rows too
        assert Terminal.objects.filter(store=there).update(label="x") == 0
        assert TillSale.objects.filter(store=there).first() is None


def test_what_lies_in_no_store_is_left_to_the_doors(acme, chain):
    Event.objects.create(merchant=acme, type="a", object_id="x", data={})

    with scope(merchant=acme, places=(chain[0].pk,)):
        assert Event.objects.exists()


def test_another_merchants_store_leads_nowhere(acme, globex, chain):
    theirs = a_store(globex)
    a_terminal(globex, theirs)

    with scope(merchant=acme, places=(theirs.pk,)):
        assert not Store.objects.exists()
        assert not Terminal.objects.exists()
        assert not Payment.objects.exists()


def test_a_scope_inside_stays_limited_and_one_across_merchants_is_not(acme, chain):
    with scope(merchant=acme, places=(chain[0].pk,)):
        with scope(merchant=acme):
            assert Payment.objects.count() == 1
        with across_merchants("a test looks at both"):
            assert Payment.objects.count() == 3
            assert places_in_scope() is None
    with guarded():
        assert places_in_scope() is None


def test_without_a_limit_a_query_is_what_it_was(acme, chain):
    """Checkout asks thousands of these a second: not one byte more."""
    with scope(merchant=acme), CaptureQueriesContext(connection) as asked:
        list(Tender.objects.filter(payment__status="captured").order_by("pk"))
        list(Receipt.objects.all())

    assert not any("tillsale" in query["sql"] or "ANY" in query["sql"] for query in asked)


def test_a_limited_update_stays_one_statement_over_its_own_row(acme, chain):
    with scope(merchant=acme, places=(chain[0].pk,)), CaptureQueriesContext(connection) as asked:
        assert Tender.objects.filter(status="captured").update(message="x") == 2
        assert len(Tender.objects.select_for_update().order_by()) == 2

    assert len(asked) == 2
    assert not any("JOIN" in query["sql"] for query in asked)
