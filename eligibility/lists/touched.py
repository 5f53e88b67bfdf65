"""Whose products a version of a list touches: a look that ends in time, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import OperationalError, connection, transaction

from eligibility.lists.changes import Changes
from merchants.models import Merchant

MOST: Final = 100_000  # products that are counted; then it is “at least”
SHOWN: Final = 10
LONGEST_MS: Final = 4_000
TOUCHED: Final = """
    SELECT merchant_id, count(*) FROM (
        SELECT p.merchant_id FROM (
            SELECT DISTINCT gtin14 FROM eligibility_listchange
            WHERE list_source_id = %(source)s AND number = %(number)s AND moves_status) moved
        JOIN eligibility_product p ON p.gtin14 = moved.gtin14
        WHERE p.is_active LIMIT %(most)s) touched
    GROUP BY merchant_id ORDER BY count(*) DESC, merchant_id
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """merchants: those with the most products on sale that may be judged otherwise, and how many. is_all: False for “at least”."""

    products: int
    merchant_count: int
    merchants: list[tuple[Merchant, int]]
    is_all: bool


def touched_by(changes: Changes) -> Touched | None:
    """By the products' own GTINs; None where counting would take too long. Every merchant's products are looked at."""
    values = {"source": changes.list_source_id, "number": changes.number, "most": MOST}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{LONGEST_MS}ms"])
            cursor.execute(TOUCHED, values)
            rows = cursor.fetchall()
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError:
        return None
    merchants = Merchant.objects.in_bulk([merchant_id for merchant_id, _ in rows[:SHOWN]])
    total = sum(count for _, count in rows)
    named = [(merchants[merchant_id], count) for merchant_id, count in rows[:SHOWN]]
    return Touched(total, len(rows), named, total < MOST)
