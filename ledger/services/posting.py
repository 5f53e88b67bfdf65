"""Writing entries: one, or thousands, in one statement each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from ledger.errors import EntryUnbalanced, ReferenceReused
from ledger.models import Account, Entry, Leg
from merchants.models import Merchant
from vault.audit.deeds import about
from vault.audit.services import record_many

# Entries whose reference is known are left alone, and their legs with them. `made` comes first in each row's making, so that the
# transaction has its number before its legs get theirs: snapshots rely on it (ledger/services/snapshots.py).
POST: Final = """
    WITH made AS (
      INSERT INTO ledger_entry (public_id, reference, merchant_id, description, posted_at)
      SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz[])
      ON CONFLICT (reference) DO NOTHING RETURNING id, reference, posted_xid
    ), moved AS (
      INSERT INTO ledger_leg (entry_id, account_id, amount_cents)
      SELECT made.id, leg.account_id, leg.cents
        FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS leg (reference, account_id, cents) JOIN made USING (reference)
    )
    SELECT reference, id, posted_xid FROM made
"""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be written. legs: account -> signed cents, debit > 0, credit < 0; they sum to 0. Legs of 0 cents are left out."""

    reference: str
    legs: Mapping[Account, int]
    description: str
    merchant: Merchant | None = None

    def moving(self) -> dict[int, int]:
        """Account -> cents of what moves. Raises EntryUnbalanced."""
        cents_of = {account.pk: cents for account, cents in self.legs.items() if cents}
        if off_by_cents := sum(cents_of.values()):
            raise EntryUnbalanced(f"{self.reference} does not balance", off_by_cents=off_by_cents)
        if not cents_of:
            raise EntryUnbalanced(f"{self.reference} moves no money")
        return cents_of


def post_entry(*, reference: str, legs: Mapping[Account, int], description: str, merchant: Merchant | None = None) -> Entry:
    """Write one balanced entry to the book and return it; see `NewEntry`.

    Safe to repeat: a known reference returns the entry it made the first time. Raises EntryUnbalanced, ReferenceReused.
    """
    return post_entries([NewEntry(reference, legs, description, merchant)])[0]


@transaction.atomic(savepoint=False)
def post_entries(wanted: Sequence[NewEntry]) -> list[Entry]:
    """Write many balanced entries, all or none of them, and return them in the order given.

    Safe to repeat, and beside itself: a known reference returns the entry that it made the first time.
    Raises EntryUnbalanced; ReferenceReused where a known reference moved something else, or is named twice here.
    """
    moving = {entry.reference: entry.moving() for entry in wanted}
    if len(moving) != len(wanted):
        raise ReferenceReused("Two of these entries bear the same reference.")
    # In one order, so that of two that bring the same references neither waits for the other in a ring.
    rows = {entry.reference: _row(entry, timezone.now()) for entry in sorted(wanted, key=lambda entry: entry.reference)}
    _write(rows, moving)
    new = [row for row in rows.values() if row.pk]
    record_many(
        about(
            row, "posted", details={"reference": row.reference, "cents": sum(c for c in moving[row.reference].values() if c > 0)}
        )
        for row in new
    )
    if len(new) < len(rows):
        rows |= _known({reference: moving[reference] for reference, row in rows.items() if not row.pk})
    return [rows[entry.reference] for entry in wanted]


def _row(entry: NewEntry, now: datetime) -> Entry:
    return Entry(reference=entry.reference, merchant=entry.merchant, description=entry.description, posted_at=now)


def _write(rows: Mapping[str, Entry], moving: Mapping[str, Mapping[int, int]]) -> None:
    """Insert what is new; the rows that were written bear their number afterwards."""
    made = list(rows.values())
    legs = [(reference, account, cents) for reference in rows for account, cents in moving[reference].items()]
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            [
                [row.public_id for row in made], [row.reference for row in made], [row.merchant_id for row in made],
                [row.description for row in made], [row.posted_at for row in made],
                [leg[0] for leg in legs], [leg[1] for leg in legs], [leg[2] for leg in legs],
            ],
        )  # fmt: skip
        for reference, pk, posted_xid in cursor.fetchall():
            rows[reference].pk, rows[reference].posted_xid = pk, posted_xid


def _known(moving: Mapping[str, Mapping[int, int]]) -> dict[str, Entry]:
    """The entries that these references made before, if they moved the same."""
    found = {entry.reference: entry for entry in Entry.objects.filter(reference__in=moving)}
    legs: dict[int, dict[int, int]] = {entry.pk: {} for entry in found.values()}
    for entry_id, account_id, cents in Leg.objects.filter(entry__in=legs).values_list("entry_id", "account_id", "amount_cents"):
        legs[entry_id][account_id] = cents
    for reference, cents_of in moving.items():
        if reference not in found:  # it is another merchant's
            raise ReferenceReused(f"{reference} was posted before for somebody else.")
        if legs[found[reference].pk] != cents_of:
            raise ReferenceReused(f"{reference} was posted before with other legs.")
    return found
