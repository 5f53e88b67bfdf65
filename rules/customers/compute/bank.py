"""Linked bank accounts: balances, medical payments, subscriptions. Names of payees stay sealed; their fingerprint tells them apart."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.subject import BIGINT_MAX, SENSIBLE, TODAY, Subject, day_of, edges, last
from shoppers.bank.mccs import MEDICAL
from shoppers.bank.subscriptions import MONTH_DAYS, YEAR_DAYS, totals_sql

_MEDICAL: Final = ", ".join(f"'{code}'" for code in MEDICAL)
_CONSENT: Final = (
    "consent",
    f"""
    SELECT w.customer_id, w.account_id, c.id AS consent_id, {day_of("c.expires_at")} AS expires_on
      FROM who w JOIN shoppers_bankconsent c ON c.account_id = w.account_id AND c.state = 'active' AND c.expires_at {SENSIBLE}
     WHERE {day_of("c.expires_at")} >= {TODAY}
    """,  # nosec B608
)
_PAID: Final = (
    "paid",
    f"""
    SELECT c.customer_id, t.booked_on AS day, -t.amount_cents AS cents, t.mcc, t.payee_key
      FROM (SELECT DISTINCT customer_id, account_id FROM consent) c
      JOIN shoppers_banktransaction t ON t.account_id = c.account_id
     WHERE t.amount_cents < 0 AND t.amount_cents >= -{BIGINT_MAX} AND t.booked_on {SENSIBLE}
    """,  # nosec B608
)
# A subscription ends by itself when its next payment is long overdue: so many days after the newest at the payee.
_OVERDUE: Final = (
    "overdue",
    "SELECT customer_id, max(day) AS day FROM paid GROUP BY customer_id, payee_key",
)

BANK: Final = Subject(
    fields=(
        "bank_linked", "bank_consent_expires_on", "bank_balance_cents", "bank_medical_90d_cents", "bank_medical_visits_90d",
        "subscriptions", "duplicate_subscriptions", "duplicate_subscription_cents",
    ),
    shared=(_CONSENT, _PAID, _OVERDUE),
    sql=f"""
    SELECT c.customer_id, true AS bank_linked, c.expires_on AS bank_consent_expires_on, b.cents AS bank_balance_cents,
           coalesce(m.cents, 0) AS bank_medical_90d_cents, coalesce(m.visits, 0) AS bank_medical_visits_90d,
           coalesce(s.subscriptions, 0) AS subscriptions, coalesce(s.duplicates, 0) AS duplicate_subscriptions,
           coalesce(s.duplicate_cents, 0) AS duplicate_subscription_cents, least(c.expires_on + 1, e.edge_on, o.edge_on) AS edge_on
      FROM (SELECT customer_id, account_id, min(expires_on) AS expires_on FROM consent GROUP BY customer_id, account_id) c
      LEFT JOIN (SELECT c.customer_id, greatest(least(sum(a.balance_cents), {BIGINT_MAX}), -{BIGINT_MAX})::bigint AS cents
                   FROM consent c JOIN shoppers_bankaccount a ON a.consent_id = c.consent_id
                  WHERE a.kind = 'checking' AND a.currency = 'USD' GROUP BY c.customer_id) b ON b.customer_id = c.customer_id
      LEFT JOIN (SELECT customer_id, least(sum(cents), {BIGINT_MAX})::bigint AS cents, count(*) AS visits FROM paid
                  WHERE mcc IN ({_MEDICAL}) AND {last(90)} GROUP BY customer_id) m ON m.customer_id = c.customer_id
      LEFT JOIN ({totals_sql(accounts="SELECT account_id FROM consent", today=TODAY)}) s ON s.account_id = c.account_id
      LEFT JOIN ({edges("paid", "day", (90,))}) e ON e.customer_id = c.customer_id
      LEFT JOIN ({edges("overdue", "day", (MONTH_DAYS[1] + 5, YEAR_DAYS[1] + 1))}) o ON o.customer_id = c.customer_id
    """,  # nosec B608
)  # fmt: skip
