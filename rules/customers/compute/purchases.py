"""What somebody bought: how often, for how much, of which kind, where."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.shared import BUYER, DEAL, LINE, ORDINARY
from rules.customers.compute.subject import TODAY, Subject, edges, last, total

_DAYS: Final = (30, 90, 365)

SALES: Final = Subject(
    fields=(
        "first_purchase_on", "last_purchase_on", "purchases_30d", "purchases_365d", "spend_30d_cents", "spend_90d_cents",
        "spend_365d_cents", "main_channel", "merchants_365d",
    ),
    shared=(BUYER, DEAL),
    sql=f"""
    SELECT c.customer_id, c.first_purchase_on, c.last_purchase_on, c.purchases_30d, c.purchases_365d, c.spend_30d_cents,
           c.spend_90d_cents, c.spend_365d_cents, c.main_channel, m.merchants_365d, e.edge_on
      FROM (SELECT customer_id, min(day) FILTER (WHERE day <= {TODAY}) AS first_purchase_on,
                   max(day) FILTER (WHERE day <= {TODAY}) AS last_purchase_on,
                   count(*) FILTER (WHERE {last(30)}) AS purchases_30d,
                   count(*) FILTER (WHERE {last(365)}) AS purchases_365d,
                   {total("amount_cents", last(30))} AS spend_30d_cents,
                   {total("amount_cents", last(90))} AS spend_90d_cents,
                   {total("amount_cents", last(365))} AS spend_365d_cents,
                   CASE WHEN count(*) FILTER (WHERE {last(365)}) = 0 THEN NULL
                        WHEN count(*) FILTER (WHERE {last(365)} AND channel = 'pos')
                           > count(*) FILTER (WHERE {last(365)} AND channel <> 'pos') THEN 'pos' ELSE 'online' END AS main_channel
              FROM deal GROUP BY customer_id) c
      LEFT JOIN (SELECT b.customer_id, array_agg(n.public_id ORDER BY n.public_id) AS merchants_365d
                   FROM (SELECT DISTINCT customer_id, merchant_id FROM deal WHERE {last(365)}) b
                   JOIN merchants_merchant n ON n.id = b.merchant_id GROUP BY b.customer_id) m ON m.customer_id = c.customer_id
      LEFT JOIN ({edges("deal", "day", _DAYS)}) e ON e.customer_id = c.customer_id
    """,  # nosec B608
)  # fmt: skip


def _bucket(name: str) -> str:
    return f"status = 'eligible' AND bucket = '{name}'"


LINES: Final = Subject(
    fields=(
        "eligible_spend_90d_cents", "eligible_spend_365d_cents", "otc_spend_365d_cents", "vision_spend_365d_cents",
        "dental_spend_365d_cents", "last_otc_on", "last_vision_on", "last_dental_on", "categories_90d", "categories_365d",
        "main_bucket",
    ),
    has_edge=False,  # a line's day is its sale's
    shared=(BUYER, DEAL, LINE),
    sql=f"""
    SELECT a.*, b.main_bucket
      FROM (SELECT customer_id,
                   {total("total_cents", f"status = 'eligible' AND {last(90)}")} AS eligible_spend_90d_cents,
                   {total("total_cents", f"status = 'eligible' AND {last(365)}")} AS eligible_spend_365d_cents,
                   {total("total_cents", f"{_bucket('otc')} AND {last(365)}")} AS otc_spend_365d_cents,
                   {total("total_cents", f"{_bucket('vision')} AND {last(365)}")} AS vision_spend_365d_cents,
                   {total("total_cents", f"{_bucket('dental')} AND {last(365)}")} AS dental_spend_365d_cents,
                   max(day) FILTER (WHERE {_bucket("otc")}) AS last_otc_on,
                   max(day) FILTER (WHERE {_bucket("vision")}) AS last_vision_on,
                   max(day) FILTER (WHERE {_bucket("dental")}) AS last_dental_on,
                   array_agg(DISTINCT category) FILTER (WHERE category <> '' AND {last(90)}) AS categories_90d,
                   array_agg(DISTINCT category) FILTER (WHERE category <> '' AND {last(365)}) AS categories_365d
              FROM line GROUP BY customer_id) a
      LEFT JOIN (SELECT DISTINCT ON (customer_id) customer_id, bucket AS main_bucket
                   FROM (SELECT customer_id, bucket, sum(total_cents) AS cents FROM line
                          WHERE status = 'eligible' AND {last(365)} AND bucket IN ('otc', 'rx', 'vision', 'dental', 'clinic')
                          GROUP BY customer_id, bucket) k
                  ORDER BY customer_id, cents DESC, bucket) b ON b.customer_id = a.customer_id
    """,  # nosec B608
)  # fmt: skip

LETTER_LINES: Final = Subject(
    fields=("letter_spend_365d_cents",),
    has_edge=False,
    shared=(BUYER, DEAL, LINE, ORDINARY),
    sql=f"""
    SELECT customer_id, {total("paid_cents", "status IN ('letter', 'rx')")} AS letter_spend_365d_cents FROM ordinary GROUP BY customer_id
    """,  # nosec B608
)
