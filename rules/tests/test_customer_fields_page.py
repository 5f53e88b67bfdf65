"""What staff see of what is known of a customer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from merchants.models import Merchant
from people.models import User
from rules.customers.ensure import customer_for_shopper
from rules.customers.refresh import refresh_changed
from rules.models import CustomerFeatures
from rules.tests.selling import line, sell, shopper

pytestmark = pytest.mark.django_db


def test_each_field_stands_with_its_value_unit_and_meaning(acme: Merchant, ann: User, signed_in) -> None:  # type: ignore[no-untyped-def]
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, datetime.now(UTC), line(12_34))
    refresh_changed()
    customer = customer_for_shopper(buyer)
    CustomerFeatures.objects.filter(customer=customer).update(fault="bigint out of range")
    browser: Client = signed_in(ann)

    page = browser.get(reverse("admin:rules_customer_change", args=[customer.pk])).content.decode()

    assert "$12.34" in page
    assert "All captured money of the last 30 days." in page
    assert "US cents, shown as dollars" in page
    assert "bigint out of range" in page
    assert "missing" in page  # nobody knows a next refill
    assert "health FSA balance" not in page  # not asked of a shopper


def test_what_is_not_known_yet_is_said(acme: Merchant, ann: User, signed_in) -> None:  # type: ignore[no-untyped-def]
    customer = customer_for_shopper(shopper(acme, "kim@home.example"))

    page = signed_in(ann).get(reverse("admin:rules_customer_change", args=[customer.pk])).content.decode()

    assert "Nothing yet: the first refresh" in page
