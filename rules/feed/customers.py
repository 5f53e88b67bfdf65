"""Which customers a caller may see: a merchant its own shoppers and itself, never a person."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from merchants.models import Merchant
from rules.feed.errors import CustomerUnknown, RuleUnknown
from rules.models import Customer, Rule
from shoppers.models import Shopper

LONGEST_NAME = 80


def customers_of(merchant: Merchant, *, shopper: str = "") -> QuerySet[Customer]:
    """The merchant's shoppers and itself. shopper: a public id, `shp_…`."""
    found = Customer.objects.select_related("shopper", "merchant").filter(merchant=merchant)
    return found.filter(shopper__public_id=shopper) if shopper else found


def customer_of(merchant: Merchant, public_id: str) -> Customer:
    """One of them. Raises CustomerUnknown, for another merchant's as for none."""
    found = customers_of(merchant).filter(public_id=public_id[:LONGEST_NAME].replace("\x00", "")).first()
    if found is None:
        raise CustomerUnknown()
    return found


def shopper_named(merchant: Merchant, public_id: str) -> Shopper:
    """The shopper behind a customer's id, or their own `shp_…`, as sessions name them. Raises CustomerUnknown."""
    if public_id.startswith("shp_"):
        found = Shopper.objects.filter(merchant=merchant, public_id=public_id[:40].replace("\x00", "")).first()
    else:
        found = customer_of(merchant, public_id).shopper
    if found is None:
        raise CustomerUnknown()
    return found


def rule_named(name: str) -> Rule:
    """The rule with this id or slug that was ever published. Raises RuleUnknown."""
    name = name[:LONGEST_NAME].replace("\x00", "")
    found = Rule.objects.filter(Q(public_id=name) | Q(slug=name), slot__isnull=False).first()
    if found is None:
        raise RuleUnknown()
    return found
