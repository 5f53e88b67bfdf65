"""Setting what sales cost: by two persons, from a time that has not come yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from merchants.models import Merchant
from people.models import User
from people.roles import FINANCE, has_role
from treasury.errors import DecisionRefused
from treasury.models import FeeRate, FeeSchedule
from treasury.models.fees import MOST_BASIS_POINTS
from treasury.pricing.fees import SALES, Rate, rate_for
from treasury.services.persons import require_finance
from vault.audit.services import record_about

CHANNEL_WORDS: Final = {"online": "online", "pos": "till"}
LEAST_NOTICE: Final = timedelta(minutes=1)
MONTH: Final = """
    INSERT INTO treasury_monthvolume (merchant_id, month_on, captured_cents)
    SELECT p.merchant_id, %(month)s, sum(c.amount_cents)
      FROM checkout_capture c JOIN checkout_payment p ON p.id = c.payment_id
     WHERE c.created_at >= %(starts)s AND c.created_at < %(ends)s GROUP BY p.merchant_id
    ON CONFLICT (merchant_id, month_on) DO UPDATE SET captured_cents = EXCLUDED.captured_cents
"""


@transaction.atomic
def set_fees(
    *,
    merchant: Merchant | None,
    rates: Sequence[Rate],
    effective_at: datetime,
    returns_fee: bool,
    proposed_by: User,
    approved_by: User,
) -> FeeSchedule:
    """New rates of a merchant, or of all that have no own, from a moment on; what was captured before pays as it did.

    Raises DecisionRefused: two persons of Finance, a time to come, and rates that are sane.
    """
    if proposed_by == approved_by or not (has_role(proposed_by, FINANCE) and has_role(approved_by, FINANCE)):
        raise DecisionRefused("Fees are set by two people in the role Finance.")
    for person in (proposed_by, approved_by):
        if merchant is not None:
            require_finance(person, merchant, what="Fees are set")
    check_fees(merchant=merchant, rates=rates, effective_at=effective_at)
    schedule = FeeSchedule.objects.create(
        merchant=merchant,
        effective_at=effective_at,
        returns_fee_on_refund=returns_fee,
        proposed_by=proposed_by,
        approved_by=approved_by,
    )
    FeeRate.objects.bulk_create(
        FeeRate(
            schedule=schedule, channel=rate.channel, card=rate.card, from_volume_cents=rate.from_volume_cents,
            basis_points=rate.basis_points, fixed_cents=rate.fixed_cents,
        )
        for rate in rates
    )  # fmt: skip
    record_about(schedule, "set", details={"effective_at": effective_at.isoformat(), "rates": len(rates)})
    return schedule


def check_fees(*, merchant: Merchant | None, rates: Sequence[Rate], effective_at: datetime) -> None:
    """Raises DecisionRefused where these rates could not be set from then on, and says what would mend it."""
    if effective_at < timezone.now() + LEAST_NOTICE:
        raise DecisionRefused("Fees change from a time that has not come yet.", param="effective_at")
    if FeeSchedule.objects.filter(merchant=merchant, effective_at=effective_at).exists():
        raise DecisionRefused("Other fees begin at this very time: choose another.", param="effective_at")
    if not rates:
        raise DecisionRefused("A schedule has at least one rate.", param="rates")
    for rate in rates:
        if not 0 <= rate.basis_points <= MOST_BASIS_POINTS or rate.fixed_cents < 0 or rate.from_volume_cents < 0:
            raise DecisionRefused(f"A rate is from 0 to {MOST_BASIS_POINTS / 100:g} % and nothing is below zero.", param="rates")
    if len({(rate.channel, rate.card, rate.from_volume_cents) for rate in rates}) < len(rates):
        raise DecisionRefused("Two rates are for the same sales: keep one of them.", param="rates")
    for channel, card in SALES:
        if rate_for(rates, channel=channel, card=card, volume_cents=0) is None:
            raise DecisionRefused(
                f"No rate is for {CHANNEL_WORDS[channel]} sales on {card} cards: add one for any sale, of 0 % if they are to cost nothing.",
                param="rates",
            )


def count_month(on: date | None = None) -> int:
    """Write down what each merchant captured in the month before a day (default: today); returns how many merchants. Safe to repeat."""
    ends_on = (on or timezone.now().astimezone(UTC).date()).replace(day=1)
    starts_on = (ends_on - timedelta(days=1)).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            MONTH,
            {"month": starts_on, "starts": datetime.combine(starts_on, datetime.min.time(), UTC),
             "ends": datetime.combine(ends_on, datetime.min.time(), UTC)},
        )  # fmt: skip
        return int(cursor.rowcount)
