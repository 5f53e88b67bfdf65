from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet, Sum

from common.scopes import ScopeError, get_scope
from ledger.models import Account, Entry, Leg
from merchants.models import Merchant


def balance_cents(account: Account) -> int:
    """The fold over the account's legs: debit > 0, credit < 0.

    A pocket of the platform's own has legs of all merchants, so its balance is asked for across merchants: in one
    merchant's scope the sum would be silently short. Raises ScopeError there.
    """
    if account.merchant_id is None and get_scope().get("_enabled", True):
        raise ScopeError(f"The balance of {account} is a sum over all merchants: say across_merchants(reason).")
    return Leg.objects.filter(account=account).aggregate(total=Sum("amount_cents"))["total"] or 0


def merchant_balance(merchant: Merchant, *, currency: str = "USD") -> dict[str, Any]:
    """What we owe the merchant, in cents: positive is the merchant's money."""
    owed = Leg.objects.filter(
        account__merchant=merchant, account__kind=Account.Kind.MERCHANT_PAYABLE, account__currency=currency
    ).aggregate(total=Sum("amount_cents"))["total"]
    return {"currency": currency, "available_cents": -(owed or 0)}


def merchant_entries(merchant: Merchant) -> QuerySet[Entry]:
    """The merchant's entries with their legs, for pages."""
    return Entry.objects.filter(merchant=merchant).prefetch_related("legs__account")


def merchant_change_cents(entry: Entry) -> int:
    """By how much this entry changed what we owe its merchant."""
    return -sum(leg.amount_cents for leg in entry.legs.all() if leg.account.kind == Account.Kind.MERCHANT_PAYABLE)


def running_balances(merchant: Merchant, entries: Sequence[Entry]) -> list[int]:
    """What we owed the merchant after each of these entries, which are newest first and follow each other."""
    if not entries:
        return []
    payable = Leg.objects.filter(account__merchant=merchant, account__kind=Account.Kind.MERCHANT_PAYABLE)
    owed = -(payable.filter(entry_id__lte=entries[0].pk).aggregate(total=Sum("amount_cents"))["total"] or 0)
    balances = []
    for entry in entries:
        balances.append(owed)
        owed -= merchant_change_cents(entry)
    return balances
