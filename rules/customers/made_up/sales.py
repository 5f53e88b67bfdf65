"""Real rows of sales for made-up people: session, lines, payment, tenders, parts, ledger entry and receipt, written by the database."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.conf import settings
from django.db import connection

from ledger.models import Account
from ledger.services import accounts_of
from merchants.models import Merchant

_ID: Final = "{prefix}_' || substr(md5(random()::text) || md5(random()::text), 1, 26)"
# Shoppers of that merchant who bought nothing yet; traits as in `features`.
_BUYERS: Final = """
    CREATE TEMP TABLE made_buyer ON COMMIT DROP AS
    SELECT s.id AS shopper_id, s.merchant_id, random() AS ill, random() AS fsa FROM shoppers_shopper s
      JOIN rules_customer c ON c.shopper_id = s.id
     WHERE s.merchant_id = %(merchant)s AND NOT c.is_made_up AND NOT EXISTS (SELECT 1 FROM checkout_checkoutsession x WHERE x.shopper_id = s.id)
     ORDER BY s.id
"""
_SALES: Final = """
    CREATE TEMP TABLE made_sale ON COMMIT DROP AS
    SELECT nextval('checkout_checkoutsession_id_seq') AS session_id, nextval('checkout_payment_id_seq') AS payment_id,
           nextval('ledger_entry_id_seq') AS entry_id, b.*, random() < 0.5 * (fsa + 0.2) AS is_benefit, random() < 0.3 AS at_till,
           (%(today)s::date + time '08:00' + random() * interval '12 hours' - random() * interval '400 days') AT TIME ZONE %(zone)s AS at
      FROM made_buyer b, generate_series(1, 1 + floor(24 * power(b.ill, 2) + 2 * random())::int)
"""
_LINES: Final = """
    CREATE TEMP TABLE made_line ON COMMIT DROP AS
    SELECT nextval('checkout_lineitem_id_seq') AS line_id, s.session_id, n - 1 AS position, k.*, k.quantity * k.price::bigint AS cents
      FROM made_sale s, generate_series(1, 1 + (s.session_id % 3)::int) n,
           LATERAL (SELECT p.*, 1 + ((s.session_id + n) % 2)::int AS quantity FROM (VALUES
               (0, 'Ibuprofen 200 mg', 'pain-relievers-oral', 'eligible', 'otc', '00300450449108', 899),
               (1, 'Reading glasses', 'reading-glasses', 'eligible', 'vision', '', 1999),
               (2, 'Allergy tablets', 'allergy-and-sinus-medicine', 'eligible', 'otc', '00300450449115', 1450),
               (3, 'Massage gun', 'massage-devices', 'letter', 'otc', '', 8900),
               (4, 'Chocolate', 'food', 'not_eligible', 'none', '', 350),
               (5, 'Dental guard', 'dental-guards', 'eligible', 'dental', '', 2450)
           ) AS p(sort, title, category, status, bucket, gtin, price) WHERE sort = (s.shopper_id * 3 + s.session_id * 5 + n * 2) % 6) k
"""
_TOTALS: Final = """
    CREATE TEMP TABLE made_total ON COMMIT DROP AS
    SELECT s.*, t.cents, t.eligible, CASE WHEN s.is_benefit THEN t.eligible ELSE 0 END AS benefit
      FROM made_sale s JOIN (SELECT session_id, sum(cents)::bigint AS cents,
                                    coalesce(sum(cents) FILTER (WHERE status = 'eligible'), 0)::bigint AS eligible
                               FROM made_line GROUP BY session_id) t USING (session_id)
"""
_TENDERS: Final = f"""
    CREATE TEMP TABLE made_tender ON COMMIT DROP AS
    SELECT nextval('checkout_tender_id_seq') AS tender_id, nextval('checkout_cardtoken_id_seq') AS token_id, '{_ID.format(prefix="tok")} AS token,
           t.session_id, t.payment_id, t.merchant_id, t.at, k.kind, k.cents, row_number() OVER (PARTITION BY t.payment_id ORDER BY k.kind) - 1 AS position
      FROM made_total t, LATERAL (VALUES ('benefit', t.benefit), ('ordinary', t.cents - t.benefit)) AS k(kind, cents) WHERE k.cents > 0
