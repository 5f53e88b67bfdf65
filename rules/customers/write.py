"""Writing what is known: only rows that changed, and no customer's broken data holds up the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

from django.db import DataError, IntegrityError, connection, transaction

from rules.customers.compute import parameters, select_for_people, select_for_stores
from rules.customers.compute.statement import NAMES

log = logging.getLogger(__name__)


def write(customer_ids: Sequence[int], today: date) -> int:
    """Compute and store what is known of these customers; returns how many rows changed. In the caller's transaction.

    The caller holds the customers' rows locked, so that what is stored last was computed last.
    """
    if not customer_ids:
        return 0
    try:
        with transaction.atomic():
            return _upsert(customer_ids, today)
    except (DataError, IntegrityError) as fault:
        if len(customer_ids) > 1:
            half = len(customer_ids) // 2
            return write(customer_ids[:half], today) + write(customer_ids[half:], today)
        _note(customer_ids[0], today, str(fault))
        return 0


def _upsert(customer_ids: Sequence[int], today: date) -> int:
    changed = 0
    with connection.cursor() as cursor:
        for select in (select_for_people(), select_for_stores()):
            cursor.execute(_statement(select), parameters(customer_ids, today))
            changed += cursor.rowcount
    return changed


@cache
def _statement(select: str) -> str:
    """`select` into the table. Where nothing differs but the day it was computed, the row is left alone: it still holds."""
    told = ("next_change_on", *NAMES)
    columns = ", ".join(told)
    new, old = (", ".join(f"{row}.{name}" for name in (*told, "fault")) for row in ("EXCLUDED", "f"))
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in ("as_of_on", "computed_at", "fault", *told))
    return f"""
        INSERT INTO rules_customerfeatures AS f (customer_id, as_of_on, computed_at, fault, {columns})
        SELECT customer_id, %(today)s::date, now(), '', {columns} FROM ({select}) computed
        ON CONFLICT (customer_id) DO UPDATE SET {updates} WHERE ({new}) IS DISTINCT FROM ({old})
    """  # noqa: S608  # our own text  # nosec B608


def _note(customer_id: int, today: date, fault: str) -> None:
    """Leave what was known as it was, say why, and try again tomorrow."""
    log.error("what is known of customer %s could not be computed: %s", customer_id, fault)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO rules_customerfeatures AS f (customer_id, as_of_on, computed_at, fault, next_change_on)
            VALUES (%s, %s, now(), %s, %s)
            ON CONFLICT (customer_id) DO UPDATE SET fault = EXCLUDED.fault, next_change_on = EXCLUDED.next_change_on
            """,
            [customer_id, today, fault[:300], today + timedelta(days=1)],
        )
