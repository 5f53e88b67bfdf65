"""The one lock of a merchant's catalogue."""

from __future__ import annotations

from typing import Final

from django.db import connection

CATALOGUE: Final = 7_301  # the first half of an advisory lock's name; the second is the merchant


def lock_catalogue(merchant_id: int) -> None:
    """Hold the merchant's catalogue to the end of the transaction. Taken before any of its rows.

    Decisions are numbered and become visible in one order then: whoever reads changes onward from the last that it saw
    misses none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CATALOGUE, merchant_id % 2**31])
