"""Made-up customers: believable, marked, broken on demand; with sales, computed as anybody."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from checkout.models import Payment
from rules.customers.made_up.features import VALUES
from rules.customers.rebuild import customer_ids
from rules.customers.refresh import fresh_values, refresh_changed, refresh_merchants, stored_values
from rules.fields.catalogue import FIELDS
from rules.fields.types import MERCHANT
from rules.models import Customer, CustomerChange, CustomerFeatures
from shoppers.models import Shopper
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db


def make(*options: str) -> str:
    out = StringIO()
    call_command("make_customers", *options, stdout=out)
    return out.getvalue()


def drawn() -> list[tuple[object, ...]]:
    names = [name for name in VALUES if name != "merchants_365d"]
    return list(CustomerFeatures.objects.order_by("customer").values_list(*names))


def test_made_up_customers_fit_together_and_are_never_computed() -> None:
    trail = AuditEntry.objects.count()
    make("--n", "500")

    rows = CustomerFeatures.objects.all()
    assert rows.count() == 500 == Customer.objects.filter(is_made_up=True).count()
    assert Customer.objects.filter(kind="person").count() == 400
    assert not rows.filter(eligible_spend_365d_cents__gt=F("spend_365d_cents")).exists()
    assert not rows.filter(health_fsa_at_risk_cents__gt=F("health_fsa_balance_cents")).exists()
    assert not rows.filter(customer__kind="shopper", claims_open__isnull=False).exists()
    assert 100 < rows.filter(health_fsa_balance_cents__isnull=False).count() < 400
    shopper = Shopper.objects.first()
    assert shopper
    assert shopper.email == f"{shopper.public_id}@made-up.example"  # sealed for its own row
    assert customer_ids() == list(Customer.objects.filter(kind="merchant").values_list("pk", flat=True))
    assert not CustomerChange.objects.filter(kind__in=["account", "shopper"]).exists()
    assert AuditEntry.objects.count() - trail < 10

    before = drawn()
    refresh_merchants()
    refresh_changed()
    assert [row for row in drawn() if row[0] != "merchant"] == before


def test_every_field_of_people_is_drawn() -> None:
    assert set(VALUES) == {field.name for field in FIELDS if field.audiences != MERCHANT}


def test_a_seed_draws_the_same_again() -> None:
    make("--n", "50", "--seed", "7")
    first = drawn()
    CustomerFeatures.objects.all().delete()
    Customer.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shoppers_shopper; DELETE FROM shoppers_shopperaccount")

    make("--n", "50", "--seed", "7")
    assert drawn() == first


def test_poison_is_what_columns_accept_and_reading_survives() -> None:
    make("--n", "100", "--poison", "9")

    values = stored_values(Customer.objects.values_list("pk", flat=True))
    assert len(values) == 100
    assert sum(each["spend_365d_cents"] == 2**63 - 1 for each in values.values()) == 1
    assert sum(str(each.get("letter_expires_on")) == "9999-12-31" for each in values.values()) == 1
    assert sum(str(each.get("store_decline_percent_30d")) == "nan" for each in values.values()) == 1
    for customer in Customer.objects.all():
        assert fresh_values(customer) is not None


@pytest.mark.parametrize("day", ["infinity", "-infinity", "10000-01-01", "0044-03-15 BC"])
def test_a_date_that_no_program_reads_is_refused_by_the_table(day: str) -> None:
    make("--n", "10")

    with pytest.raises(DatabaseError, match="features_dates_can_be_read"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE rules_customerfeatures SET last_otc_on = %s", [day])


def test_with_sales_features_are_computed_and_compared() -> None:
    make("--n", "60", "--with-sales")
    assert not Customer.objects.filter(is_made_up=True).exists()
    refresh_merchants()
    refresh_changed()

    out = StringIO()
    call_command("rebuild_features", "--compare", stdout=out)

    assert "Nothing differs" in out.getvalue()
    assert "61 customers" in out.getvalue()
    bought = Payment.objects.values("session__shopper").distinct().count()
    assert bought == 30
    assert CustomerFeatures.objects.filter(customer__kind="person", first_purchase_on__isnull=False).count() == 30
    assert CustomerFeatures.objects.filter(customer__kind="merchant").get().store_balance_cents == sum(
        Payment.objects.values_list("amount_cents", flat=True)
    )


def test_sales_and_poison_do_not_go_together() -> None:
    with pytest.raises(CommandError, match="not poisoned"):
        make("--n", "10", "--with-sales", "--poison", "1")
    assert not Customer.objects.exists()
