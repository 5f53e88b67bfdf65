"""Does every cent agree? Each check recomputes one promise from the rows, and names each object that breaks it.

One query a check, over all sales: PostgreSQL does the sums, only what is wrong comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper


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
      SELECT p.public_id, 'network_receivable_' || t.kind AS account, NULL::bigint AS merchant_id, sum(t.approved_cents) AS cents
        FROM checkout_payment p JOIN checkout_tender t ON t.payment_id = p.id AND t.status = 'captured'
       WHERE p.status = 'captured' GROUP BY p.public_id, t.kind
       UNION ALL
      SELECT public_id, 'merchant_payable', merchant_id, -amount_cents FROM checkout_payment WHERE status = 'captured'
    ), book AS (
      SELECT substr(e.reference, 9) AS public_id, a.kind AS account, a.merchant_id, sum(l.amount_cents) AS cents
        FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
       WHERE e.reference LIKE 'capture:%' GROUP BY e.reference, a.kind, a.merchant_id
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
    "each captured payment is its tenders' sum and its session's total",
    "SELECT count(*) FROM checkout_payment WHERE status = 'captured'",
    """
    SELECT p.public_id, format('payment %s, tenders %s, session %s cents', p.amount_cents, coalesce(sum(t.approved_cents), 0),
                               s.amount_total_cents)
      FROM checkout_payment p
      JOIN checkout_checkoutsession s ON s.id = p.session_id
      LEFT JOIN checkout_tender t ON t.payment_id = p.id AND t.status = 'captured'
     WHERE p.status = 'captured'
     GROUP BY p.id, s.id
    HAVING p.amount_cents <> coalesce(sum(t.approved_cents), 0) OR p.amount_cents <> s.amount_total_cents
        OR p.merchant_id <> s.merchant_id
    """,
)
TENDERS_ADD_UP = Check(
    "each captured tender's parts add up to what was approved",
    "SELECT count(*) FROM checkout_tender WHERE status = 'captured'",
    """
    SELECT format('tender %s of %s', t.position + 1, p.public_id),
           format('approved %s, parts %s cents', t.approved_cents, coalesce(sum(x.amount_cents), 0))
      FROM checkout_tender t
      JOIN checkout_payment p ON p.id = t.payment_id
      LEFT JOIN checkout_tenderline x ON x.tender_id = t.id
     WHERE t.status = 'captured'
     GROUP BY t.id, p.id HAVING t.approved_cents <> coalesce(sum(x.amount_cents), 0)
    """,
)
LINES_ADD_UP = Check(
    "each paid line's parts add up to its total",
    """SELECT count(*) FROM checkout_lineitem l JOIN checkout_payment p ON p.session_id = l.session_id AND p.status = 'captured'""",
    """
    SELECT format('line %s of %s', l.position + 1, s.public_id),
           format('total %s, parts %s cents', l.total_cents, coalesce(sum(x.amount_cents), 0))
      FROM checkout_lineitem l
      JOIN checkout_checkoutsession s ON s.id = l.session_id
      JOIN checkout_payment p ON p.session_id = s.id AND p.status = 'captured'
      LEFT JOIN checkout_tender t ON t.payment_id = p.id AND t.status = 'captured'
      LEFT JOIN checkout_tenderline x ON x.tender_id = t.id AND x.line_id = l.id
     GROUP BY l.id, s.id HAVING l.total_cents <> coalesce(sum(x.amount_cents), 0)
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
    "each completed session has a captured payment, and no other has one",
    "SELECT count(*) FROM checkout_checkoutsession",
    """
    SELECT s.public_id, format('the session is %s and has %s captured payments', s.status, count(p.id))
      FROM checkout_checkoutsession s LEFT JOIN checkout_payment p ON p.session_id = s.id AND p.status = 'captured'
     GROUP BY s.id HAVING count(p.id) <> CASE s.status WHEN 'complete' THEN 1 ELSE 0 END
    """,
)
NETWORK_HEARS = Check(
    "the network hears of each captured and each released tender",
    "SELECT count(*) FROM checkout_tender WHERE status IN ('captured', 'reversed')",
    """
    SELECT format('tender %s of %s', t.position + 1, p.public_id),
           format('%s, approved %s cents; the %s says %s%s', t.status, t.approved_cents, w.kind, coalesce(n.amount_cents::text, 'nothing'),
                  CASE WHEN n.is_refused THEN ', refused with ' || n.response_code ELSE '' END)
      FROM checkout_tender t
      JOIN checkout_payment p ON p.id = t.payment_id
     CROSS JOIN LATERAL (SELECT CASE t.status WHEN 'captured' THEN 'completion' ELSE 'reversal' END AS kind) w
      LEFT JOIN checkout_networkadvice n ON n.tender_id = t.id AND n.kind = w.kind
     WHERE t.status IN ('captured', 'reversed')
       AND (n.id IS NULL OR n.is_refused OR (t.status = 'captured' AND n.amount_cents <> t.approved_cents))
    """,
)
ACCOUNTS_MATCH_SALES = Check(
    "each account's captures are the sales' sum",
    "SELECT count(*) FROM ledger_account",
    """
    WITH sale AS (
      SELECT 'network_receivable_' || t.kind AS kind, NULL::bigint AS merchant_id, s.currency, sum(t.approved_cents) AS cents
        FROM checkout_tender t
        JOIN checkout_payment p ON p.id = t.payment_id AND p.status = 'captured'
        JOIN checkout_checkoutsession s ON s.id = p.session_id
       WHERE t.status = 'captured' GROUP BY t.kind, s.currency
       UNION ALL
      SELECT 'merchant_payable', p.merchant_id, s.currency, -sum(p.amount_cents)
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
    RECEIPTS, PAID_IS_COMPLETE, NETWORK_HEARS,
)  # fmt: skip


def findings() -> list[Finding]:
    """Run every check on one snapshot of the database, so that sales under way look neither half done nor wrong."""
    has_transaction = connection.in_atomic_block  # then the caller has chosen what it sees
    with transaction.atomic(), connection.cursor() as cursor:
        if not has_transaction:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [_finding(cursor, check) for check in CHECKS]


def _finding(cursor: CursorWrapper, check: Check) -> Finding:
    cursor.execute(check.counted)
    count = int(cursor.fetchone()[0])
    cursor.execute(check.broken)
    return Finding(check.name, count, [(str(name), str(what)) for name, what in cursor.fetchall()])
