"""Made-up customers whose features are broken, each in a way that a column accepts: what a run must survive and tell of.

Infinite dates are not among them: the table refuses those, as no program could read them.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

WAYS: Final = (
    "spend_365d_cents = 9223372036854775807, health_fsa_balance_cents = 9223372036854775807, hsa_balance_cents = -9223372036854775808",
    "health_fsa_spend_by_on = '9999-12-31', letter_expires_on = '9999-12-31', next_refill_on = '9999-12-31'",
    "known_since_on = '0001-01-01', last_purchase_on = '0001-01-01', first_purchase_on = '0001-01-01'",
    "store_decline_percent_30d = 'NaN', store_eligible_percent_30d = 'Infinity'",
    "store_decline_percent_30d = '-Infinity', store_eligible_percent_30d = 'NaN'",
    "purchases_365d = -2147483648, purchases_30d = 2147483647, refill_gap_days = -1",
    "main_account_kind = '☠', main_bucket = '', last_decline = 'none of ours', main_channel = repeat('x', 40)",
    "categories_365d = (SELECT array_agg('nowhere-' || n) FROM generate_series(1, 600) n), account_kinds = ARRAY[''], merchants_365d = ARRAY['mer_nobody']",
    "health_fsa_election_cents = 0, spend_90d_cents = 0, purchases_365d = 0, spend_365d_cents = 0, refill_price_cents = 0",
)


def poison(n: int) -> int:
    """Break the features of n made-up customers, spread over all of them; returns how many."""
    total = 0
    with connection.cursor() as cursor:
        for number, way in enumerate(WAYS):
            cursor.execute(
                f"""
                UPDATE rules_customerfeatures SET {way} WHERE customer_id IN (
                    SELECT id FROM (SELECT id, row_number() OVER (ORDER BY hashint8(id), id) AS place FROM rules_customer WHERE is_made_up) c
                     WHERE place <= %s AND place %% %s = %s)
                """,  # our own text  # nosec B608
                [n, len(WAYS), number],
            )
            total += cursor.rowcount
    return total
