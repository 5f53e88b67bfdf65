"""The lock of whoever starts, ends or removes runs. Transaction-long, since a pooler lends connections by transaction."""

from __future__ import annotations

from typing import Final

from django.db import connection

RUNS: Final = 7_401  # an advisory lock's name


def lock_runs() -> None:
    """Hold the making, finishing and switching of runs to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RUNS])


def limit_waits(*, statement_s: float, lock_s: float = 5) -> None:
    """Bound what this transaction may take: a statement, a wait for a lock, and silence between two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true), "
            "set_config('idle_in_transaction_session_timeout', %s, true)",
            [f"{statement_s * 1000:.0f}", f"{lock_s * 1000:.0f}", f"{statement_s * 1000:.0f}"],
        )
