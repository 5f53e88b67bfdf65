"""The tenant guard over all models: outside a scope nothing is read, inside one only that merchant's rows."""

from __future__ import annotations

import re

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.db.models import CompositePrimaryKey, Count, Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from checkout.models import CheckoutSession, LineItem, NetworkAdvice, Payment, Receipt, Tender, TenderLine
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, VISA, evidence, open_session  # noqa: F401  (fixtures)
from common.scopes import ScopedManager, ScopeError, guarded, scope
from fsa_platform.tests.scoped_models import NOT_SCOPED, merchant_paths, models_of_merchants, scoped_models
from ledger.errors import ReferenceReused
from ledger.models import Account, Entry, Leg
from ledger.selectors import balance_cents, merchant_balance
from ledger.services import account_of, post_entry
from merchants.models import Event, Member, Merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales(acme, globex, acme_owner, globex_owner, open_session, token):  # noqa: F811
    """One paid sale of each merchant."""
    return {
        merchant: pay_session(
            session=open_session(merchant), benefit_token=token(merchant, FSA), card_token=token(merchant, VISA),
            email="ann@example.com",
        )
        for merchant in (acme, globex)
    }  # fmt: skip


def test_every_model_that_leads_to_a_merchant_is_scoped_or_says_why_not():
    unscoped = {model._meta.label for model in models_of_merchants()} - {model._meta.label for model in scoped_models()}

    assert unscoped == set(NOT_SCOPED)
    assert all(NOT_SCOPED.values())


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model._meta.label)
def test_a_scoped_model_is_scoped_by_a_path_to_its_merchant_and_by_every_manager(model):
    assert "__".join(model.merchant_path.names) in set(merchant_paths(model))
    assert all(isinstance(manager, ScopedManager) for manager in model._meta.managers)


READS = {
    "list": lambda rows: list(rows.all()),
    "bool": lambda rows: bool(rows.all()),
    "slice": lambda rows: rows.all()[0],
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "exists after exclude": lambda rows: rows.exclude(pk=0).exists(),
    "contains": lambda rows: rows.contains(CheckoutSession(pk=1)),
    "get": lambda rows: rows.get(pk=1),
    "first": lambda rows: rows.first(),
    "latest": lambda rows: rows.latest("pk"),
    "in_bulk": lambda rows: rows.in_bulk(),
    "in_bulk of ids": lambda rows: rows.in_bulk([1]),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("pk", flat=True)),
    "dates": lambda rows: list(rows.datetimes("created_at", "day")),
    "aggregate": lambda rows: rows.aggregate(n=Count("pk")),
    "annotate": lambda rows: list(rows.annotate(n=Count("lines"))),
    "iterator": lambda rows: list(rows.iterator()),
    "explain": lambda rows: rows.explain(),
    "select_for_update": lambda rows: rows.select_for_update().first(),
    "select_related": lambda rows: rows.select_related("merchant").first(),
    "prefetch_related": lambda rows: list(rows.prefetch_related("lines")),
    "union": lambda rows: list(rows.union(rows.all())),
    "union as part of a query": lambda rows: list(Merchant.objects.values("pk").union(rows.values("pk"))),
    "or": lambda rows: list(rows.filter(pk=1) | rows.filter(pk=2)),
    "raw": lambda rows: list(rows.raw("SELECT * FROM checkout_checkoutsession")),
    "subquery": lambda rows: list(Merchant.objects.filter(pk__in=rows.exclude(pk=0).values("merchant"))),
    "exists as part of a query": lambda rows: list(Merchant.objects.filter(Exists(rows.filter(merchant=OuterRef("pk"))))),
    "update": lambda rows: rows.update(currency="EUR"),
    "update of some": lambda rows: rows.filter(pk=1).update(currency="EUR"),
    "delete": lambda rows: rows.all().delete(),
    "delete of some": lambda rows: rows.filter(pk=1).delete(),
    "get_or_create": lambda rows: rows.get_or_create(pk=1),
    "update_or_create": lambda rows: rows.update_or_create(pk=1),
    "bulk_update": lambda rows: rows.bulk_update([CheckoutSession(pk=1, currency="EUR")], ["currency"]),
    "asynchronous": lambda rows: async_to_sync(rows.acount)(),
    "asynchronous list": lambda rows: async_to_sync(rows.aget)(pk=1),
}  # fmt: skip


@pytest.mark.parametrize("read", READS)
def test_outside_every_scope_no_method_reads_or_changes_anything(read):
    with (
        guarded(),
        CaptureQueriesContext(connection) as asked,
        pytest.raises(ScopeError, match=r"checkout.CheckoutSession was asked for outside every scope"),
    ):
        READS[read](CheckoutSession.objects)

    assert [query for query in asked if "SAVEPOINT" not in query["sql"]] == []


def test_outside_every_scope_related_rows_are_not_read_either(sales, acme):
    payment = Payment.objects.get(merchant=acme)

    with guarded():
        for related in (payment.tenders, acme.sessions, acme.members, payment.session.lines):
            with pytest.raises(ScopeError):
                list(related.all())
        assert payment.session.merchant == acme  # what a row in hand points to is known by having the row
        payment.refresh_from_db()


