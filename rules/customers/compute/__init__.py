"""What is known of customers, computed anew from the rows of the rooms below: a statement for many at once.

No sealed column is read, so a key that the bank has locked stops nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection

from rules.customers.compute.statement import NAMES, select_people, select_stores
from rules.fields.catalogue import BY_NAME
from rules.fields.values import Values

select_for_people, select_for_stores = cache(select_people), cache(select_stores)


def parameters(customer_ids: Collection[int], today: date) -> dict[str, Any]:
    return {"ids": list(customer_ids), "today": today, "zone": settings.RULES_TIME_ZONE}


def values_of(customer_ids: Collection[int], today: date) -> dict[int, Values]:
    """What would be known of these customers on this day, from the rows as they are now. Ids that nobody has are left out."""
    found: dict[int, Values] = {}
    for select in (select_for_people(), select_for_stores()):
        with connection.cursor() as cursor:
            cursor.execute(select, parameters(customer_ids, today))
            for customer_id, _, *row in cursor.fetchall():
                found[customer_id] = natural(row)
    return found


def natural(row: Collection[Any]) -> Values:
    """A row of the catalogue's columns as values: a set is a frozenset, what is missing is left out."""
    return {
        name: frozenset(value) if BY_NAME[name].type == "set" else value
        for name, value in zip(NAMES, row, strict=True)
        if value is not None
    }
