"""Do closed days agree with the sales in them, and with the book?"""

from __future__ import annotations

from checkout.integrity import Check

DAYS_MATCH_SALES_AND_BOOK = Check(
    "each closed day of a till is its sales' sum, and the book's",
    "SELECT count(*) FROM pos_monitor_tillday",
    """
    WITH sold AS (
      SELECT s.day_id, count(DISTINCT s.id) AS sales, coalesce(sum(t.captured_cents) FILTER (WHERE t.kind = 'benefit'), 0) AS benefit,
             coalesce(sum(t.captured_cents) FILTER (WHERE t.kind = 'ordinary'), 0) AS ordinary
        FROM pos_monitor_tillsale s
        JOIN checkout_payment p ON p.session_id = s.session_id AND p.status = 'captured'
        JOIN checkout_tender t ON t.payment_id = p.id AND t.status = 'captured'
       WHERE s.day_id IS NOT NULL GROUP BY s.day_id
    ), gave AS (
      SELECT c.day_id, coalesce(sum(r.amount_cents) FILTER (WHERE r.is_void), 0) AS voids,
             coalesce(sum(r.amount_cents) FILTER (WHERE NOT r.is_void), 0) AS refunds
        FROM pos_monitor_tilldayrefund c JOIN checkout_refund r ON r.id = c.refund_id GROUP BY c.day_id
    ), failed AS (
      SELECT c.day_id, sum(l.amount_cents) AS cents
        FROM pos_monitor_tilldayfailure c JOIN checkout_refundleg l ON l.id = c.leg_id GROUP BY c.day_id
    ), booked AS (
      SELECT day_id, sum(cents) AS net FROM (
        SELECT s.day_id, -l.amount_cents AS cents
          FROM pos_monitor_tillsale s
          JOIN checkout_payment p ON p.session_id = s.session_id AND p.status = 'captured'
          JOIN ledger_entry e ON e.reference = 'capture:' || p.public_id
          JOIN ledger_leg l ON l.entry_id = e.id
          JOIN ledger_account a ON a.id = l.account_id AND a.kind = 'merchant_payable'
         WHERE s.day_id IS NOT NULL
         UNION ALL
        SELECT c.day_id, -l.amount_cents
          FROM pos_monitor_tilldayrefund c
          JOIN checkout_refund r ON r.id = c.refund_id
          JOIN ledger_entry e ON e.reference = 'refund:' || r.public_id
          JOIN ledger_leg l ON l.entry_id = e.id
          JOIN ledger_account a ON a.id = l.account_id AND a.kind = 'merchant_payable'
         UNION ALL
        SELECT c.day_id, -l.amount_cents
          FROM pos_monitor_tilldayfailure c
          JOIN checkout_refundleg g ON g.id = c.leg_id
          JOIN checkout_refund r ON r.id = g.refund_id
          JOIN checkout_tender t ON t.id = g.tender_id
          JOIN ledger_entry e ON e.reference = 'refund_failed:' || r.public_id || ':' || t.position
          JOIN ledger_leg l ON l.entry_id = e.id
          JOIN ledger_account a ON a.id = l.account_id AND a.kind = 'merchant_payable'
      ) legs GROUP BY day_id
    )
    SELECT format('day %s of %s', d.business_on, m.public_id),
           format('the day says %s sales, %s and %s, voids %s, refunds %s, failed %s; its sales %s, %s and %s, %s, %s, %s; the book %s cents',
                  d.sales_count, d.benefit_cents, d.ordinary_cents, d.voids_benefit_cents + d.voids_ordinary_cents,
                  d.refunds_benefit_cents + d.refunds_ordinary_cents, d.failed_benefit_cents + d.failed_ordinary_cents,
                  coalesce(sold.sales, 0), coalesce(sold.benefit, 0),
                  coalesce(sold.ordinary, 0), coalesce(gave.voids, 0), coalesce(gave.refunds, 0),
                  coalesce(failed.cents, 0), coalesce(booked.net, 0))
      FROM pos_monitor_tillday d
      JOIN pos_monitor_terminal m ON m.id = d.terminal_id
      LEFT JOIN sold ON sold.day_id = d.id
      LEFT JOIN gave ON gave.day_id = d.id
      LEFT JOIN failed ON failed.day_id = d.id
      LEFT JOIN booked ON booked.day_id = d.id
     WHERE (d.sales_count, d.benefit_cents, d.ordinary_cents) <> (coalesce(sold.sales, 0), coalesce(sold.benefit, 0), coalesce(sold.ordinary, 0))
        OR d.voids_benefit_cents + d.voids_ordinary_cents <> coalesce(gave.voids, 0)
        OR d.refunds_benefit_cents + d.refunds_ordinary_cents <> coalesce(gave.refunds, 0)
        OR d.failed_benefit_cents + d.failed_ordinary_cents <> coalesce(failed.cents, 0)
        OR d.sales_cents - coalesce(gave.voids, 0) - coalesce(gave.refunds, 0) + coalesce(failed.cents, 0) <> coalesce(booked.net, 0)
    """,
)
CHECKS = (DAYS_MATCH_SALES_AND_BOOK,)
