"""A merchant's payouts, its bank accounts, and the settlements inside a payout."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from merchants.models import Merchant
from treasury.models import BankAccount, Payout, Settlement


def payouts_of(merchant: Merchant, *, status: str = "") -> QuerySet[Payout]:
    rows = Payout.objects.filter(merchant=merchant).select_related("bank_account", "transfer")
    return rows.filter(status=status) if status else rows


def payout_for(merchant: Merchant, public_id: str) -> Payout:
    """The merchant's payout; another merchant's id is a 404."""
    return get_object_or_404(payouts_of(merchant), public_id=public_id)


def bank_accounts_of(merchant: Merchant) -> QuerySet[BankAccount]:
    """Those that are not removed, newest first."""
    return BankAccount.objects.filter(merchant=merchant).exclude(status=BankAccount.Status.REMOVED)


def bank_account_for(merchant: Merchant, public_id: str) -> BankAccount:
    """One of these; another merchant's id is a 404."""
    return get_object_or_404(bank_accounts_of(merchant), public_id=public_id)


def settlements_in(payout: Payout) -> QuerySet[Settlement]:
    """What was settled between the payout before this one and this one: the sales whose money it brings. What an earlier payout left,
    and what is advanced, comes on top."""
    before = Payout.objects.filter(merchant_id=payout.merchant_id, pk__lt=payout.pk).exclude(
        status__in=[Payout.Status.FAILED, Payout.Status.CANCELLED]
    )
    rows = Settlement.objects.filter(merchant_id=payout.merchant_id, created_at__lte=payout.created_at)
    earlier = before.order_by("-pk").first()
    return rows.filter(created_at__gt=earlier.created_at) if earlier else rows
