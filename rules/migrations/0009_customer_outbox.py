"""Triggers on the tables of the rooms below that tell of what may change a customer, in the change's own transaction.

They stand here and not in those rooms' models because those rooms do not know of rules. Each fires once for a statement.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

SAY = "INSERT INTO rules_customerchange (kind, subject_id) SELECT DISTINCT kind, subject_id FROM ({rows}) told WHERE subject_id IS NOT NULL;"
JOINED = "new_rows n JOIN old_rows o USING ({key}) WHERE ({new}) IS DISTINCT FROM ({old})"
SOLD = """
    SELECT k.kind, CASE k.kind WHEN 'merchant' THEN n.merchant_id ELSE s.shopper_id END AS subject_id
      FROM ({rows}) n JOIN checkout_checkoutsession s ON s.id = n.session_id, (VALUES ('merchant'), ('shopper')) AS k(kind)
"""
CARD = """
    SELECT 'shopper' AS kind, s.shopper_id AS subject_id
      FROM ({rows}) n JOIN checkout_payment p ON p.id = n.payment_id JOIN checkout_checkoutsession s ON s.id = p.session_id
     WHERE n.kind = 'benefit' AND (n.status = 'declined' OR n.approved_cents BETWEEN 1 AND n.requested_cents - 1)
"""


def changed(*columns: str, key: str = "id") -> str:
    return JOINED.format(key=key, new=", ".join(f"n.{name}" for name in columns), old=", ".join(f"o.{name}" for name in columns))


def whose(kind: str, column: str, rows: str) -> str:
    return f"SELECT '{kind}' AS kind, {column}::bigint AS subject_id FROM {rows}"  # nosec B608


OVER = ("captured", "failed")
# Table -> event -> which customers it is about.
TOLD: dict[str, dict[str, str]] = {
    "checkout_payment": {
        "INSERT": SOLD.format(rows=f"SELECT * FROM new_rows WHERE status IN {OVER}"),  # nosec B608
        "UPDATE": SOLD.format(
            rows=f"SELECT n.* FROM {changed('status', 'captured_at', 'amount_cents', 'merchant_id', 'session_id')}"
            f" AND (n.status IN {OVER} OR o.status IN {OVER})"  # nosec B608
        ),
    },
    "checkout_tender": {
        "INSERT": CARD.format(rows="SELECT * FROM new_rows"),
        "UPDATE": CARD.format(rows=f"SELECT n.* FROM {changed('status', 'approved_cents', 'response_code')}"),  # nosec B608
    },
    "checkout_checkoutsession": {
        "UPDATE": " UNION ALL ".join(whose("shopper", f"{row}.shopper_id", changed("shopper_id", "channel")) for row in "no"),
    },
    "eligibility_letter": {
        "INSERT": whose("shopper", "shopper_id", "new_rows"),
        "UPDATE": " UNION ALL ".join(
            whose("shopper", f"{row}.shopper_id", changed("shopper_id", "status", "issued_on", "expires_on")) for row in "no"
        ),
    },
    "shoppers_shopper": {
        "INSERT": whose("shopper", "id", "new_rows"),
        "UPDATE": f"{whose('shopper', 'id', changed('account_id'))} UNION ALL {whose('account', 'o.account_id', changed('account_id'))}",
    },
    "shoppers_shopperaccount": {"INSERT": whose("account", "id", "new_rows")},
    "merchants_merchant": {"INSERT": whose("merchant", "id", "new_rows")},
    "ledger_entry": {"INSERT": whose("merchant", "merchant_id", "new_rows")},
    "webhooks_webhookendpoint": {
        "INSERT": whose("merchant", "merchant_id", "new_rows"),
        "UPDATE": whose("merchant", "n.merchant_id", changed("state", "state_reason", "failing_since", "deleted_at")),
    },
    "eligibility_product": {
        "INSERT": whose("catalogue", "merchant_id", "new_rows"),
        "UPDATE": whose("catalogue", "n.merchant_id", changed("price_cents", "is_active", "merchant_id")),
        "DELETE": whose("catalogue", "merchant_id", "old_rows"),
    },
    "eligibility_currentdecision": {
        "INSERT": whose("catalogue", "merchant_id", "new_rows"),
        "UPDATE": whose("catalogue", "n.merchant_id", changed("status", "decision_id", key="product_id")),
        "DELETE": whose("catalogue", "merchant_id", "old_rows"),
    },
    "rules_snoopfeedback": {"INSERT": whose("customer", "customer_id", "new_rows")},
}
SEEN = {"INSERT": "NEW TABLE AS new_rows", "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
# What was there before the triggers were.
BEFORE = " UNION ALL ".join(
    (
        whose("account", "id", "shoppers_shopperaccount"),
        whose("shopper", "id", "shoppers_shopper"),
        whose("merchant", "id", "merchants_merchant"),
        whose("catalogue", "id", "merchants_merchant"),
    )
)


def names() -> list[tuple[str, str, str, str]]:
    return [(table, event, rows, f"rules_told_{table}_{event.lower()}") for table, told in TOLD.items() for event, rows in told.items()]


def add(apps: Any, schema_editor: Any) -> None:
    for table, event, rows, name in names():
        schema_editor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {SAY.format(rows=rows)} RETURN NULL; END $$", params=None
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {SEEN[event]} FOR EACH STATEMENT EXECUTE FUNCTION {name}()", params=None
        )
    schema_editor.execute(SAY.format(rows=BEFORE), params=None)


def remove(apps: Any, schema_editor: Any) -> None:
    for table, _, _, name in names():
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}", params=None)
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}()", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("rules", "0008_customer_changes"),
        ("checkout", "0003_longer_ids_and_page_checks"),
        ("claims", "0001_initial"),
        ("eligibility", "0011_letter_amended_once"),
        ("ledger", "0001_initial"),
        ("merchants", "0004_invitations"),
        ("shoppers", "0003_benefits_and_bank_data"),
        ("webhooks", "0001_endpoints_and_deliveries"),
    ]

    operations = [migrations.RunPython(add, remove)]