"""  # nosec B608
_WRITE: Final = (
    f"""
    INSERT INTO checkout_checkoutsession (id, public_id, merchant_id, shopper_id, status, capture_method, channel, currency,
        amount_subtotal_cents, amount_discount_cents, amount_tax_cents, amount_shipping_cents, amount_total_cents, amount_eligible_cents,
        success_url, cancel_url, client_reference_id, metadata, expires_at, completed_at, created_at)
    SELECT session_id, '{_ID.format(prefix="cs")}, merchant_id, shopper_id, 'complete', 'automatic', CASE WHEN at_till THEN 'pos' ELSE 'online' END,
        'USD', cents, 0, 0, 0, cents, eligible, 'https://made-up.example/', 'https://made-up.example/', '', '{{}}', at + interval '1 day', at, at
      FROM made_total
    """,  # nosec B608
    """
    INSERT INTO checkout_lineitem (id, session_id, position, title, brand, sku, gtin, quantity, unit_price_cents, subtotal_cents,
        discount_cents, tax_cents, shipping_cents, total_cents, status, category, evidence, decision)
    SELECT line_id, session_id, position, title, '', '', gtin, quantity, price, cents, 0, 0, 0, cents, status, category, 'list',
           jsonb_build_object('bucket', bucket, 'status', status, 'category', category) FROM made_line
    """,
    """
    INSERT INTO checkout_cardtoken (id, public_id, merchant_id, network, account_kind, last4, exp_month, exp_year, session_id_text, expires_at, used_at, created_at)
    SELECT token_id, token, merchant_id, 'visa', CASE kind WHEN 'benefit' THEN 'fsa' ELSE 'credit' END, '4242', 12, 2030, '', at, at, at FROM made_tender
    """,
    f"""
    INSERT INTO checkout_payment (id, public_id, session_id, merchant_id, status, amount_cents, captured_cents, failure_code, failure_message,
        failure_details, captured_at, created_at)
    SELECT payment_id, '{_ID.format(prefix="pay")}, session_id, merchant_id, 'captured', cents, cents, '', '', '{{}}', at, at FROM made_total
    """,  # nosec B608
    f"""
    INSERT INTO checkout_capture (public_id, payment_id, number, amount_cents, shipped, created_at)
    SELECT '{_ID.format(prefix="cap")}, payment_id, 1, cents, '{{}}', at FROM made_total
    """,  # nosec B608
    """
    INSERT INTO checkout_tender (id, payment_id, position, kind, card_token_id, network, account_kind, last4, status, requested_cents,
        approved_cents, captured_cents, healthcare, line_weights, acceptor, is_substantiated, stan, rrn, transmitted_at, response_code, auth_code,
        network_reference, message, created_at)
    SELECT tender_id, payment_id, position, kind, token_id, 'visa', CASE kind WHEN 'benefit' THEN 'fsa' ELSE 'credit' END, '4242', 'captured', cents,
           cents, cents, '{}', '{}', '{}', kind = 'benefit', lpad((tender_id % 1000000)::text, 6, '0'), lpad(tender_id::text, 12, '0'), at, '00', '', '', '', at
      FROM made_tender
    """,
    """
    INSERT INTO checkout_tenderline (tender_id, line_id, amount_cents)
    SELECT t.tender_id, l.line_id, l.cents FROM made_line l JOIN made_total s USING (session_id)
      JOIN made_tender t ON t.payment_id = s.payment_id AND t.kind = CASE WHEN s.is_benefit AND l.status = 'eligible' THEN 'benefit' ELSE 'ordinary' END
    """,
    f"""
    INSERT INTO ledger_entry (id, public_id, reference, merchant_id, description, posted_at)
    SELECT t.entry_id, '{_ID.format(prefix="ent")}, 'capture:' || p.public_id, t.merchant_id, 'Made-up sale', t.at
      FROM made_total t JOIN checkout_payment p ON p.id = t.payment_id
    """,  # nosec B608
    """
    INSERT INTO ledger_leg (entry_id, account_id, amount_cents)
    SELECT s.entry_id, a.id, t.cents FROM made_tender t JOIN made_sale s USING (payment_id)
      JOIN ledger_account a ON a.merchant_id IS NULL AND a.currency = 'USD' AND a.kind = 'network_receivable_' || t.kind
    UNION ALL
    SELECT t.entry_id, a.id, -t.cents FROM made_total t
      JOIN ledger_account a ON a.merchant_id = t.merchant_id AND a.currency = 'USD' AND a.kind = 'merchant_payable'
    """,
    f"""
    INSERT INTO checkout_receipt (public_id, number, payment_id, issued_at, seller_name, seller_address, sale_on)
    SELECT '{_ID.format(prefix="rcp")}, 'R' || to_char(t.at, 'YYMMDD') || '-M' || t.payment_id, t.payment_id, t.at, m.legal_name, m.address,
           (t.at AT TIME ZONE m.time_zone)::date FROM made_total t JOIN merchants_merchant m ON m.id = t.merchant_id
    """,  # nosec B608
)  # fmt: skip


def write_sales(merchant: Merchant, today: date) -> int:
    """Sales of the last 400 days for this merchant's shoppers without any; returns how many. Some ten for each, of one to three lines."""
    kinds = Account.Kind
    accounts_of([(kinds.NETWORK_BENEFIT, None), (kinds.NETWORK_ORDINARY, None), (kinds.MERCHANT_PAYABLE, merchant)])
    params: dict[str, Any] = {"today": today, "zone": settings.RULES_TIME_ZONE, "merchant": merchant.pk}
    with connection.cursor() as cursor:
        cursor.execute(_BUYERS, params)
        cursor.execute(_SALES, params)
        for statement in (_LINES, _TOTALS, _TENDERS, "ANALYZE made_sale, made_line, made_total, made_tender", *_WRITE):
            cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM made_sale")
        row = cursor.fetchone()
        return int(row[0]) if row else 0
