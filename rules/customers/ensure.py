"""Customers come to be by themselves: one for each account, each shopper and each merchant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.db import connection

from common.ids import new_id
from merchants.models import Merchant
from rules.models import Customer
from shoppers.models import Shopper, ShopperAccount

# Kind -> those of the given rows that exist and are no customer yet, with their merchant.
_NEW: Final[Mapping[str, str]] = {
    "person": """SELECT a.id, NULL::bigint FROM shoppers_shopperaccount a
                  WHERE {whose} AND NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.account_id = a.id)""",
    "shopper": """SELECT a.id, a.merchant_id FROM shoppers_shopper a
                   WHERE {whose} AND NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.shopper_id = a.id)""",
    "merchant": """SELECT a.id, a.id FROM merchants_merchant a
                    WHERE {whose} AND NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.merchant_id = a.id AND c.kind = 'merchant')""",
}
_COLUMN: Final[Mapping[str, str]] = {"person": "account_id", "shopper": "shopper_id"}
SWEEP: Final = 5_000  # rows a statement


def customer_for_account(account: ShopperAccount) -> Customer:
    """The person's customer, made if new. Safe to repeat and beside itself."""
    ensure("person", [account.pk])
    return Customer.objects.get(account=account)


def customer_for_shopper(shopper: Shopper) -> Customer:
    """The shopper's customer at their merchant, made if new. Safe to repeat and beside itself."""
    ensure("shopper", [shopper.pk])
    return Customer.objects.get(shopper=shopper)


def customer_for_merchant(merchant: Merchant) -> Customer:
    """The merchant as a customer, made if new. Safe to repeat and beside itself."""
    ensure("merchant", [merchant.pk])
    return Customer.objects.get(merchant=merchant, kind=Customer.Kind.MERCHANT)


def ensure(kind: str, ids: Iterable[int]) -> int:
    """Make the customers of this kind that these rows lack; returns how many. Ids of rows that are gone are passed over."""
    wanted = sorted(set(ids))
    return _make(kind, "a.id = ANY(%s)", [wanted]) if wanted else 0


def sweep(tell: Callable[[int], None] = lambda made: None) -> int:
    """Make every customer that lacks; returns how many. For rows from before there were customers, and after a restore."""
    total = 0
    for kind in _NEW:
        while made := _make(kind, "true", [], limit=f"LIMIT {SWEEP}"):
            total += made
            tell(made)
    return total


def _make(kind: str, whose: str, params: list[Any], limit: str = "") -> int:
    column = _COLUMN.get(kind)
    with connection.cursor() as cursor:
        cursor.execute(f"{_NEW[kind].format(whose=whose)} ORDER BY a.id {limit}", params)  # our own text
        rows = cursor.fetchall()
        if not rows:
            return 0
        names, places = (f", {column}", ", n.id") if column else ("", "")
        cursor.execute(
            f"""
            INSERT INTO rules_customer (public_id, kind, merchant_id, is_made_up, created_at{names})
            SELECT n.public_id, %s, n.merchant_id, false, now(){places}
              FROM unnest(%s::varchar[], %s::bigint[], %s::bigint[]) AS n(public_id, id, merchant_id)
            ON CONFLICT DO NOTHING
            """,  # noqa: S608  # our own text  # nosec B608
            [kind, [new_id("cus") for _ in rows], [pk for pk, _ in rows], [merchant for _, merchant in rows]],
        )
        return int(cursor.rowcount)
