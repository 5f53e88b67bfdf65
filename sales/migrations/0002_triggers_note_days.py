"""Triggers on the tables of the rooms below that note which day's sums are to be counted anew, in the change's own transaction.

They do nothing but insert: a trigger that fails fails the sale.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

SAY = "INSERT INTO sales_daynote (merchant_id, at) SELECT DISTINCT merchant_id, at FROM ({rows}) told;"
CHANGED = "new_rows n JOIN old_rows o USING (id) WHERE ({new}) IS DISTINCT FROM ({old})"
SOLD = ("merchant_id", "status", "captured_at", "captured_cents")


def changed(*columns: str) -> str:
    return CHANGED.format(new=", ".join(f"n.{name}" for name in columns), old=", ".join(f"o.{name}" for name in columns))


# Table -> event -> whose day.
TOLD = {
    "checkout_payment": {
        "INSERT": "SELECT merchant_id, captured_at AS at FROM new_rows WHERE captured_at IS NOT NULL",
        "UPDATE": f"SELECT n.merchant_id, n.captured_at AS at FROM {changed(*SOLD)} AND n.captured_at IS NOT NULL"
        f" UNION ALL SELECT o.merchant_id, o.captured_at FROM {changed(*SOLD)} AND o.captured_at IS NOT NULL",  # nosec B608
    },
    "checkout_capture": {
        "INSERT": "SELECT p.merchant_id, n.created_at AS at FROM new_rows n JOIN checkout_payment p ON p.id = n.payment_id WHERE n.number > 1",
    },
    "checkout_refund": {"INSERT": "SELECT merchant_id, created_at AS at FROM new_rows"},
    "checkout_refundleg": {
        "INSERT": "SELECT r.merchant_id, r.created_at AS at FROM new_rows n JOIN checkout_refund r ON r.id = n.refund_id",
        "UPDATE": "SELECT r.merchant_id, r.created_at AS at FROM new_rows n JOIN old_rows o USING (id) JOIN checkout_refund r ON r.id = n.refund_id"
        " WHERE n.status IS DISTINCT FROM o.status AND 'failed' IN (n.status, o.status)",
    },
    "merchants_merchant": {"UPDATE": f"SELECT n.id AS merchant_id, NULL::timestamptz AS at FROM {changed('time_zone')}"},  # nosec B608
}
SEEN = {"INSERT": "NEW TABLE AS new_rows", "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}
# Whoever sold before the triggers were is counted whole.
BEFORE = "SELECT DISTINCT merchant_id, NULL::timestamptz AS at FROM checkout_payment WHERE status = 'captured'"


def names() -> list[tuple[str, str, str, str]]:
    return [(table, event, rows, f"sales_told_{table}_{event.lower()}") for table, told in TOLD.items() for event, rows in told.items()]


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
        ("sales", "0001_sums_and_views"),
        ("checkout", "0027_how_sales_are_found"),
        ("pos_monitor", "0021_stores_of_earlier_till_sales"),
        ("merchants", "0007_letter_hold_days"),
    ]

    operations = [migrations.RunPython(add, remove)]
