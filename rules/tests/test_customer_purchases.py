"""What is computed of somebody's purchases, cards and letters, to the cent and to the day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from freezegun import freeze_time

from eligibility.models import CurrentDecision, Product, ProductDecision
from merchants.models import Merchant
from rules.customers.compute import values_of
from rules.customers.ensure import customer_for_account, customer_for_merchant, customer_for_shopper
from rules.customers.refresh import refresh_changed, refresh_merchants
from rules.models import Customer, CustomerFeatures
from rules.tests.selling import at, decline, line, person, sell, shopper

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


def known(customer: Customer, today: date = TODAY) -> dict[str, Any]:
    return dict(values_of([customer.pk], today)[customer.pk])


def test_a_person_is_one_across_merchants_and_a_shopper_at_one(acme: Merchant, globex: Merchant) -> None:
    kim = person("kim@home.example")
    at_acme, at_globex = (shopper(each, "kim@home.example", kim) for each in (acme, globex))
    sell(at_acme, at("2026-11-20"), line(10_00))
    sell(at_globex, at("2026-11-21"), line(25_00, bucket="vision"), channel="pos")

    whole, one = known(customer_for_account(kim)), known(customer_for_shopper(at_acme))

    assert (whole["purchases_30d"], whole["spend_30d_cents"], whole["vision_spend_365d_cents"]) == (2, 35_00, 25_00)
    assert whole["merchants_365d"] == {acme.public_id, globex.public_id}
    assert (one["purchases_30d"], one["spend_30d_cents"], one["vision_spend_365d_cents"]) == (1, 10_00, 0)
    assert one["merchants_365d"] == {acme.public_id}
    assert "claims_open" not in one  # asked of persons alone
    assert whole["claims_open"] == 0


@pytest.mark.parametrize(
    ("bought", "spent"),
    [("2026-11-22", 10_00), ("2026-10-24", 10_00), ("2026-10-23", 0)],  # the 30 days that end today
)
def test_a_window_holds_today_and_the_days_before(acme: Merchant, bought: str, spent: int) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at(bought), line())

    assert known(customer_for_shopper(buyer))["spend_30d_cents"] == spent


@pytest.mark.parametrize(
    ("hour", "day", "bought_on"),
    [
        (23, "2026-11-01", date(2026, 11, 1)),  # a day of 25 hours
        (0, "2026-03-08", date(2026, 3, 8)),  # of 23
        (23, "2026-03-08", date(2026, 3, 8)),
    ],
)
def test_days_are_those_of_the_rules_zone(acme: Merchant, hour: int, day: str, bought_on: date) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at(day, hour, 59), line())

    assert known(customer_for_shopper(buyer))["last_purchase_on"] == bought_on


def test_tomorrows_sale_counts_tomorrow(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at("2026-11-23", 0, 1), line())
    customer = customer_for_shopper(buyer)

    assert known(customer)["purchases_30d"] == 0
    assert known(customer, date(2026, 11, 23))["purchases_30d"] == 1


def test_a_refill_is_due_after_the_middle_gap(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    for day, cents in (("2026-08-01", 9_00), ("2026-08-31", 9_00), ("2026-09-15", 9_00), ("2026-10-25", 11_00)):
        sell(buyer, at(day), line(cents, gtin="00300450449108"))
    for day in ("2026-09-01", "2026-09-05"):
        sell(buyer, at(day), line(3_00, gtin="00300450449115"))
    sell(buyer, at("2026-11-01"), line(1_00, status="not_eligible", gtin="1"))
    sell(buyer, at("2026-11-02"), line(1_00, status="not_eligible", gtin="1"))

    values = known(customer_for_shopper(buyer))

    assert values["repeat_items"] == 2
    assert (values["refill_gap_days"], values["next_refill_on"]) == (30, date(2026, 11, 24))  # gaps 30, 15, 40
    assert values["refill_price_cents"] == 11_00


def test_what_ordinary_cards_paid_can_be_claimed(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at("2026-11-10"), line(10_00), line(8_00, status="letter"), line(5_00, status="not_eligible"), benefit_cents=4_00)

    values = known(customer_for_shopper(buyer))

    assert values["claimable_cents"] == 6_00
    assert values["oldest_claimable_on"] == date(2026, 11, 10)
    assert values["letter_spend_365d_cents"] == 8_00
    assert values["benefit_spend_365d_cents"] == 4_00
    assert values["eligible_spend_90d_cents"] == 10_00
    assert values["spend_90d_cents"] == 23_00


def test_declines_say_why(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    decline(buyer, at("2026-11-01"), "54")
    decline(buyer, at("2026-11-02"), "51")

    values = known(customer_for_shopper(buyer))

    assert (values["declines_90d"], values["last_decline"], values["purchases_365d"]) == (2, "funds", 0)


def test_a_cheaper_product_of_the_same_kind_is_found(acme: Merchant, globex: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at("2026-11-01"), line(10_00))
    product(acme, "cheap", 6_50)
    product(acme, "cheaper but gone", 1_00, is_active=False)
    product(globex, "cheaper elsewhere", 2_00)
    customer = customer_for_shopper(buyer)

    refresh_merchants()

    assert known(customer)["cheaper_saving_cents"] == 3_50


@freeze_time("2026-11-22 17:00")
def test_a_new_price_reaches_those_who_bought_such_a_thing(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at("2026-11-01"), line(10_00))
    found = product(acme, "cheap", 6_50)
    refresh_merchants()
    refresh_changed()

    Product.objects.filter(pk=found.pk).update(price_cents=4_00)
    refresh_merchants()
    refresh_changed()

    assert CustomerFeatures.objects.get(customer__shopper=buyer).cheaper_saving_cents == 6_00


def test_a_merchants_business_in_figures(acme: Merchant, globex: Merchant) -> None:
    buyer, other = shopper(acme, "kim@home.example"), shopper(globex, "lee@home.example")
    sell(buyer, at("2026-11-20"), line(30_00), line(10_00, status="not_eligible"), benefit_cents=20_00)
    sell(None, at("2026-10-10"), line(7_00), merchant=acme)
    decline(buyer, at("2026-11-21"), "51")
    sell(other, at("2026-11-20"), line(99_00))

    values = known(customer_for_merchant(acme))

    assert (values["store_sales_30d_cents"], values["store_sales_before_cents"]) == (40_00, 7_00)
    assert (values["store_benefit_30d_cents"], values["store_left_on_table_30d_cents"]) == (20_00, 10_00)
    assert (values["store_eligible_percent_30d"], values["store_decline_percent_30d"]) == (75.0, 50.0)
    assert values["store_last_sale_on"] == date(2026, 11, 20)
    assert "spend_30d_cents" not in values


def product(merchant: Merchant, title: str, cents: int, **more: Any) -> Product:
    row = Product.objects.create(merchant=merchant, sku=title, title=title, price_cents=cents, **more)
    decision = ProductDecision.objects.create(
        product=row, merchant=merchant, status="eligible", category_code="pain-relievers-oral", evidence="list", confidence=1,
        decision={}, cause="saved", decided_at=at("2026-01-01"),
    )  # fmt: skip
    CurrentDecision.objects.create(
        product=row, merchant=merchant, decision=decision, status="eligible", item_key=title, judged="", substance="",
        basis_model="", basis_lists="", confidence=1, checked_at=at("2026-01-01"),
    )  # fmt: skip
    return row
