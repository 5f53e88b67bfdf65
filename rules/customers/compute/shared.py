"""What several subjects read: the customers asked for, whom they buy as, what they bought."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.subject import SENSIBLE, TODAY, day_of

# A person buys as each shopper that is in their account; a shopper's customer is that one shopper, at one merchant.
BUYER: Final = (
    "buyer",
    """
    SELECT customer_id, shopper_id FROM who WHERE kind = 'shopper'
    UNION ALL
    SELECT w.customer_id, s.id FROM who w JOIN shoppers_shopper s ON s.account_id = w.account_id WHERE w.kind = 'person'
    """,
)
# Captured sales. Those of tomorrow (a clock that is ahead, a batch at midnight) do not count yet, but are an edge.
DEAL: Final = (
    "deal",
    f"""
    SELECT b.customer_id, p.id AS payment_id, s.id AS session_id, s.merchant_id, s.channel, p.amount_cents,
           {day_of("p.captured_at")} AS day
      FROM buyer b
      JOIN checkout_checkoutsession s ON s.shopper_id = b.shopper_id
      JOIN checkout_payment p ON p.session_id = s.id AND p.status = 'captured' AND p.captured_at {SENSIBLE}
    """,  # nosec B608
)
# An item is known by its GTIN wherever it was bought; else by the merchant's product; else by its title at that merchant.
LINE: Final = (
    "line",
    f"""
    SELECT d.customer_id, d.day, d.merchant_id, d.payment_id, l.id AS line_id, l.status, l.category, l.total_cents, l.unit_price_cents,
           l.decision ->> 'bucket' AS bucket,
           coalesce(nullif(ltrim(l.gtin, '0'), ''), 'p' || l.product_id, d.merchant_id || ':' || lower(l.title)) AS item
      FROM deal d JOIN checkout_lineitem l ON l.session_id = d.session_id
     WHERE d.day <= {TODAY}
    """,  # nosec B608
)
# What ordinary cards paid of the year's lines.
ORDINARY: Final = (
    "ordinary",
    """
    SELECT l.customer_id, l.line_id, l.day, l.status, sum(x.amount_cents) AS paid_cents
      FROM line l
      JOIN checkout_tenderline x ON x.line_id = l.line_id
      JOIN checkout_tender t ON t.id = x.tender_id AND t.kind = 'ordinary' AND t.status = 'captured'
     WHERE l.day > %(today)s::date - 365 AND l.status IN ('eligible', 'letter', 'rx')
     GROUP BY l.customer_id, l.line_id, l.day, l.status
    """,
)
