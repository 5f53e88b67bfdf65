"""Do disputes agree with the book, and with what their cards say is disputed?"""

from __future__ import annotations

from checkout.integrity import Check

BOOK_MATCHES_DISPUTES = Check(
    "each dispute is in the book, leg by leg, with its fee, and what was won is back",
    "SELECT count(*) FROM checkout_dispute",
    """
    WITH debit AS (
      SELECT d.public_id, d.merchant_id, d.fee_cents, CASE d.status WHEN 'won' THEN 0 ELSE d.debited_cents END AS cents
        FROM checkout_dispute d
    ), said AS (
      SELECT public_id, 'merchant' AS account, merchant_id, cents + fee_cents AS cents FROM debit
       UNION ALL
      SELECT public_id, 'network', NULL, -cents FROM debit
       UNION ALL
      SELECT public_id, 'dispute_fees', NULL, -fee_cents FROM debit
    ), book AS (
      SELECT split_part(e.reference, ':', 2) AS public_id, a.merchant_id, sum(l.amount_cents) AS cents,
             CASE WHEN a.kind IN ('merchant_payable', 'merchant_settled') THEN 'merchant'
                  WHEN a.kind = 'processor_due' OR a.kind LIKE 'network_%' THEN 'network' ELSE a.kind END AS account
        FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
       WHERE e.reference LIKE 'dispute%' GROUP BY 1, 4, a.merchant_id
    )
    SELECT coalesce(said.public_id, book.public_id),
           format('%s: the dispute says %s, the book %s cents', coalesce(said.account, book.account), coalesce(said.cents, 0),
                  coalesce(book.cents, 0))
      FROM said FULL JOIN book ON (said.public_id, said.account) = (book.public_id, book.account)
                              AND said.merchant_id IS NOT DISTINCT FROM book.merchant_id
     WHERE coalesce(said.cents, 0) <> coalesce(book.cents, 0) ORDER BY 1
    """,
)
TENDERS_MATCH_DISPUTES = Check(
    "each tender's disputed cents are those of its disputes that are not won",
    "SELECT count(DISTINCT tender_id) FROM checkout_dispute",
    """
    SELECT format('tender %s of %s', t.position + 1, p.public_id),
           format('disputed %s, its disputes %s cents', t.disputed_cents, coalesce(sum(d.debited_cents), 0))
      FROM checkout_tender t
      JOIN checkout_payment p ON p.id = t.payment_id
      LEFT JOIN checkout_dispute d ON d.tender_id = t.id AND d.status <> 'won'
     WHERE t.disputed_cents <> 0 OR d.id IS NOT NULL
     GROUP BY t.id, p.id HAVING t.disputed_cents <> coalesce(sum(d.debited_cents), 0)
    """,
)
CHECKS = (BOOK_MATCHES_DISPUTES, TENDERS_MATCH_DISPUTES)
