"""What a merchant can take out now: what is settled, and of what is not the part that its policy advances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Sum
from django.utils import timezone

from ledger.selectors import Balances, merchant_balance
from merchants.limits.selectors import payout_limits
from merchants.models import Merchant
from treasury.models import Payout, PayoutPolicy
from treasury.pricing.fees import BASIS


@dataclass(frozen=True, slots=True)
class Available:
    """In cents. now: what a payout may take, its fee included. advance: what of it would be ahead of the network's settlement.

    spendable: settled, less what refunds of unsettled sales took beyond them; below zero after more refunds than sales.
    """

    balances: Balances
    now_cents: int
    advance_cents: int
    spendable_cents: int


def policy_of(merchant: Merchant) -> PayoutPolicy:
    """The merchant's policy; where it has none yet, the defaults, unsaved."""
    return PayoutPolicy.objects.filter(merchant=merchant).first() or PayoutPolicy(merchant=merchant)


def available(merchant: Merchant, policy: PayoutPolicy | None = None) -> Available:
    """What can be paid out this moment. Nothing while payouts are held."""
    limits = payout_limits(merchant)
    return judged(merchant_balance(merchant), policy or policy_of(merchant), is_held=limits.is_held)


def judged(balances: Balances, policy: PayoutPolicy, *, is_held: bool = False) -> Available:
    """The pure part: balances and policy in, cents out."""
    spendable = balances.settled_cents + min(0, balances.pending_cents)
    share = max(0, balances.pending_cents) * policy.advance_share_bp // BASIS
    room = max(0, min(policy.advance_cap_cents, share) - balances.advanced_cents)
    now = 0 if is_held else max(0, spendable + room)
    return Available(balances, now, min(now, room), spendable)


def left_today_cents(merchant: Merchant) -> int | None:
    """What of the merchant's most for a day is left, by its own clock; None: no limit. What failed or was called back does not count."""
    daily_cents = payout_limits(merchant).daily_cents
    if daily_cents is None:
        return None
    midnight = datetime.combine(timezone.localdate(timezone=merchant.zone), time(), merchant.zone)
    today = Payout.objects.filter(merchant=merchant, created_at__gte=midnight).exclude(
        status__in=[Payout.Status.FAILED, Payout.Status.CANCELLED]
    )
    return max(0, daily_cents - (today.aggregate(cents=Sum("amount_cents"))["cents"] or 0))
