"""All that is known of customers, computed anew: to replace what is stored, or to compare it column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final

from django.db import connection, transaction

from rules.customers.cheapest import differing_cheapest
from rules.customers.compute import parameters, select_for_people, select_for_stores
from rules.customers.compute.statement import NAMES
from rules.customers.write import write

BATCH: Final = 2_000
SHOWN: Final = 20  # differences that are kept to be shown


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored value that is not what its sources say. Values as PostgreSQL writes them; None is missing."""

    customer: str
    column: str
    stored: str | None
    computed: str | None


@dataclass(slots=True)
class Comparison:
    """What a comparison found. waiting: customers about whom something is noted, or a day has passed: their rows need not fit yet."""

    customers: int = 0
    waiting: int = 0
    by_column: Counter[str] = field(default_factory=Counter)
    shown: list[Difference] = field(default_factory=list)

    @property
    def differences(self) -> int:
        return sum(self.by_column.values())

    def add(self, found: Difference) -> None:
        self.by_column[found.column] += 1
        if len(self.shown) < SHOWN:
            self.shown.append(found)


def customer_ids(limit: int | None = None) -> list[int]:
    """Whose features are computed: everybody but made-up customers. limit: so many of them, spread evenly, the same each time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM rules_customer WHERE NOT is_made_up ORDER BY hashint8(id), id LIMIT %s"
            if limit
            else "SELECT id FROM rules_customer WHERE NOT is_made_up ORDER BY id LIMIT %s",
            [limit],
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


@transaction.atomic
def replace(ids: list[int], today: date) -> int:
    """Compute and store what is known of these; returns how many rows were other than that. Safe beside the refreshers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM rules_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    return write(ids, today)


def compare(ids: list[int], today: date, into: Comparison) -> None:
    """Compute what is known of these into a shadow, and set it beside what is stored. Changes nothing.

    Shadow, stored rows and notes are read in one statement, hence of one moment: beside live traffic nothing differs
    that is not wrong.
    """
    for select in (select_for_people(), select_for_stores()):
        with connection.cursor() as cursor:
            cursor.execute(_comparing(select), parameters(ids, today))
            for customer, is_waiting, column, stored, computed in cursor.fetchall():
                if is_waiting:
                    into.waiting += 1
                elif column is not None:
                    into.add(Difference(customer, column, stored, computed))
    into.customers += len(ids)


def compare_shared(into: Comparison) -> None:
    """What several customers' features are computed from: the cheapest products, and that nobody lacks a row."""
    for merchant, category, stored, computed in differing_cheapest():
        into.add(Difference(merchant, f"cheapest {category}", stored, computed))
    with connection.cursor() as cursor:
        cursor.execute(_LACKING)
        for public_id, kind in cursor.fetchall():
            into.add(Difference(public_id, f"no customer of kind {kind}", None, None))


@cache
def _comparing(select: str) -> str:
    columns = ("next_change_on", "fault", *NAMES)
    pairs = ", ".join(
        f"('{name}', f.{name}::text, {'NULL' if name == 'fault' else f's.{name}::text'})"
        for name in columns
        if name != "next_change_on"
    )
    ours, theirs = (", ".join(f"{row}.{name}" for name in NAMES) for row in "fs")
    return f"""
        WITH shadow AS MATERIALIZED ({select}),
             told AS MATERIALIZED (
                SELECT CASE n.kind WHEN 'customer' THEN n.subject_id ELSE c.id END AS customer_id
                  FROM rules_customerchange n
                  LEFT JOIN shoppers_shopper s ON n.kind = 'shopper' AND s.id = n.subject_id
                  LEFT JOIN rules_customer c ON n.kind = 'account' AND c.account_id = n.subject_id
                       OR n.kind = 'shopper' AND (c.shopper_id = n.subject_id OR c.account_id = s.account_id)
                       OR n.kind IN ('merchant', 'catalogue') AND c.merchant_id = n.subject_id
                UNION SELECT c.id FROM shoppers_personchange p LEFT JOIN shoppers_shopper s ON s.account_id = p.account_id
                  JOIN rules_customer c ON c.account_id = p.account_id OR c.shopper_id = s.id)
        SELECT c.public_id, k.is_waiting, v.name, v.stored, v.computed
          FROM shadow s JOIN rules_customer c ON c.id = s.customer_id LEFT JOIN rules_customerfeatures f ON f.customer_id = s.customer_id
          CROSS JOIN LATERAL (SELECT s.customer_id IN (SELECT customer_id FROM told WHERE customer_id IS NOT NULL)
                                     OR coalesce(f.next_change_on <= %(today)s::date, false) AS is_waiting) k
          LEFT JOIN LATERAL (SELECT * FROM (VALUES {pairs}) AS p(name, stored, computed)
                              WHERE NOT k.is_waiting AND stored IS DISTINCT FROM computed AND NOT (name = 'fault' AND stored = '')) v ON true
         WHERE k.is_waiting OR f.customer_id IS NULL OR f.fault <> '' OR ({ours}) IS DISTINCT FROM ({theirs})
    """  # noqa: S608  # our own text  # nosec B608


_LACKING: Final = """
    SELECT a.public_id, 'person' FROM shoppers_shopperaccount a
     WHERE NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.account_id = a.id)
       AND NOT EXISTS (SELECT 1 FROM rules_customerchange n WHERE n.kind = 'account' AND n.subject_id = a.id)
    UNION ALL
    SELECT s.public_id, 'shopper' FROM shoppers_shopper s
     WHERE NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.shopper_id = s.id)
       AND NOT EXISTS (SELECT 1 FROM rules_customerchange n WHERE n.kind = 'shopper' AND n.subject_id = s.id)
    UNION ALL
    SELECT m.public_id, 'merchant' FROM merchants_merchant m
     WHERE NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.merchant_id = m.id AND c.kind = 'merchant')
       AND NOT EXISTS (SELECT 1 FROM rules_customerchange n WHERE n.kind = 'merchant' AND n.subject_id = m.id)
    LIMIT 1000
"""
