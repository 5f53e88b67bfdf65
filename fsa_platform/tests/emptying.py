"""Emptying the database after a test that committed.

Django truncates every table and then makes all content types, permissions and groups again: with three hundred tables that takes a second. Here only
tables that hold something are emptied, and what `migrate` itself left there stays.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from people.roles import ROLES, sync_roles
from pos_monitor.tests.history_tables import drop_partitions
from vault.audit.chains import open_chains

KEPT: Final = frozenset({"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"})
TABLES_SQL: Final = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = current_schema()::regnamespace AND relname <> ALL(%s)
"""
OTHER_GROUPS_SQL: Final = "DELETE FROM auth_group WHERE name <> ALL(%s)"


def empty_tables(_case: object = None) -> None:
    """Empty whatever a test may have filled: append-only tables too, by the role that a restore would use."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            drop_partitions()  # which are made as they are needed
            for table in _filled(cursor):
                cursor.execute(f"DELETE FROM {table}")  # nosec B608: the catalogue's own name, quoted by it
        finally:
            cursor.execute("SET session_replication_role = origin")
        cursor.execute(OTHER_GROUPS_SQL, [list(ROLES)])
    sync_roles()
    open_chains()  # which the migration made


def _filled(cursor: Any) -> list[str]:
    cursor.execute(TABLES_SQL, [list(KEPT)])
    tables = [name for (name,) in cursor.fetchall()]
    # Names are the catalogue's own, quoted by it.
    cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))  # nosec B608
    return [name for (name,) in cursor.fetchall()]
