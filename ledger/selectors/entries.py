"""A merchant's entries, and by how much each changed what we owe it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet, Sum

from ledger.models import Entry, Leg
from ledger.selectors.balances import HELD, merchant_balance
from merchants.models import Merchant


def merchant_entries(merchant: Merchant) -> QuerySet[Entry]:
    """The merchant's entries with their legs, for pages."""
    return Entry.objects.filter(merchant=merchant).prefetch_related("legs__account")


def merchant_change_cents(entry: Entry) -> int:
    """By how much this entry changed what we hold for its merchant: a payout takes it away when it is asked for. Money that only went
    from one pocket to another changes nothing."""
    return -sum(leg.amount_cents for leg in entry.legs.all() if leg.account.kind in HELD)


def running_balances(merchant: Merchant, entries: Sequence[Entry]) -> list[int]:
    """What we held for the merchant after each of these entries, which are newest first and follow each other."""
    if not entries:
        return []
    newer = Leg.objects.filter(account__merchant=merchant, account__kind__in=HELD, entry_id__gt=entries[0].pk)
    since = -(newer.aggregate(total=Sum("amount_cents"))["total"] or 0)
    now = merchant_balance(merchant)
    owed = now.total_cents - now.in_transit_cents - since
    balances = []
    for entry in entries:
        balances.append(owed)
        owed -= merchant_change_cents(entry)
    return balances
