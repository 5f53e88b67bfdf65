"""What the facts say of each day: the statements that every sum is made of, counted anew and checked by."""

from __future__ import annotations

from typing import Final

DAY: Final = "({at} AT TIME ZONE m.time_zone)::date"  # the merchant's own day: of 23 or 25 hours where its clocks are changed
_PARTS: Final = """
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(part.amount_cents) FILTER (WHERE t.kind = 'benefit'), 0) AS benefit,
           coalesce(sum(part.amount_cents) FILTER (WHERE t.kind = 'ordinary'), 0) AS ordinary
      FROM checkout_tender t JOIN checkout_tenderline part ON part.tender_id = t.id AND part.capture_number = {number}
     WHERE t.payment_id = p.id) taken
"""
_SOLD: Final = """
  JOIN merchants_merchant m ON m.id = p.merchant_id
  JOIN checkout_checkoutsession s ON s.id = p.session_id
  LEFT JOIN pos_monitor_tillsale till ON till.session_id = s.id
"""
# One row for each store and channel of each day. The first capture of a payment has the payment's own time and index.
_DAYS: Final = f"""
SELECT merchant_id, day_on, channel, store_id, sum(sales)::int AS sales_count, sum(benefit + ordinary)::bigint AS gross_cents,
       sum(benefit)::bigint AS benefit_cents, sum(ordinary)::bigint AS ordinary_cents, sum(eligible)::bigint AS eligible_cents,
       sum(refunds)::int AS refunds_count, sum(refunded)::bigint AS refunded_cents, sum(refunded_benefit)::bigint AS refunded_benefit_cents
  FROM (
    SELECT p.merchant_id, {DAY.format(at="p.captured_at")} AS day_on, s.channel, till.store_id, 1 AS sales, taken.benefit, taken.ordinary,
           s.amount_eligible_cents AS eligible, 0 AS refunds, 0 AS refunded, 0 AS refunded_benefit
      FROM checkout_payment p {_SOLD} {_PARTS.format(number="1")}
     WHERE p.status = 'captured' AND {{first}}
     UNION ALL
    SELECT p.merchant_id, {DAY.format(at="c.created_at")}, s.channel, till.store_id, 0, taken.benefit, taken.ordinary, 0, 0, 0, 0
      FROM checkout_capture c JOIN checkout_payment p ON p.id = c.payment_id {_SOLD} {_PARTS.format(number="c.number")}
     WHERE c.number > 1 AND {{later}}
     UNION ALL
    SELECT r.merchant_id, {DAY.format(at="r.created_at")}, s.channel, till.store_id, 0, 0, 0, 0, (given.cents > 0)::int, given.cents, given.benefit
      FROM checkout_refund r JOIN checkout_payment p ON p.id = r.payment_id {_SOLD}
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(l.amount_cents), 0) AS cents, coalesce(sum(l.amount_cents) FILTER (WHERE t.kind = 'benefit'), 0) AS benefit
         FROM checkout_refundleg l JOIN checkout_tender t ON t.id = l.tender_id WHERE l.refund_id = r.id AND l.status <> 'failed') given
     WHERE given.cents > 0 AND {{given}}
  ) facts
 GROUP BY merchant_id, day_on, channel, store_id
"""  # nosec B608
# One row for each item, verdict and fate of each day on which its sale was first captured.
_ITEMS: Final = f"""
SELECT merchant_id, day_on, store_id, item_key, min(title) AS title, category, status, fate, count(*)::int AS lines_count,
       sum(quantity)::bigint AS units, sum(paid)::bigint AS total_cents, sum(benefit)::bigint AS benefit_cents
  FROM (
    SELECT p.merchant_id, {DAY.format(at="p.captured_at")} AS day_on, till.store_id,
           coalesce('p' || l.product_id, 't' || md5(lower(l.title))) AS item_key, l.title, l.category, l.status, l.quantity,
           line.paid, line.benefit,
           CASE WHEN line.benefit = line.paid THEN 'benefit' WHEN line.benefit > 0 THEN 'part'
                WHEN l.status IN ('letter', 'rx', 'unknown') THEN l.status
                WHEN l.status <> 'eligible' THEN 'never'
                WHEN card.used IS NULL AND EXISTS (
                  SELECT 1 FROM checkout_payment tried JOIN checkout_tender t ON t.payment_id = tried.id
                   WHERE tried.session_id = s.id AND t.kind = 'benefit' AND t.status = 'declined') THEN 'declined'
                WHEN card.used IS NULL THEN 'no_card'
                WHEN card.carries THEN 'short'
                WHEN NOT card.suits THEN 'account'
                WHEN l.evidence = 'model' THEN 'unproven'
                ELSE 'kept_off' END AS fate
      FROM checkout_payment p {_SOLD}
      JOIN checkout_lineitem l ON l.session_id = s.id
     CROSS JOIN LATERAL (
       SELECT sum(part.amount_cents) AS paid, coalesce(sum(part.amount_cents) FILTER (WHERE t.kind = 'benefit'), 0) AS benefit
         FROM checkout_tenderline part JOIN checkout_tender t ON t.id = part.tender_id WHERE part.line_id = l.id AND t.payment_id = p.id) line
      LEFT JOIN LATERAL (
       SELECT bool_or(true) AS used, bool_or(t.line_weights ? l.position::text) AS carries,
              bool_or(l.decision -> 'account_kinds' ?| CASE WHEN t.account_kind IN ('multi', 'unknown') THEN ARRAY['fsa', 'hsa', 'hra']
                                                            ELSE ARRAY[t.account_kind] END) AS suits
         FROM checkout_tender t WHERE t.payment_id = p.id AND t.kind = 'benefit' AND t.status = 'captured') card ON true
     WHERE p.status = 'captured' AND line.paid > 0 AND {{first}}
  ) facts
 GROUP BY merchant_id, day_on, store_id, item_key, category, status, fate
"""  # nosec B608
_WITHIN: Final = "{owner} = %(merchant)s AND {at} >= %(start)s AND {at} < %(end)s"
_SPAN: Final = {
    "first": _WITHIN.format(owner="p.merchant_id", at="p.captured_at"),
    "later": _WITHIN.format(owner="p.merchant_id", at="c.created_at"),
    "given": _WITHIN.format(owner="r.merchant_id", at="r.created_at"),
}
_EVERYTHING: Final = dict.fromkeys(_SPAN, "true")

DAYS_OF_SPAN, ITEMS_OF_SPAN = _DAYS.format(**_SPAN), _ITEMS.format(**_SPAN)
ALL_DAYS, ALL_ITEMS = _DAYS.format(**_EVERYTHING), _ITEMS.format(**_EVERYTHING)

DAY_KEYS: Final = ("merchant_id", "day_on", "channel", "store_id")
DAY_SUMS: Final = (
    "sales_count", "gross_cents", "benefit_cents", "ordinary_cents", "eligible_cents", "refunds_count", "refunded_cents", "refunded_benefit_cents",
)  # fmt: skip
ITEM_KEYS: Final = ("merchant_id", "day_on", "store_id", "item_key", "category", "status", "fate")
ITEM_SUMS: Final = ("lines_count", "units", "total_cents", "benefit_cents")
