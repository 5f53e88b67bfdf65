"""Whose features must be computed again: what the database noted, taken off the notes together with the computing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from rules.models import CustomerChange

# What one sale changes, and what can wait: a merchant's figures fold over all of its sales of two months.
SOON = (CustomerChange.Kind.CUSTOMER, CustomerChange.Kind.ACCOUNT, CustomerChange.Kind.SHOPPER)


def mark_changed(customer_ids: Iterable[int]) -> None:
    """Note that something about these customers changed; in the caller's transaction, so that it is noted with the change."""
    CustomerChange.objects.bulk_create(
        [CustomerChange(kind=CustomerChange.Kind.CUSTOMER, subject_id=pk) for pk in set(customer_ids)]
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """Row ids of those about whom something was noted, by what they are."""

    customers: frozenset[int] = frozenset()
    accounts: frozenset[int] = frozenset()
    shoppers: frozenset[int] = frozenset()
    merchants: frozenset[int] = frozenset()
    notes: int = 0  # how many were taken off


def take_people(limit: int) -> Taken:
    """Take off up to `limit` notes about persons and shoppers, the oldest first. They come back if the transaction fails."""
    rows = _take_notes(SOON, limit)
    accounts = _take_person_changes(limit)
    of = {kind: frozenset(pk for what, pk in rows if what == kind) for kind in SOON}
    return Taken(
        customers=of[CustomerChange.Kind.CUSTOMER],
        accounts=of[CustomerChange.Kind.ACCOUNT] | frozenset(accounts),
        shoppers=of[CustomerChange.Kind.SHOPPER],
        notes=len(rows) + len(accounts),
    )


def take_merchants(limit: int) -> Taken:
    """The same of notes about merchants."""
    rows = _take_notes((CustomerChange.Kind.MERCHANT,), limit)
    return Taken(merchants=frozenset(pk for _, pk in rows), notes=len(rows))


def take_catalogues(merchants: int) -> frozenset[int]:
    """Take off every note about the products of so many merchants, and say of which: an import of a thousand is one thing to do."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH first AS (SELECT DISTINCT subject_id FROM rules_customerchange WHERE kind = 'catalogue' LIMIT %s),
                 free AS (SELECT c.id FROM rules_customerchange c JOIN first USING (subject_id) WHERE c.kind = 'catalogue'
                           FOR UPDATE OF c SKIP LOCKED)
            DELETE FROM rules_customerchange WHERE id IN (SELECT id FROM free) RETURNING subject_id
            """,
            [merchants],
        )
        return frozenset(pk for (pk,) in cursor.fetchall())


def _take_notes(kinds: Iterable[str], limit: int) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM rules_customerchange WHERE id IN (
                SELECT id FROM rules_customerchange WHERE kind = ANY(%s) ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING kind, subject_id
            """,
            [list(kinds), limit],
        )
        return list(cursor.fetchall())


def _take_person_changes(limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM shoppers_personchange WHERE id IN (
                SELECT id FROM shoppers_personchange ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING account_id
            """,
            [limit],
        )
        return [pk for (pk,) in cursor.fetchall()]
