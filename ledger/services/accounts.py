from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from ledger.models import Account
from merchants.models import Merchant


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
