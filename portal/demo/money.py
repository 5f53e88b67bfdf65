"""How the demo's merchants are paid: with an advance, into an account that is proved, for the fees of everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from merchants.models import Merchant
from treasury.models import BankAccount, FeeRate, FeeSchedule, PayoutPolicy
from treasury.services.policies import change_policy

ROUTING: Final = "011000015"
ACCOUNTS: Final = ("000118000055", "002400120055", "000077000055")


def demo_money(merchants: list[Merchant]) -> None:
    """Safe to repeat: what is there is left as it is. An account that nobody typed: its amounts were never sent."""
    if not FeeSchedule.objects.filter(merchant=None).exists():
        schedule = FeeSchedule.objects.create(effective_at=timezone.now() - timedelta(days=365))
        FeeRate.objects.create(schedule=schedule, basis_points=290, fixed_cents=30)
        FeeRate.objects.create(schedule=schedule, channel="pos", basis_points=260, fixed_cents=10)
    for merchant, number in zip(merchants, ACCOUNTS, strict=True):
        if not PayoutPolicy.objects.filter(merchant=merchant).exists():
            change_policy(
                merchant=merchant, advance_share_bp=8_000, advance_cap_cents=500_000, instant_fee_bp=100, return_fee_cents=400
            )
        if not BankAccount.objects.filter(merchant=merchant).exists():
            now = timezone.now()
            BankAccount.objects.create(
                merchant=merchant, holder=merchant.legal_name, routing_number=ROUTING, account_number=number, last4=number[-4:],
                status=BankAccount.Status.VERIFIED, verified_at=now, usable_at=now, is_default=True, name_match=BankAccount.NameMatch.MATCH,
            )  # fmt: skip
