"""Payouts that nobody asks for each time: daily, weekly, or when enough has come together."""

from __future__ import annotations

import logging
from datetime import date

from django.db import DatabaseError
from django.utils import timezone

from common.errors import PlatformError
from treasury.days import is_business_day
from treasury.models import BankAccount, Payout, PayoutPolicy
from treasury.selectors.available import available
from treasury.services.payouts import request_payout

logger = logging.getLogger(__name__)
Schedule = PayoutPolicy.Schedule


def pay_out_by_schedule() -> int:
    """Make the payouts that are due; returns how many. Looked at once a business day of each merchant, in its zone; a threshold each time.

    Safe to repeat and beside itself: the payout of a day bears the day as its key.
    """
    policies = PayoutPolicy.objects.exclude(schedule=Schedule.MANUAL).select_related("merchant")
    return sum(_paid(policy) for policy in policies.order_by("pk").iterator(200))


def _paid(policy: PayoutPolicy) -> bool:
    today = timezone.localdate(timezone=policy.merchant.zone)
    if not _is_due(policy, today):
        return False
    now = available(policy.merchant, policy)
    settled = min(
        now.now_cents, max(0, now.spendable_cents)
    )  # a schedule pays what is settled; what is ahead of that is asked for
    least = max(policy.minimum_cents, policy.threshold_cents if policy.schedule == Schedule.THRESHOLD else 0, 1)
    if settled < least or not BankAccount.objects.filter(merchant=policy.merchant, is_default=True).exists():
        return False
    key = f"schedule:{today}" if policy.schedule != Schedule.THRESHOLD else f"threshold:{timezone.now():%Y-%m-%dT%H:%M}"
    if Payout.objects.filter(merchant=policy.merchant, request_key=key).exists():
        return False
    try:
        request_payout(merchant=policy.merchant, amount_cents=settled, request_key=key, origin=Payout.Origin.SCHEDULE)
    except (PlatformError, DatabaseError) as refused:  # an account in its days of waiting: the next day tries again
        logger.warning("scheduled payout of %s: %s", policy.merchant.public_id, refused)
        return False
    return True


def _is_due(policy: PayoutPolicy, today: date) -> bool:
    if policy.schedule == Schedule.WEEKLY:
        return today.weekday() == policy.weekday
    return policy.schedule == Schedule.THRESHOLD or is_business_day(today)
