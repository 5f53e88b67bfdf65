from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from ledger.errors import EntryUnbalanced, ReferenceReused
from ledger.models import Account, Entry, Leg
from merchants.models import Merchant
from vault.audit.services import record_about


def account_of(*, kind: Account.Kind, merchant: Merchant | None = None, currency: str = "USD") -> Account:
    """The one account of this kind, opened at its first use. Safe beside itself."""
    account, _ = Account.objects.get_or_create(merchant=merchant, kind=kind, currency=currency)
    return account


def accounts_of(wanted: Iterable[tuple[Account.Kind, Merchant | None]], *, currency: str = "USD") -> list[Account]:
    """The accounts of several kinds, in the order asked for, read in one query where they exist already."""
    wanted = list(wanted)
    merchants = {merchant.pk for _, merchant in wanted if merchant}
    rows = Account.objects.filter(
        Q(merchant__in=merchants) | Q(merchant=None), kind__in={kind for kind, _ in wanted}, currency=currency
    )
    known = {(row.kind, row.merchant_id): row for row in rows}
    return [
        known.get((kind, merchant.pk if merchant else None)) or account_of(kind=kind, merchant=merchant, currency=currency)
        for kind, merchant in wanted
    ]


@transaction.atomic(savepoint=False)
def post_entry(*, reference: str, legs: Mapping[Account, int], description: str, merchant: Merchant | None = None) -> Entry:
    """Write one balanced entry to the book and return it.

    legs: account -> signed cents, debit > 0, credit < 0; they sum to 0. Legs of 0 cents are left out.
    Safe to repeat: a known reference returns the entry it made the first time.
    """
    moving = {account: cents for account, cents in legs.items() if cents}
    if off_by_cents := sum(moving.values()):
        raise EntryUnbalanced(f"{reference} does not balance", off_by_cents=off_by_cents)
    if not moving:
        raise EntryUnbalanced(f"{reference} moves no money")
    entry, is_new = _entry(reference, merchant, description)
    if is_new:
        Leg.objects.bulk_create(Leg(entry=entry, account=account, amount_cents=cents) for account, cents in moving.items())
        record_about(entry, "posted", details={"reference": reference, "cents": sum(c for c in moving.values() if c > 0)})
    elif {leg.account_id: leg.amount_cents for leg in entry.legs.all()} != {a.pk: cents for a, cents in moving.items()}:
        raise ReferenceReused(f"{reference} was posted before with other legs.")
    return entry


def _entry(reference: str, merchant: Merchant | None, description: str) -> tuple[Entry, bool]:
    """The entry of this reference and whether it is new. One statement: every sale posts one."""
    entry = Entry(reference=reference, merchant=merchant, description=description, posted_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (public_id, reference, merchant_id, description, posted_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (reference) DO NOTHING RETURNING id",
            [entry.public_id, reference, merchant.pk if merchant else None, description, entry.posted_at],
        )
        found = cursor.fetchone()
    if found is None:
        known = Entry.objects.filter(reference=reference).first()
        if known is None:  # it is another merchant's
            raise ReferenceReused(f"{reference} was posted before for somebody else.")
        return known, False
    entry.pk = found[0]
    return entry, True
