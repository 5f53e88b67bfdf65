"""The cheapest eligible product of each category at each merchant; and who must hear when it is another."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from rules.customers.changed import take_catalogues
from rules.customers.today import rules_today

MERCHANTS: Final = 20  # in one transaction
# An eligible product on sale; a decision of today's, as the merchant's catalogue has it.
CHEAPEST: Final = """
    SELECT p.merchant_id, d.category_code AS category, min(p.price_cents) AS price_cents
      FROM eligibility_product p
      JOIN eligibility_currentdecision c ON c.product_id = p.id AND c.status = 'eligible'
      JOIN eligibility_productdecision d ON d.id = c.decision_id AND d.category_code <> ''
     WHERE p.is_active AND p.price_cents IS NOT NULL AND {whose}
     GROUP BY p.merchant_id, d.category_code
"""


def refresh_catalogues() -> int:
    """Look anew at the products of every merchant of whom something was noted; returns how many prices changed."""
    total = 0
    while True:
        with transaction.atomic():
            merchants = take_catalogues(MERCHANTS)
            if not merchants:
                return total
            total += refresh_cheapest(merchants)
            _note_merchants(merchants)


def rebuild_cheapest() -> int:
    """The same for every merchant there is, whatever was noted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM merchants_merchant ORDER BY id")
        merchants = [pk for (pk,) in cursor.fetchall()]
    total = 0
    for start in range(0, len(merchants), MERCHANTS):
        with transaction.atomic():
            total += refresh_cheapest(merchants[start : start + MERCHANTS])
    return total


def refresh_cheapest(merchants: Collection[int]) -> int:
    """Write the cheapest prices of these merchants anew, and note whoever bought such a thing of late. In the caller's transaction."""
    params: dict[str, Any] = {"merchants": sorted(merchants), "today": rules_today(), "zone": settings.RULES_TIME_ZONE}
    with connection.cursor() as cursor:
        # One at a time for each merchant: of two, the one that looked last writes last.
        cursor.execute("SELECT id FROM merchants_merchant WHERE id = ANY(%(merchants)s) ORDER BY id FOR NO KEY UPDATE", params)
        cursor.execute(_REPLACE, params)
        changed = cursor.fetchall()
        if changed:
            params |= {"owners": [owner for owner, _ in changed], "categories": [category for _, category in changed]}
            cursor.execute(_NOTE_BUYERS, params)
        return len(changed)


_REPLACE: Final = f"""
    WITH now AS ({CHEAPEST.format(whose="p.merchant_id = ANY(%(merchants)s)")}),
         gone AS (DELETE FROM rules_cheapestproduct o WHERE o.merchant_id = ANY(%(merchants)s)
                     AND NOT EXISTS (SELECT 1 FROM now n WHERE (n.merchant_id, n.category) = (o.merchant_id, o.category))
                  RETURNING o.merchant_id, o.category),
         come AS (INSERT INTO rules_cheapestproduct AS o (merchant_id, category, price_cents) SELECT * FROM now
                  ON CONFLICT (merchant_id, category) DO UPDATE SET price_cents = EXCLUDED.price_cents
                   WHERE o.price_cents <> EXCLUDED.price_cents RETURNING o.merchant_id, o.category)
    SELECT * FROM gone UNION ALL SELECT * FROM come
"""  # noqa: S608  # our own text  # nosec B608

_NOTE_BUYERS: Final = """
    INSERT INTO rules_customerchange (kind, subject_id)
    SELECT DISTINCT 'shopper', s.shopper_id
      FROM unnest(%(owners)s::bigint[], %(categories)s::varchar[]) AS k(merchant_id, category)
      JOIN checkout_payment p ON p.merchant_id = k.merchant_id AND p.status = 'captured'
       AND p.captured_at > (%(today)s::date - 92)::timestamp AT TIME ZONE 'UTC'
      JOIN checkout_checkoutsession s ON s.id = p.session_id AND s.shopper_id IS NOT NULL
      JOIN checkout_lineitem l ON l.session_id = s.id AND l.category = k.category
"""  # our own text  # nosec B608


def _note_merchants(merchants: Collection[int]) -> None:
    """Their own figures count products."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rules_customerchange (kind, subject_id) SELECT 'merchant', unnest(%s::bigint[])", [sorted(merchants)]
        )


def differing_cheapest() -> list[tuple[str, str, str | None, str | None]]:
    """Merchant, category, stored and computed price, where they differ and no note says so."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT m.public_id, coalesce(o.category, n.category), o.price_cents::text, n.price_cents::text
              FROM rules_cheapestproduct o FULL JOIN ({CHEAPEST.format(whose="true")}) n USING (merchant_id, category)
              JOIN merchants_merchant m ON m.id = merchant_id
             WHERE o.price_cents IS DISTINCT FROM n.price_cents
               AND NOT EXISTS (SELECT 1 FROM rules_customerchange c WHERE c.kind = 'catalogue' AND c.subject_id = merchant_id)
            """  # noqa: S608  # our own text  # nosec B608
        )
        return list(cursor.fetchall())
