"""A merchant's two locks: of its catalogue, and of the files that it sends; and one of all catalogues together."""

from __future__ import annotations

from typing import Final

from django.db import connection

# The first half of an advisory lock's name; the second is the merchant.
CATALOGUE: Final = 7_301
UPLOADS: Final = 7_302
ALL_CATALOGUES: Final = 7_303


def lock_catalogue(merchant_id: int) -> None:
    """Hold the merchant's catalogue to the end of the transaction. Taken before any of its rows.

    Decisions are numbered and become visible in one order then: whoever reads changes onward from the last that it saw
    misses none.
    """
    with connection.cursor() as cursor:  # before the merchant's own: who holds all of them must not wait for one of them
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [ALL_CATALOGUES])
    _lock(CATALOGUE, merchant_id)


def lock_all_catalogues() -> None:
    """Hold every merchant's catalogue to the end of a short transaction: what was begun before is done, what comes waits."""
    _lock(ALL_CATALOGUES, 0)


def lock_uploads(merchant_id: int) -> None:
    """Take one file of the merchant's at a time, to the end of the transaction: so that they can be counted."""
    _lock(UPLOADS, merchant_id)


def _lock(what: int, merchant_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [what, merchant_id % 2**31])
