"""A shopper's benefit accounts, as they and nobody else see them."""

from __future__ import annotations

from datetime import date

from django.http import Http404

from shoppers.accounts import ShopperAccount
from shoppers.benefits.models import BenefitAccount
from shoppers.benefits.reckoning import spend_by_on


def benefits_of(account: ShopperAccount) -> list[BenefitAccount]:
    """Those on the list: what must be spent soonest first, what has no end last."""
    rows = BenefitAccount.objects.filter(account=account, closed_at=None)
    return sorted(rows, key=lambda row: (spend_by_on(row) or date.max, row.pk))


def benefit_of(account: ShopperAccount, public_id: str) -> BenefitAccount:
    """One that stands on this shopper's list; Http404 for any other."""
    found = BenefitAccount.objects.filter(account=account, public_id=public_id, closed_at=None).first()
    if found is None:
        raise Http404
    return found
