"""Keeping up what is known of customers: after each event, when a day passes, and at once where somebody asks."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

from django.db import connection, transaction

from rules.customers.changed import Taken, take_merchants, take_people
from rules.customers.cheapest import refresh_catalogues
from rules.customers.compute import natural, values_of
from rules.customers.compute.statement import NAMES
from rules.customers.ensure import ensure
from rules.customers.today import rules_today
from rules.customers.write import write
from rules.fields.values import Values
from rules.models import Customer, CustomerFeatures

BATCH: Final = 2_000  # notes, or customers, in one transaction
STORES: Final = 20  # merchants in one: each folds over its sales of two months


def refresh_changed(*, budget_s: float = 60.0) -> int:
    """Bring up to date everybody about whom something was noted; returns how many rows changed.

    Safe to repeat and beside itself. Ends when nothing is left, or after `budget_s` with the rest left for another.
    """
    return _until_done(lambda: _refresh_noted(take_people(BATCH)), budget_s)


def refresh_merchants(*, budget_s: float = 60.0) -> int:
    """The same for merchants and their products, which changes more often than anybody needs to hear of."""
    refresh_catalogues()
    return _until_done(lambda: _refresh_noted(take_merchants(STORES)), budget_s)


def refresh_due(today: date | None = None, *, budget_s: float = 60.0) -> int:
    """Bring up to date those for whom time alone changed something until today; returns how many rows changed."""
    day = today or rules_today()
    return _until_done(lambda: _refresh_due_batch(day), budget_s)


def catch_up(today: date) -> int:
    """Everything noted and everybody due, to the end: what a run wants before it reads features for this day."""
    return refresh_merchants(budget_s=3600) + refresh_changed(budget_s=3600) + refresh_due(today, budget_s=3600)


def _until_done(step: Any, budget_s: float) -> int:
    ends_at, total = time.monotonic() + budget_s, 0
    while time.monotonic() < ends_at:
        with transaction.atomic():
            is_done, changed = step()
        total += changed
        if is_done:
            break
    return total


def _refresh_noted(taken: Taken) -> tuple[bool, int]:
    """Take off the notes, compute, store: one transaction. Who dies in it leaves the notes for the next."""
    if not taken.notes:
        return True, 0
    ids = _resolve(taken)
    return False, write(ids, rules_today())


def _refresh_due_batch(today: date) -> tuple[bool, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id FROM rules_customerfeatures f JOIN rules_customer c ON c.id = f.customer_id
             WHERE f.next_change_on <= %s AND NOT c.is_made_up LIMIT %s FOR NO KEY UPDATE OF c SKIP LOCKED
            """,
            [today, BATCH],
        )
        ids = sorted(pk for (pk,) in cursor.fetchall())
    return not ids, write(ids, today)


def _resolve(taken: Taken) -> list[int]:
    """The customers whom these notes are about, made where they lack, and locked in one order.

    A sale of a shopper is the person's too, and a claim of a person takes lines from each of their shoppers.
    """
    for kind, ids in (("person", taken.accounts), ("shopper", taken.shoppers), ("merchant", taken.merchants)):
        ensure(kind, ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH shopper AS (SELECT id, account_id FROM shoppers_shopper WHERE id = ANY(%(shoppers)s) OR account_id = ANY(%(accounts)s)),
                 found AS (
                    SELECT id FROM rules_customer WHERE id = ANY(%(customers)s)
                    UNION SELECT c.id FROM rules_customer c JOIN shopper s ON c.shopper_id = s.id
                    UNION SELECT c.id FROM rules_customer c JOIN shopper s ON c.account_id = s.account_id
                    UNION SELECT id FROM rules_customer WHERE account_id = ANY(%(accounts)s)
                    UNION SELECT id FROM rules_customer WHERE merchant_id = ANY(%(merchants)s) AND kind = 'merchant')
            SELECT c.id FROM rules_customer c WHERE c.id IN (SELECT id FROM found) AND NOT c.is_made_up
             ORDER BY c.id FOR NO KEY UPDATE
            """,
            {name: list(getattr(taken, name)) for name in ("customers", "accounts", "shoppers", "merchants")},
        )
        return [pk for (pk,) in cursor.fetchall()]


_FRESH: Final = f"""
    SELECT {", ".join(f"f.{name}" for name in NAMES)} FROM rules_customer c JOIN rules_customerfeatures f ON f.customer_id = c.id
     WHERE c.id = %(id)s AND (c.is_made_up OR f.fault = '' AND f.as_of_on <= %(today)s AND (f.next_change_on IS NULL OR f.next_change_on > %(today)s)
       AND NOT EXISTS (SELECT 1 FROM rules_customerchange n
                        WHERE n.kind = 'customer' AND n.subject_id = c.id
                           OR n.kind = 'account' AND n.subject_id = c.account_id
                           OR n.kind = 'merchant' AND n.subject_id = c.merchant_id AND c.kind = 'merchant'
                           OR n.kind = 'catalogue' AND n.subject_id = c.merchant_id AND c.kind = 'merchant'
                           OR n.kind = 'shopper' AND n.subject_id = c.shopper_id)
       AND NOT EXISTS (SELECT 1 FROM rules_customerchange n JOIN shoppers_shopper s ON s.id = n.subject_id
                        WHERE n.kind = 'shopper' AND s.account_id = c.account_id)
       AND NOT EXISTS (SELECT 1 FROM shoppers_personchange p WHERE p.account_id = c.account_id)
       AND NOT EXISTS (SELECT 1 FROM shoppers_personchange p JOIN shoppers_shopper s ON s.account_id = p.account_id WHERE s.id = c.shopper_id))
"""  # noqa: S608  # our own text  # nosec B608


def fresh_values(customer: Customer, today: date | None = None) -> Values:
    """What is known of the customer this moment, as everything that was committed says.

    The stored row, where nothing was noted and no day passed that would change it, which one statement tells of one moment;
    else computed now, without storing: the refresher does that. Of made-up customers, what was thought up.
    """
    day = today or rules_today()
    with connection.cursor() as cursor:
        cursor.execute(_FRESH, {"id": customer.pk, "today": day})
        row = cursor.fetchone()
    return natural(row) if row else values_of([customer.pk], day).get(customer.pk, {})


def values_of_row(features: CustomerFeatures) -> Values:
    """A stored row's values, as evaluators take them."""
    return natural([getattr(features, name) for name in NAMES])


def stored_values(customer_ids: Collection[int] | Iterable[int]) -> dict[int, Values]:
    """Stored values of many customers; those of whom nothing is stored yet are left out."""
    rows = CustomerFeatures.objects.filter(customer__in=list(customer_ids)).values_list("customer_id", *NAMES)
    return {customer_id: natural(row) for customer_id, *row in rows}
