"""Does every cent agree? Each check recomputes one promise from the rows, and names each object that breaks it.

One query a check, over all sales: PostgreSQL does the sums, only what is wrong comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Check:
    """One promise. `counted` is SQL for how many objects it is about; `broken` for (object, what is wrong) of each that breaks it."""

    name: str
    counted: str
    broken: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `broken` pairs an object's public name with a sentence."""

    name: str
    count: int
    broken: list[tuple[str, str]]


ENTRIES_BALANCE = Check(
    "each entry's legs sum to zero, in one currency",
    "SELECT count(*) FROM ledger_entry",
    """
    SELECT e.reference, format('%s legs sum to %s cents in %s currencies', count(l.id), coalesce(sum(l.amount_cents), 0),
                               count(DISTINCT a.currency))
      FROM ledger_entry e
      LEFT JOIN ledger_leg l ON l.entry_id = e.id
      LEFT JOIN ledger_account a ON a.id = l.account_id
     GROUP BY e.id HAVING coalesce(sum(l.amount_cents), 0) <> 0 OR count(DISTINCT a.currency) <> 1
    """,
)
BOOK_MATCHES_SALES = Check(
    "each captured payment is in the book, leg by leg",
    "SELECT count(*) FROM checkout_payment WHERE status = 'captured'",
    """
    WITH sale AS (
      SELECT p.public_id, 'network_receivable_' || t.kind AS account, NULL::bigint AS merchant_id, sum(t.captured_cents) AS cents
        FROM checkout_payment p JOIN checkout_tender t ON t.payment_id = p.id AND t.status = 'captured'
       WHERE p.status = 'captured' GROUP BY p.public_id, t.kind
       UNION ALL
      SELECT public_id, 'merchant_payable', merchant_id, -captured_cents FROM checkout_payment WHERE status = 'captured'
    ), book AS (
      SELECT split_part(e.reference, ':', 2) AS public_id, a.kind AS account, a.merchant_id, sum(l.amount_cents) AS cents
        FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
       WHERE e.reference LIKE 'capture:%' GROUP BY 1, a.kind, a.merchant_id
    )
    SELECT coalesce(sale.public_id, book.public_id),
           format('%s: the sale says %s, the book %s cents', coalesce(sale.account, book.account),
                  coalesce(sale.cents::text, 'nothing'), coalesce(book.cents::text, 'nothing'))
      FROM sale FULL JOIN book ON (sale.public_id, sale.account) = (book.public_id, book.account)
                              AND sale.merchant_id IS NOT DISTINCT FROM book.merchant_id
     WHERE sale.cents IS DISTINCT FROM book.cents ORDER BY 1
    """,
)
PAYMENTS_ADD_UP = Check(
    "each captured payment is its tenders' sum, and with what was let go its session's total",
    "SELECT count(*) FROM checkout_payment WHERE status = 'captured'",
    """
    SELECT p.public_id, format('payment %s, captured %s, tenders %s and %s let go, session %s cents', p.amount_cents, p.captured_cents,
                               coalesce(sum(t.captured_cents), 0), coalesce(sum(t.released_cents), 0), s.amount_total_cents)
      FROM checkout_payment p
      JOIN checkout_checkoutsession s ON s.id = p.session_id
      LEFT JOIN checkout_tender t ON t.payment_id = p.id AND t.status IN ('approved', 'captured')
     WHERE p.status = 'captured'
     GROUP BY p.id, s.id
    HAVING p.captured_cents <> coalesce(sum(t.captured_cents), 0) OR p.amount_cents <> s.amount_total_cents OR p.captured_cents = 0
        OR (s.status = 'complete' AND p.amount_cents <> coalesce(sum(t.captured_cents + t.released_cents), 0)
            + coalesce((SELECT h.dropped_cents FROM checkout_letterhold h WHERE h.payment_id = p.id), 0))
        OR p.merchant_id <> s.merchant_id
    """,
)
TENDERS_ADD_UP = Check(
    "each captured tender's parts add up to what was captured",
    "SELECT count(*) FROM checkout_tender WHERE status = 'captured'",
    """
    SELECT format('tender %s of %s', t.position + 1, p.public_id),
           format('captured %s of %s, parts %s cents', t.captured_cents, t.approved_cents, coalesce(sum(x.amount_cents), 0))
      FROM checkout_tender t
      JOIN checkout_payment p ON p.id = t.payment_id
      LEFT JOIN checkout_tenderline x ON x.tender_id = t.id
     WHERE t.status = 'captured'
     GROUP BY t.id, p.id HAVING t.captured_cents <> coalesce(sum(x.amount_cents), 0)
    """,
)
LINES_ADD_UP = Check(
    "each paid line's parts add up to its total, or less where less was captured",
    """SELECT count(*) FROM checkout_lineitem l JOIN checkout_payment p ON p.session_id = l.session_id AND p.status = 'captured'""",
    """
    SELECT format('line %s of %s', l.position + 1, s.public_id),
           format('total %s, parts %s cents', l.total_cents, coalesce(sum(x.amount_cents), 0))
      FROM checkout_lineitem l
      JOIN checkout_checkoutsession s ON s.id = l.session_id
      JOIN checkout_payment p ON p.session_id = s.id AND p.status = 'captured'
      LEFT JOIN checkout_tender t ON t.payment_id = p.id AND t.status = 'captured'
      LEFT JOIN checkout_tenderline x ON x.tender_id = t.id AND x.line_id = l.id
     GROUP BY l.id, s.id, p.id
    HAVING l.total_cents < coalesce(sum(x.amount_cents), 0)
        OR (p.captured_cents = p.amount_cents AND l.total_cents <> coalesce(sum(x.amount_cents), 0))
    """,
)
REFUNDS_ADD_UP = Check(
    "each tender's refunds add up, line by line, and stay within what was captured",
    "SELECT count(*) FROM checkout_tender WHERE refunded_cents > 0",
    """
    WITH leg AS (
      SELECT l.id, l.tender_id, l.amount_cents, l.status, coalesce(sum(x.amount_cents), 0) AS parts
        FROM checkout_refundleg l LEFT JOIN checkout_refundpart x ON x.leg_id = l.id GROUP BY l.id
    )
    SELECT format('tender %s of %s', t.position + 1, p.public_id),
           format('given back %s of %s, legs %s, their parts %s cents', t.refunded_cents, t.captured_cents,
                  coalesce(sum(leg.amount_cents), 0), coalesce(sum(leg.parts), 0))
      FROM checkout_tender t
      JOIN checkout_payment p ON p.id = t.payment_id
      LEFT JOIN leg ON leg.tender_id = t.id AND leg.status <> 'failed'
     WHERE t.status = 'captured'
     GROUP BY t.id, p.id
    HAVING t.refunded_cents <> coalesce(sum(leg.amount_cents), 0) OR t.refunded_cents <> coalesce(sum(leg.parts), 0)
        OR t.refunded_cents > t.captured_cents
    """,
)
BOOK_MATCHES_REFUNDS = Check(
    "each refund is in the book, leg by leg, and what the network would not give back is back",
    "SELECT count(*) FROM checkout_refund",
    """
    WITH said AS (
      SELECT r.public_id, 'merchant_payable' AS account, r.merchant_id,
             r.amount_cents - coalesce(sum(l.amount_cents) FILTER (WHERE l.status = 'failed'), 0) AS cents,
             r.amount_cents - coalesce(sum(l.amount_cents), 0) AS off_by
        FROM checkout_refund r LEFT JOIN checkout_refundleg l ON l.refund_id = r.id GROUP BY r.id
       UNION ALL
      SELECT r.public_id, 'network_receivable_' || t.kind, NULL, -coalesce(sum(l.amount_cents) FILTER (WHERE l.status <> 'failed'), 0), 0
        FROM checkout_refund r JOIN checkout_refundleg l ON l.refund_id = r.id JOIN checkout_tender t ON t.id = l.tender_id
       GROUP BY r.id, t.kind
    ), book AS (
      SELECT split_part(e.reference, ':', 2) AS public_id, a.kind AS account, a.merchant_id, sum(l.amount_cents) AS cents
        FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
       WHERE e.reference LIKE 'refund:%' OR e.reference LIKE 'refund_failed:%' GROUP BY 1, a.kind, a.merchant_id
    )
    SELECT coalesce(said.public_id, book.public_id),
           format('%s: the refund says %s, the book %s cents; its legs are off by %s', coalesce(said.account, book.account),
                  said.cents, book.cents, said.off_by)
      FROM said FULL JOIN book ON (said.public_id, said.account) = (book.public_id, book.account)
                              AND said.merchant_id IS NOT DISTINCT FROM book.merchant_id
     WHERE coalesce(said.cents, 0) <> coalesce(book.cents, 0) OR said.off_by <> 0 ORDER BY 1
    """,
)
SESSIONS_ADD_UP = Check(
    "each session's amounts are its lines' sums",
    "SELECT count(*) FROM checkout_checkoutsession",
    """
    SELECT s.public_id, format('total %s, lines %s cents', s.amount_total_cents, coalesce(sum(l.total_cents), 0))
      FROM checkout_checkoutsession s LEFT JOIN checkout_lineitem l ON l.session_id = s.id
     GROUP BY s.id
    HAVING (s.amount_subtotal_cents, s.amount_discount_cents, s.amount_tax_cents, s.amount_shipping_cents, s.amount_total_cents)
        IS DISTINCT FROM
           (sum(l.subtotal_cents), sum(l.discount_cents), sum(l.tax_cents), sum(l.shipping_cents), sum(l.total_cents))
        OR bool_or(l.total_cents <> l.quantity * l.unit_price_cents - l.discount_cents + l.tax_cents + l.shipping_cents)
    """,
)
RECEIPTS = Check(
    "each captured payment has a receipt, and no other has one",
    "SELECT count(*) FROM checkout_payment WHERE status = 'captured'",
    """
    SELECT p.public_id, format('the payment is %s and has %s', p.status, coalesce('receipt ' || r.number, 'no receipt'))
      FROM checkout_payment p LEFT JOIN checkout_receipt r ON r.payment_id = p.id
     WHERE (p.status = 'captured') <> (r.id IS NOT NULL)
    """,
)
PAID_IS_COMPLETE = Check(
    "each completed session has a captured payment, and no other has one, unless it is captured in part",
    "SELECT count(*) FROM checkout_checkoutsession",
    """
    SELECT s.public_id, format('the session is %s and has %s captured payments', s.status, count(p.id))
      FROM checkout_checkoutsession s LEFT JOIN checkout_payment p ON p.session_id = s.id AND p.status = 'captured'
     GROUP BY s.id
    HAVING count(p.id) NOT BETWEEN CASE s.status WHEN 'complete' THEN 1 ELSE 0 END AND CASE WHEN s.status IN ('complete', 'authorised') THEN 1 ELSE 0 END
    """,
)
NOTHING_STAYS_HELD = Check(
    "no payment that failed or was voided holds anything on a card",
    "SELECT count(*) FROM checkout_payment WHERE status IN ('failed', 'voided')",
    """
    SELECT format('tender %s of %s', t.position + 1, p.public_id),
           format('the payment is %s, the tender %s: %s of %s cents', p.status, t.status, t.approved_cents, t.requested_cents)
      FROM checkout_tender t JOIN checkout_payment p ON p.id = t.payment_id
     WHERE p.status IN ('failed', 'voided') AND t.status NOT IN ('declined', 'reversed')
    """,
)
NETWORK_HEARS = Check(
    "the network hears of each cent that is captured, let go or given back",
    "SELECT count(*) FROM checkout_tender WHERE status IN ('captured', 'reversed') OR released_cents > 0",
    """
    SELECT format('tender %s of %s', t.position + 1, p.public_id),
           format('%s: captured %s, let go %s, given back %s cents; completions %s, reversals %s, refunds %s, refused %s', t.status,
                  t.captured_cents, t.released_cents, t.refunded_cents, n.completed, n.released, n.refunded, n.refused)
      FROM checkout_tender t
      JOIN checkout_payment p ON p.id = t.payment_id
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(n.amount_cents) FILTER (WHERE kind = 'completion'), 0) AS completed,
              coalesce(sum(n.amount_cents) FILTER (WHERE kind = 'reversal' AND subject = 'rest'), 0) AS released,
              coalesce(sum(n.amount_cents) FILTER (WHERE (kind = 'refund' OR subject = 'void') AND l.status IS DISTINCT FROM 'failed'), 0) AS refunded,
              count(*) FILTER (WHERE kind = 'reversal' AND subject = '') AS reversals,
              coalesce(string_agg(kind || ' with ' || response_code, ', ')
                       FILTER (WHERE is_refused AND kind <> 'refund' AND subject NOT IN ('void', 'void_hold')), 'none') AS refused
         FROM checkout_networkadvice n LEFT JOIN checkout_refundleg l ON l.advice_id = n.id WHERE n.tender_id = t.id) n
     WHERE (t.status IN ('captured', 'reversed') OR t.released_cents > 0)
       AND (n.refused <> 'none' OR (t.status = 'reversed' AND n.reversals <> 1 AND NOT (
              n.reversals = 0 AND p.failure_code = 'network_unavailable' AND t.approved_cents = 0 AND t.response_code = ''))  -- it never left
            OR (t.status <> 'reversed' AND (n.completed, n.released, n.refunded) <> (t.captured_cents, t.released_cents, t.refunded_cents)))
    """,
)
ACCOUNTS_MATCH_SALES = Check(
    "each account's captures are the sales' sum",
    "SELECT count(*) FROM ledger_account",
    """
    WITH sale AS (
      SELECT 'network_receivable_' || t.kind AS kind, NULL::bigint AS merchant_id, s.currency, sum(t.captured_cents) AS cents
        FROM checkout_tender t
        JOIN checkout_payment p ON p.id = t.payment_id AND p.status = 'captured'
        JOIN checkout_checkoutsession s ON s.id = p.session_id
       WHERE t.status = 'captured' GROUP BY t.kind, s.currency
       UNION ALL
      SELECT 'merchant_payable', p.merchant_id, s.currency, -sum(p.captured_cents)
        FROM checkout_payment p JOIN checkout_checkoutsession s ON s.id = p.session_id
       WHERE p.status = 'captured' GROUP BY p.merchant_id, s.currency
    ), book AS (
      SELECT a.kind, a.merchant_id, a.currency, sum(l.amount_cents) AS cents
        FROM ledger_leg l JOIN ledger_account a ON a.id = l.account_id JOIN ledger_entry e ON e.id = l.entry_id
       WHERE e.reference LIKE 'capture:%' GROUP BY a.id
    )
    SELECT format('%s %s %s', coalesce(sale.kind, book.kind), coalesce(sale.currency, book.currency), coalesce(m.public_id, '')),
           format('the sales say %s, the book %s cents', coalesce(sale.cents, 0), coalesce(book.cents, 0))
      FROM sale FULL JOIN book ON (sale.kind, sale.currency) = (book.kind, book.currency)
                              AND sale.merchant_id IS NOT DISTINCT FROM book.merchant_id
      LEFT JOIN merchants_merchant m ON m.id = coalesce(sale.merchant_id, book.merchant_id)
     WHERE coalesce(sale.cents, 0) <> coalesce(book.cents, 0)
    """,
)
CHECKS = (
    ENTRIES_BALANCE, BOOK_MATCHES_SALES, ACCOUNTS_MATCH_SALES, PAYMENTS_ADD_UP, TENDERS_ADD_UP, LINES_ADD_UP, SESSIONS_ADD_UP,
    RECEIPTS, PAID_IS_COMPLETE, NOTHING_STAYS_HELD, NETWORK_HEARS, REFUNDS_ADD_UP, BOOK_MATCHES_REFUNDS,
)  # fmt: skip


def all_checks() -> list[Check]:
    """This room's, and those of other rooms that INTEGRITY_CHECKS names."""
    return [*CHECKS, *(check for name in settings.INTEGRITY_CHECKS for check in import_string(name))]


def findings() -> list[Finding]:
    """Run every check on one snapshot of the database, so that sales under way look neither half done nor wrong."""
    has_transaction = connection.in_atomic_block  # then the caller has chosen what it sees
    with transaction.atomic(), connection.cursor() as cursor:
        if not has_transaction:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [_finding(cursor, check) for check in all_checks()]


def _finding(cursor: CursorWrapper, check: Check) -> Finding:
    cursor.execute(check.counted)
    count = int(cursor.fetchone()[0])
    cursor.execute(check.broken)
    return Finding(check.name, count, [(str(name), str(what)) for name, what in cursor.fetchall()])