def test_what_asks_nothing_needs_no_scope(acme):
    with guarded():
        assert list(Event.objects.none()) == []
        Event.objects.create(merchant=acme, type="a", object_id="x", data={})
        Event.objects.bulk_create([Event(merchant=acme, type="b", object_id="x", data={})])
        lazy = CheckoutSession.objects.filter(status="open").order_by("pk").select_related("merchant")[:3]

    with pytest.raises(ScopeError):
        list(lazy)
    assert Event.objects.count() == 2


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model._meta.label)
def test_inside_a_scope_the_rows_are_those_whose_path_leads_to_the_merchant(sales, acme, globex, model):
    path = "__".join(model.merchant_path.names)
    mine = set(model._base_manager.filter(**{path: acme.pk}).values_list("pk", flat=True))
    shared = (
        set(model._base_manager.filter(**{path: None}).values_list("pk", flat=True)) if model.merchant_path.with_shared else set()
    )

    nobody = (0, 0) if isinstance(model._meta.pk, CompositePrimaryKey) else 0

    with scope(merchant=acme):
        assert set(model.objects.values_list("pk", flat=True)) == mine | shared
        assert model.objects.count() == len(mine | shared)
        assert {row.pk for row in model.objects.exclude(pk=nobody)} == mine | shared
        assert set(model.objects.filter(pk__in=model.objects.values("pk")).values_list("pk", flat=True)) == mine | shared


SOLD = (CheckoutSession, LineItem, Payment, Tender, TenderLine, NetworkAdvice, Receipt, Entry, Leg, Event, Member)


@pytest.mark.parametrize("model", SOLD, ids=lambda model: model._meta.label)
def test_another_merchants_row_cannot_be_named(sales, acme, globex, model):
    with scope(merchant=globex):
        theirs = model.objects.order_by("pk").first()

    with scope(merchant=acme):
        assert theirs is not None
        assert model.objects.exists()
        assert not model.objects.filter(pk=theirs.pk).exists()
        assert model.objects.in_bulk([theirs.pk]) == {}
        with pytest.raises(model.DoesNotExist):
            model.objects.get(pk=theirs.pk)


def test_another_merchants_row_cannot_be_changed(sales, acme, globex):
    with scope(merchant=acme):
        theirs = sales[globex]
        theirs.currency = "EUR"
        assert CheckoutSession.objects.filter(pk=theirs.pk).update(currency="EUR") == 0
        assert CheckoutSession.objects.bulk_update([theirs], ["currency"]) == 0
        assert Tender.objects.filter(payment__session=theirs).update(last4="0000") == 0
        assert Member.objects.filter(merchant=globex).delete()[0] == 0

    assert CheckoutSession.objects.get(pk=theirs.pk).currency == "USD"
    assert Member.objects.filter(merchant=globex).exists()


def test_related_rows_and_prefetched_rows_are_kept_apart_too(sales, acme, globex):
    with scope(merchant=acme):
        assert list(sales[globex].lines.all()) == []
        assert list(globex.members.all()) == []
        merchants = Merchant.objects.prefetch_related("sessions__payments__tenders").order_by("name")
        sold = {m.name: [len(p.tenders.all()) for s in m.sessions.all() for p in s.payments.all()] for m in merchants}

    assert sold == {"Acme": [2], "Globex": []}


def test_a_guarded_update_stays_one_statement_over_its_own_row(sales, acme):
    """PostgreSQL checks `status` again after it waited for somebody else's change. In a subquery it would not."""
    tender = Tender.objects.filter(payment__merchant=acme).first()

    with scope(merchant=acme), CaptureQueriesContext(connection) as asked:
        assert Tender.objects.filter(pk=tender.pk, status="captured").update(message="x") == 1
        assert list(Tender.objects.select_for_update().filter(pk=tender.pk).order_by()) == [tender]

    update, lock = (query["sql"] for query in asked)
    of_its_own = re.sub(r"IN \(SELECT [^()]*\)", "", update)
    assert '"status" = ' in of_its_own
    assert "SELECT" not in of_its_own
    assert "JOIN" not in update + lock


def test_the_platforms_own_accounts_are_everybodys_but_their_balance_is_nobodys(sales, acme):
    receivable = account_of(kind=Account.Kind.NETWORK_BENEFIT)

    with scope(merchant=acme):
        assert account_of(kind=Account.Kind.NETWORK_BENEFIT) == receivable
        assert merchant_balance(acme).total_cents == 4200
        with pytest.raises(ScopeError, match="over all merchants"):
            balance_cents(receivable)
    assert balance_cents(receivable) == 6000


def test_a_reference_that_another_merchant_posted_is_refused(sales, acme, globex):
    theirs = Entry.objects.get(merchant=globex)
    legs = {
        account_of(kind=Account.Kind.NETWORK_BENEFIT): 100,
        account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=acme): -100,
    }

    with scope(merchant=acme), pytest.raises(ReferenceReused, match="for somebody else"), transaction.atomic():
        post_entry(reference=theirs.reference, legs=legs, description="Sale", merchant=acme)
    assert Leg.objects.filter(entry=theirs).count() == 3


@pytest.mark.parametrize("nobody", [None, [], True, "mer_x"])
def test_a_scope_of_nobody_is_refused(nobody):
    with scope(merchant=nobody), pytest.raises(ScopeError, match="one merchant"):
        Payment.objects.count()
