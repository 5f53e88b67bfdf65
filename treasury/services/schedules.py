"""Payouts that nobody asks for each time: daily, weekly, or when enough has come together."""

from __future__ import annotations

import logging
from datetime import date

from django.db import DatabaseError
from django.utils import timezone

from common.errors import PlatformError
from treasury.days import is_business_day
from treasury.errors import BankAccountNotReady, PayoutsHeld
from treasury.models import BankAccount, Payout, PayoutPolicy
from treasury.selectors.available import available, left_today_cents
from treasury.services.payouts import LARGEST_CENTS, request_payout

logger = logging.getLogger(__name__)
Schedule = PayoutPolicy.Schedule


def pay_out_by_schedule() -> int:
    """Make the payouts that are due; returns how many. Daily: one each business day, by the merchant's clock; weekly: on its day; from an
    amount on: whenever so much has settled.

    Safe to repeat and beside itself: a payout bears its day as its key, one from an amount on its minute.
    """
    policies = PayoutPolicy.objects.exclude(schedule=Schedule.MANUAL).select_related("merchant")
    return sum(_paid(policy) for policy in policies.order_by("pk").iterator(200))


def _paid(policy: PayoutPolicy) -> bool:
    today = timezone.localdate(timezone=policy.merchant.zone)
    if not _is_due(policy, today):
        return False
    settled = _to_pay(policy)
    least = max(policy.minimum_cents, policy.threshold_cents if policy.schedule == Schedule.THRESHOLD else 0, 1)
    if settled < least or not BankAccount.objects.filter(merchant=policy.merchant, is_default=True).exists():
        return False
    key = f"schedule:{today}" if policy.schedule != Schedule.THRESHOLD else f"threshold:{timezone.now():%Y-%m-%dT%H:%M}"
    if Payout.objects.filter(merchant=policy.merchant, request_key=key).exists():
        return False
    try:
        request_payout(merchant=policy.merchant, amount_cents=settled, request_key=key, origin=Payout.Origin.SCHEDULE)
    except (BankAccountNotReady, PayoutsHeld):  # its merchant knows; a later look pays
        return False
    except (PlatformError, DatabaseError) as refused:
        logger.warning("scheduled payout of %s: %s", policy.merchant.public_id, refused)
        return False
    return True


def _to_pay(policy: PayoutPolicy) -> int:
    """In cents: what is settled (what is ahead of that is asked for), as far as the limits of a day and of one payment reach."""
    now = available(policy.merchant, policy)
    left = left_today_cents(policy.merchant)
    return min(now.now_cents, max(0, now.spendable_cents), LARGEST_CENTS, *(() if left is None else (left,)))


def _is_due(policy: PayoutPolicy, today: date) -> bool:
    if policy.schedule == Schedule.WEEKLY:
        return today.weekday() == policy.weekday
    return policy.schedule == Schedule.THRESHOLD or is_business_day(today)
