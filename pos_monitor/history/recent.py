"""Who reported lately, as the history has it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import connection

from pos_monitor.history import hours

SQL: Final = f"""
    SELECT asked.terminal FROM unnest(%s::bigint[]) AS asked (terminal)
    WHERE EXISTS (SELECT FROM {hours.REPORTS} AS report WHERE report.terminal = asked.terminal AND report.received >= %s)
"""  # noqa: S608  # nosec B608


def reported_since(numbers: Collection[int], since: datetime) -> set[int]:
    """Those of these terminals of which a report came since then. A look at an index for each."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, [list(numbers), since])
        return {number for (number,) in cursor.fetchall()}
