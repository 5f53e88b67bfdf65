"""Partitions of history: what is in them is not undone by a test that commits."""

from __future__ import annotations

from django.db import connection

OURS = r"^pos_monitor_(packing|report|report_extra|chunk|rollup_fine|rollup_hour)_\d+"


def partitions(pattern: str = OURS) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s ORDER BY relname", [pattern])
        return [name for (name,) in cursor.fetchall()]


def drop_partitions() -> None:
    with connection.cursor() as cursor:
        for name in partitions():
            cursor.execute(f"DROP TABLE {name}")
