"""Products whose decision is older than a change of a list that speaks about their GTIN: they, and no others, are judged again.

A change counts from the later of two moments: when it takes effect, and when its version was switched on here. Decisions are
as old as the moment by which the lists were asked (`lists_at`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from eligibility.catalogue.basis import Basis

# Who judges while a version is being switched on may still see the one before: within this span the lists' mark decides.
SWITCHING: Final = timedelta(minutes=1)
# A product may be committed after a run looked for it, with a decision from before: each look goes back a little further.
OVERLAP: Final = timedelta(minutes=15)

MOVED: Final = """
    SELECT c.gtin14, greatest(v.applied_at, c.effective_at) AS at
    FROM eligibility_listversion v
    JOIN eligibility_listsource s ON s.id = v.list_source_id AND v.number <= s.head
    JOIN eligibility_listchange c ON c.list_source_id = v.list_source_id AND c.number = v.number
    WHERE v.applied_at > %(after)s AND c.effective_at <= %(now)s
    UNION ALL
    SELECT c.gtin14, c.effective_at
    FROM eligibility_listchange c
    JOIN eligibility_listsource s ON s.id = c.list_source_id AND c.number <= s.head
    WHERE c.effective_at > %(after)s AND c.effective_at <= %(now)s
"""
OF_THESE: Final = """
    SELECT c.gtin14, greatest(v.applied_at, c.effective_at) AS at
    FROM eligibility_listchange c
    JOIN eligibility_listsource s ON s.id = c.list_source_id AND c.number <= s.head
    JOIN eligibility_listversion v ON v.list_source_id = c.list_source_id AND v.number = c.number
    WHERE c.gtin14 = ANY(%(gtins)s) AND c.effective_at <= %(now)s
"""
# A code that was written without its check digit may mean its own digits and one more: see `gtin_readings`.
BEHIND: Final = """
WITH moved AS MATERIALIZED (SELECT gtin14, max(at) AS at FROM ({moved}) all_moves GROUP BY gtin14)
SELECT DISTINCT p.id FROM (
    SELECT m.at, p.id FROM moved m JOIN eligibility_product p ON p.gtin14 = m.gtin14
    UNION ALL
    SELECT m.at, p.id FROM moved m JOIN eligibility_product p ON p.gtin14 = '0' || left(m.gtin14, 13) WHERE p.gtin_written <> ''
) p JOIN eligibility_currentdecision d ON d.product_id = p.id
WHERE (coalesce(d.lists_at, d.checked_at) < p.at
    OR (coalesce(d.lists_at, d.checked_at) < p.at + %(switching)s AND d.basis_lists <> %(mark)s)) {scope}
"""


def behind_since(after: datetime, basis: Basis) -> tuple[str, dict[str, Any]]:
    """SQL, with its values, of the ids of products that changes after this moment (and a little before) left behind."""
    values = {"after": after - OVERLAP, "now": basis.at, "mark": basis.lists_mark, "switching": SWITCHING}
    return BEHIND.format(moved=MOVED, scope=""), values


def is_any_behind(after: datetime, basis: Basis) -> bool:
    sql, values = behind_since(after, basis)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({sql})", values)
        return bool(cursor.fetchone()[0])


def behind_among(products: Sequence[tuple[int, Sequence[str]]], basis: Basis) -> set[int]:
    """Of these products, (id, GTIN-14s that its code may mean), those that a change of lists left behind."""
    gtins = sorted({code for _, codes in products for code in codes})
    if not gtins:
        return set()
    values: dict[str, Any] = {
        "gtins": gtins, "now": basis.at, "mark": basis.lists_mark, "switching": SWITCHING, "products": [pk for pk, _ in products],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BEHIND.format(moved=OF_THESE, scope="AND p.id = ANY(%(products)s)"), values)
        return {pk for (pk,) in cursor.fetchall()}
