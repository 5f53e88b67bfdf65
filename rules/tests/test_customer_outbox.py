"""The triggers on other rooms' tables: each one's statement runs, so that none can ever fail a sale."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

OUTBOX = import_module("rules.migrations.0009_customer_outbox")
NOTHING = {  # a statement trigger fires for a statement that touches no row, too
    "INSERT": "INSERT INTO {table} SELECT * FROM {table} WHERE false",
    "UPDATE": "UPDATE {table} SET {column} = {column} WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
}


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "event", "trigger"), [(table, event, name) for table, event, _, name in OUTBOX.names()])
def test_a_statement_passes_its_trigger(table, event, trigger):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = %s AND tgenabled = 'O'", [trigger])
        is_there = cursor.fetchone()[0]
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped LIMIT 1", [table]
        )
        cursor.execute(NOTHING[event].format(table=table, column=cursor.fetchone()[0]))

    assert is_there == 1
