"""Does the treasury agree with the book, and do snapshots agree with the legs?"""

from __future__ import annotations

from checkout.integrity import Check

SNAPSHOTS = Check(
    "each snapshot of a balance is the sum of its account's legs up to it",
    "SELECT count(*) FROM ledger_balancesnapshot",
    """
    SELECT a.public_id, format('the snapshot says %s, the legs %s cents', s.balance_cents, t.cents)
      FROM ledger_balancesnapshot s JOIN ledger_account a ON a.id = s.account_id
      CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount_cents), 0) AS cents FROM ledger_leg l
                           WHERE l.account_id = s.account_id AND l.id <= s.upto_leg_id) t
     WHERE t.cents <> s.balance_cents
    """,
)
SETTLEMENTS = Check(
    "each settlement is its lines' sum and in the book",
    "SELECT count(*) FROM treasury_settlement",
    """
    SELECT s.public_id, format('lines %s less fees %s, settlement %s, book %s cents', t.cents, t.fees, s.net_cents, coalesce(b.cents, 0))
      FROM treasury_settlement s
      CROSS JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0) AS cents, coalesce(sum(fee_cents), 0) AS fees
                            FROM treasury_settledline WHERE settlement_id = s.id) t
      LEFT JOIN LATERAL (
        SELECT -sum(l.amount_cents) AS cents FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id
          JOIN ledger_account a ON a.id = l.account_id
         WHERE e.reference = 'settle:' || s.public_id AND a.merchant_id = s.merchant_id AND a.kind <> 'merchant_payable'
      ) b ON true
     WHERE t.cents - t.fees <> s.net_cents OR coalesce(b.cents, 0) <> s.net_cents OR s.net_cents <> s.sale_cents - s.refund_cents - s.fee_cents
    """,
)
PAYOUTS = Check(
    "each payout is in the book with its fee, and what failed is back",
    "SELECT count(*) FROM treasury_payout",
    """
    SELECT p.public_id, format('payout %s and fee %s, the book took %s and gave back %s cents', p.amount_cents, p.fee_cents,
                               coalesce(taken.cents, 0), coalesce(back.cents, 0))
      FROM treasury_payout p
      LEFT JOIN LATERAL (
        SELECT sum(l.amount_cents) FILTER (WHERE a.kind <> 'merchant_in_transit') AS cents
          FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
         WHERE e.reference = 'payout:' || p.public_id AND a.merchant_id = p.merchant_id
      ) taken ON true
      LEFT JOIN LATERAL (
        SELECT -sum(l.amount_cents) FILTER (WHERE a.kind = 'merchant_settled') AS cents
          FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
         WHERE e.reference = 'payout_failed:' || p.public_id AND a.merchant_id = p.merchant_id
      ) back ON true
     WHERE coalesce(taken.cents, 0) <> p.amount_cents + p.fee_cents
        OR (p.status IN ('failed', 'cancelled') AND coalesce(back.cents, 0) <> p.amount_cents + p.fee_cents)
    """,
)
CHECKS = (SNAPSHOTS, SETTLEMENTS, PAYOUTS)
