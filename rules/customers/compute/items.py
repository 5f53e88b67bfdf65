"""What somebody buys again and again, when it is due, and what the same kind of thing costs less."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.shared import BUYER, DEAL, LINE
from rules.customers.compute.subject import Subject, last

REFILLS: Final = Subject(
    fields=("repeat_items", "refill_gap_days", "next_refill_on", "refill_price_cents"),
    has_edge=False,  # the year's window is an edge of the sales
    shared=(BUYER, DEAL, LINE),
    # Days, not sales: who comes back twice on one day has no gap between refills. The lower of two middle gaps.
    sql=f"""
    SELECT DISTINCT ON (customer_id) customer_id, (count(*) OVER (PARTITION BY customer_id))::int AS repeat_items,
           gap AS refill_gap_days, last_on + gap AS next_refill_on, price_cents AS refill_price_cents
      FROM (SELECT customer_id, item, count(*) AS days, max(day) AS last_on,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS gap,
                   max(price_cents) FILTER (WHERE is_last) AS price_cents
              FROM (SELECT customer_id, item, day, price_cents,
                           day - lag(day) OVER each AS gap, lead(day) OVER each IS NULL AS is_last
                      FROM (SELECT customer_id, item, day, max(unit_price_cents) AS price_cents FROM line
                             WHERE status = 'eligible' AND {last(365)} GROUP BY customer_id, item, day) d
                    WINDOW each AS (PARTITION BY customer_id, item ORDER BY day)) g
             GROUP BY customer_id, item HAVING count(*) > 1) r
     ORDER BY customer_id, days DESC, last_on DESC, item
    """,  # nosec B608
)

CHEAPER: Final = Subject(
    fields=("cheaper_saving_cents",),
    has_edge=False,
    shared=(BUYER, DEAL, LINE),
    sql=f"""
    SELECT l.customer_id, max(l.unit_price_cents - p.price_cents) AS cheaper_saving_cents
      FROM line l JOIN rules_cheapestproduct p ON p.merchant_id = l.merchant_id AND p.category = l.category
     WHERE {last(90, "l.day")} AND l.unit_price_cents > p.price_cents
     GROUP BY l.customer_id
    """,  # nosec B608
)
