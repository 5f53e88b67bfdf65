"""A million sales of one merchant, written straight into the tables: nothing of a sale but what its merchant's pages read."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any, Final

CHUNK: Final = 100_000
DAYS: Final = 400
# Of ten sales six are split over two cards, two are the benefit card's alone, two the other card's. Every fifth is a till's.
PAYS: Final = "CASE WHEN g % 10 < 6 THEN 'mixed' WHEN g % 10 < 8 THEN 'benefit' ELSE 'ordinary' END"
NUMBERS: Final = f"""
CREATE TEMP TABLE made AS
SELECT g, %(base)s + g AS id, {PAYS} AS pays, g %% 5 = 0 AS is_till, 500 + (g * 7919::bigint) %% 4000 AS a, 300 + (g * 104729::bigint) %% 2000 AS b,
       now() - %(days)s * interval '1 day' * (1 - g / %(total)s::float8) AS at
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) g
""".replace("g % 10", "g %% 10")  # nosec B608
DECISION: Final = (
    '{"status": "eligible", "category": "pain-relievers-oral", "bucket": "otc", "account_kinds": ["fsa", "hsa", "hra"], "eligible_fraction": 1.0,'
    ' "evidence": "list", "confidence": 1.0, "reason": "It is medicine.", "citation": "CARES Act"}'
)
FILL: Final = (
    """INSERT INTO checkout_checkoutsession (id, public_id, merchant_id, knows_shopper, status, capture_method, channel, currency, amount_subtotal_cents,
         amount_discount_cents, amount_tax_cents, amount_shipping_cents, amount_total_cents, amount_eligible_cents, success_url, cancel_url,
         client_reference_id, metadata, expires_at, completed_at, created_at)
       SELECT id, 'cs_bench' || id, %(merchant)s, false, 'complete', 'automatic', CASE WHEN is_till THEN 'pos' ELSE 'online' END, 'USD', a + b, 0, 0, 0, a + b, a,
              '', '', 'B-' || g, '{}', at + interval '1 day', at, at FROM made""",
    """INSERT INTO checkout_payment (id, public_id, session_id, merchant_id, status, amount_cents, captured_cents, refunded_cents, failure_code, failure_message,
         failure_details, attempt_key, captured_at, created_at)
       SELECT id, 'pay_bench' || id, id, %(merchant)s, 'captured', a + b, a + b, CASE WHEN g %% 200 = 0 THEN 100 ELSE 0 END, '', '', '{}', '', at, at FROM made""",
    """INSERT INTO checkout_lineitem (id, session_id, position, title, brand, sku, gtin, quantity, unit_price_cents, subtotal_cents, discount_cents, tax_cents,
         shipping_cents, total_cents, status, category, evidence, decision)
       SELECT id * 2 + n, id, n, CASE n WHEN 0 THEN 'Medicine ' ELSE 'Snack ' END || (g * 31) %% 1000, '', '', '', 1, c, c, 0, 0, 0, c,
              CASE n WHEN 0 THEN 'eligible' ELSE 'not_eligible' END, CASE n WHEN 0 THEN 'pain-relievers-oral' ELSE 'food' END, 'list', %(decision)s::jsonb
         FROM made, LATERAL (VALUES (0, a), (1, b)) AS line(n, c)""",
    """INSERT INTO checkout_tender (id, payment_id, position, kind, card_token_id, network, account_kind, last4, status, requested_cents, approved_cents,
         captured_cents, released_cents, refunded_cents, disputed_cents, healthcare, line_weights, acceptor, is_substantiated, awaits_letter,
         is_liability_shifted, stan, rrn, transmitted_at, response_code, auth_code, network_reference, message, created_at)
       SELECT id * 2 + n, id, n, kind, %(token)s, 'visa', CASE kind WHEN 'benefit' THEN 'fsa' ELSE 'credit' END,
              CASE kind WHEN 'benefit' THEN '0005' ELSE CASE WHEN g %% 2 = 0 THEN '4242' ELSE lpad((g %% 8000)::text, 4, '0') END END, 'captured', c, c, c, 0, 0, 0,
              '{}', '{"0": 1}', '{}', true, false, false, '000001', 'B' || lpad((g %% 99999999)::text, 11, '0'), at, '00', '', '', '', at
         FROM made, LATERAL (SELECT 0 AS n, 'benefit' AS kind, CASE pays WHEN 'mixed' THEN a ELSE a + b END AS c WHERE pays <> 'ordinary'
                             UNION ALL SELECT 1, 'ordinary', CASE pays WHEN 'mixed' THEN b ELSE a + b END WHERE pays <> 'benefit') part""",
    """INSERT INTO checkout_tenderline (tender_id, line_id, capture_number, amount_cents)
       SELECT id * 2 + CASE WHEN pays = 'ordinary' OR (pays = 'mixed' AND n = 1) THEN 1 ELSE 0 END, id * 2 + n, 1, c
         FROM made, LATERAL (VALUES (0, a), (1, b)) AS line(n, c)""",
    """INSERT INTO checkout_capture (public_id, payment_id, number, amount_cents, shipped, created_at)
       SELECT 'cap_bench' || id, id, 1, a + b, '{}', at FROM made""",
    """INSERT INTO pos_monitor_tillsale (public_id, merchant_id, terminal_id, store_id, sale_number, fingerprint, session_id, printed, is_offline, sold_at,
         received_at, loss_code, loss_message, loss_note)
       SELECT 'tsl_bench' || made.id, %(merchant)s, t.id, t.store_id, 'B' || made.id, '', made.id, '[]', false, at, at, '', '', ''
         FROM made JOIN bench_till t ON t.n = (g / 5) %% (SELECT count(*) FROM bench_till) WHERE is_till""",
)
TABLES: Final = (
    "checkout_checkoutsession", "checkout_payment", "checkout_lineitem", "checkout_tender", "checkout_tenderline", "checkout_capture",
    "pos_monitor_tillsale",
)  # fmt: skip


def fill(merchant: Any, total: int) -> tuple[float, dict[str, str]]:
    """Seconds it took, and what addresses ask for: days and a store."""
    from django.db import connection
    from django.utils import timezone

    from checkout.models import CardToken
    from pos_monitor.models import Store
    from sales.figures import today_of

    begun = time.perf_counter()
    token = CardToken.objects.create(
        merchant=merchant,
        network="visa",
        account_kind="fsa",
        last4="0005",
        exp_month=12,
        exp_year=2030,
        expires_at=timezone.now(),
    )
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger, no look at foreign keys: as a restore does
        cursor.execute(
            "CREATE TEMP TABLE bench_till AS SELECT id, store_id, row_number() OVER (ORDER BY id) - 1 AS n FROM pos_monitor_terminal"
            f" WHERE merchant_id = {merchant.pk:d} AND store_id IS NOT NULL"  # nosec B608
        )
        cursor.execute("SELECT greatest(max(id), 1000000) FROM checkout_lineitem")
        (base,) = cursor.fetchone()
        for first in range(1, total + 1, CHUNK):
            last = min(first + CHUNK - 1, total)
            cursor.execute(NUMBERS % {"base": base, "days": DAYS, "total": total, "first": first, "last": last})
            for statement in FILL:
                names = {"merchant": merchant.pk, "token": token.pk, "decision": DECISION}
                cursor.execute(statement, {name: value for name, value in names.items() if f"%({name})s" in statement})
            cursor.execute("DROP TABLE made")
            print(f"\r{last:>9,} of {total:,}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        for table in TABLES[:4]:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # nosec B608
        cursor.execute("SET session_replication_role = origin")
        for table in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    today = today_of(merchant)
    store = Store.objects.filter(merchant=merchant).order_by("pk").first()
    places = {
        name: (today - timedelta(days=back)).isoformat()
        for name, back in (("today", 0), ("month", 30), ("year", 364), ("old", 364))
    }
    return time.perf_counter() - begun, places | {"store": store.public_id if store else ""}
