"""How a merchant's business goes."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.subject import BIGINT_MAX, SENSIBLE, TODAY, Subject, day_of, edges, last, start_of, total

# From the index of a merchant's captured payments. `eligible_cents` is what a benefit card could have paid at most.
_SOLD: Final = (
    "sold",
    f"""
    SELECT w.customer_id, {day_of("p.captured_at")} AS day, p.amount_cents, s.amount_eligible_cents AS eligible_cents,
           coalesce(b.cents, 0) AS benefit_cents
      FROM who w
      JOIN checkout_payment p ON p.merchant_id = w.merchant_id AND p.status = 'captured'
       AND p.captured_at >= {start_of(f"{TODAY} - 59")} AND p.captured_at {SENSIBLE}
      JOIN checkout_checkoutsession s ON s.id = p.session_id
      LEFT JOIN LATERAL (SELECT sum(t.approved_cents) AS cents FROM checkout_tender t
                          WHERE t.payment_id = p.id AND t.kind = 'benefit' AND t.status = 'captured') b ON true
    """,  # nosec B608
)
_TRIED: Final = (
    "tried",
    f"""
    SELECT customer_id, day, false AS has_failed FROM sold WHERE day > {TODAY} - 30
    UNION ALL
    SELECT w.customer_id, {day_of("p.created_at")}, true
      FROM who w
      JOIN checkout_payment p ON p.merchant_id = w.merchant_id AND p.status = 'failed'
       AND p.created_at >= {start_of(f"{TODAY} - 29")} AND p.created_at {SENSIBLE}
    """,  # nosec B608
)
_BEFORE: Final = f"(day > {TODAY} - 60 AND day <= {TODAY} - 30)"

SALES: Final = Subject(
    fields=(
        "store_sales_30d_cents", "store_sales_before_cents", "store_benefit_30d_cents", "store_eligible_percent_30d",
        "store_left_on_table_30d_cents",
    ),
    shared=(_SOLD,),
    sql=f"""
    SELECT a.*, e.edge_on
      FROM (SELECT customer_id, {total("amount_cents", last(30))} AS store_sales_30d_cents,
                   {total("amount_cents", _BEFORE)} AS store_sales_before_cents,
                   {total("benefit_cents", last(30))} AS store_benefit_30d_cents,
                   {total("greatest(eligible_cents - benefit_cents, 0)", last(30))} AS store_left_on_table_30d_cents,
                   (100.0 * sum(eligible_cents) FILTER (WHERE {last(30)})
                          / nullif(sum(amount_cents) FILTER (WHERE {last(30)}), 0))::float8 AS store_eligible_percent_30d
              FROM sold GROUP BY customer_id) a
      LEFT JOIN ({edges("sold", "day", (30, 60))}) e ON e.customer_id = a.customer_id
    """,  # nosec B608
)  # fmt: skip

ATTEMPTS: Final = Subject(
    fields=("store_decline_percent_30d",),
    shared=(_SOLD, _TRIED),
    sql=f"""
    SELECT a.*, e.edge_on
      FROM (SELECT customer_id, (100.0 * count(*) FILTER (WHERE has_failed AND {last(30)})
                                       / nullif(count(*) FILTER (WHERE {last(30)}), 0))::float8 AS store_decline_percent_30d
              FROM tried GROUP BY customer_id) a
      LEFT JOIN ({edges("tried", "day", (30,))}) e ON e.customer_id = a.customer_id
    """,  # nosec B608
)

REST: Final = Subject(
    fields=(
        "store_balance_cents", "store_products", "store_unknown_products", "store_letter_products", "store_last_sale_on",
        "store_webhooks_failing",
    ),
    has_edge=False,
    sql=f"""
    SELECT w.customer_id, l.owed AS store_balance_cents, p.products AS store_products, d.unknown AS store_unknown_products,
           d.letter AS store_letter_products, s.sold_on AS store_last_sale_on, h.fails AS store_webhooks_failing
      FROM who w
      CROSS JOIN LATERAL (SELECT greatest(least(coalesce(-sum(g.amount_cents), 0), {BIGINT_MAX}), -{BIGINT_MAX})::bigint AS owed
                            FROM ledger_account a JOIN ledger_leg g ON g.account_id = a.id
                           WHERE a.merchant_id = w.merchant_id AND a.kind IN ('merchant_payable', 'merchant_settled', 'merchant_reserve', 'merchant_in_transit', 'merchant_advanced') AND a.currency = 'USD') l
      CROSS JOIN LATERAL (SELECT count(*) AS products FROM eligibility_product p WHERE p.merchant_id = w.merchant_id AND p.is_active) p
      CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE c.status = 'unknown') AS unknown,
                                 count(*) FILTER (WHERE c.status IN ('letter', 'rx')) AS letter
                            FROM eligibility_currentdecision c JOIN eligibility_product p ON p.id = c.product_id AND p.is_active
                           WHERE c.merchant_id = w.merchant_id AND c.status IN ('unknown', 'letter', 'rx')) d
      CROSS JOIN LATERAL (SELECT {day_of("max(p.captured_at)")} AS sold_on FROM checkout_payment p
                           WHERE p.merchant_id = w.merchant_id AND p.status = 'captured' AND p.captured_at {SENSIBLE}
                             AND p.captured_at < {start_of(f"{TODAY} + 1")}) s
      CROSS JOIN LATERAL (SELECT coalesce(bool_or(e.failing_since IS NOT NULL AND e.state = 'enabled' OR e.state_reason IN ('failing', 'gone')), false) AS fails
                            FROM webhooks_webhookendpoint e WHERE e.merchant_id = w.merchant_id AND e.deleted_at IS NULL) h
    """,  # nosec B608
)  # fmt: skip
