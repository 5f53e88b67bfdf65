from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from ledger.errors import EntryUnbalanced, ReferenceReused
from ledger.models import Account, Entry, Leg
from merchants.models import Merchant


def account_of(*, kind: Account.Kind, merchant: Merchant | None = None, currency: str = "USD") -> Account:
    """The one account of this kind, opened at its first use. Safe beside itself."""
    account, _ = Account.objects.get_or_create(merchant=merchant, kind=kind, currency=currency)
    return account


@transaction.atomic
def post_entry(*, reference: str, legs: Mapping[Account, int], description: str, merchant: Merchant | None = None) -> Entry:
    """Write one balanced entry to the book and return it.

    legs: account -> signed cents, debit > 0, credit < 0; they sum to 0. Legs of 0 cents are left out.
    Safe to repeat: a known reference returns the entry it made the first time.
    """
    moving = {account: cents for account, cents in legs.items() if cents}
    if off_by_cents := sum(moving.values()):
        raise EntryUnbalanced(f"{reference} does not balance", off_by_cents=off_by_cents)
    entry, is_new = Entry.objects.get_or_create(reference=reference, defaults={"merchant": merchant, "description": description})
    if is_new:
        Leg.objects.bulk_create(Leg(entry=entry, account=account, amount_cents=cents) for account, cents in moving.items())
    elif {leg.account_id: leg.amount_cents for leg in entry.legs.all()} != {a.pk: cents for a, cents in moving.items()}:
        raise ReferenceReused(f"{reference} was posted before with other legs.")
    return entry
