"""Which customers make a part: ranges of ids with about as many customers each."""

from __future__ import annotations

from typing import Final

from django.db import connection

PART_CUSTOMERS: Final = (
    16_000  # two chunks of the plan: a fraction of a second, some ten megabytes, and a small loss when a worker dies
)
DENSE: Final = 0.9  # customers for each id: then ranges of equal width are as good as counted ones, and cost nothing
_EXACT = """
SELECT max(customer_id)
  FROM (SELECT customer_id, (row_number() OVER (ORDER BY customer_id) - 1) / %s AS part FROM rules_customerfeatures) AS numbered
 GROUP BY part ORDER BY 1
"""


def ranges(size: int = PART_CUSTOMERS) -> list[tuple[int, int]]:
    """(first, last) customer of each part, both included, without gaps from the lowest to the highest; empty without customers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(customer_id), max(customer_id) FROM rules_customerfeatures")
        low, high = cursor.fetchone()
        if low is None:
            return []
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'rules_customerfeatures'::regclass")
        known = int(cursor.fetchone()[0])  # as of the last ANALYZE
        width = high - low + 1
        if known >= 10 * size and DENSE <= known / width <= 1 / DENSE:
            count = max(1, round(known / size))
            ends = [low + width * part // count - 1 for part in range(1, count + 1)]
        else:
            cursor.execute(_EXACT, [size])
            ends = [row[0] for row in cursor.fetchall()]
    return list(zip([low, *(end + 1 for end in ends[:-1])], ends, strict=True))
