"""Settling: the network's word makes money the merchant's to take, less our fee, once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from checkout.models import ClearingCase, NetworkAdvice, Payment
from checkout.refunds.services import create_refund
from ledger.models import Account, Entry, Leg
from ledger.selectors import merchant_balance
from treasury.models import FeeRate, FeeSchedule, MonthVolume, Reserve, SettledLine, Settlement
from treasury.services.policies import change_policy
from treasury.services.pricing import count_month
from treasury.services.settling import release_reserves, settle_new_files
from treasury.tests.samples import cleared, money_of, settled, yesterday

pytestmark = pytest.mark.django_db


def rates(*rows, merchant=None, at=None, returns_fee=False):
    """rows: (channel, card, from volume, basis points, fixed cents)."""
    schedule = FeeSchedule.objects.create(
        merchant=merchant, effective_at=at or timezone.now() - timedelta(days=30), returns_fee_on_refund=returns_fee
    )
    for channel, card, volume, points, fixed in rows:
        FeeRate.objects.create(
            schedule=schedule, channel=channel, card=card, from_volume_cents=volume, basis_points=points, fixed_cents=fixed
        )
    return schedule


def pockets(merchant):
    found = merchant_balance(merchant)
    return found.pending_cents, found.settled_cents, found.reserve_cents, found.advanced_cents


def test_a_sale_is_pending_until_the_network_clears_it(acme, sell):
    sell()
    assert pockets(acme) == (4200, 0, 0, 0)

    settled(acme)

    assert pockets(acme) == (0, 4200, 0, 0)
    settlement = Settlement.objects.get()
    assert (settlement.sale_count, settlement.sale_cents, settlement.net_cents) == (2, 4200, 4200)
    due = Leg.objects.filter(account__kind=Account.Kind.PROCESSOR_DUE).values_list("amount_cents", flat=True)
    assert list(due) == [4200]


def test_settling_again_moves_nothing(acme, sell):
    sell()
    settled(acme)
    before = Entry.objects.count()

    assert settle_new_files() == 0
    assert Entry.objects.count() == before


def test_the_same_charge_in_a_second_file_settles_once(acme, sell):
    sell()
    settled(acme)

    cleared(*NetworkAdvice.objects.filter(kind="completion"), sequence=2)
    settle_new_files()

    assert pockets(acme) == (0, 4200, 0, 0)
    assert ClearingCase.objects.filter(kind="duplicate").count() == 2


def test_what_differs_waits_and_the_rest_settles(acme, sell):
    sell()
    first, second = money_of(acme)
    second.amount_cents += 1  # the network's line differs from what we booked
    cleared(first, second)

    settle_new_files()

    assert pockets(acme) == (1200, 3000, 0, 0)


def test_each_merchants_part_is_its_own(acme, globex, sell):
    sell()
    sell(globex)

    cleared(*money_of(acme), *money_of(globex))
    assert settle_new_files() == 2

    assert pockets(acme) == pockets(globex) == (0, 4200, 0, 0)


def test_the_fee_is_by_card_with_a_fixed_part_for_each(acme, sell):
    rates(("any", "any", 0, 290, 30), ("any", "benefit", 0, 250, 10))
    sell()

    settled(acme)

    # 2.5 % of 30.00 and 10 cents; 2.9 % of 12.00 and 30 cents
    assert [line.fee_cents for line in SettledLine.objects.all()] == [85, 65]
    assert pockets(acme) == (0, 4200 - 150, 0, 0)
    assert Leg.objects.get(account__kind=Account.Kind.SALE_FEES).amount_cents == -150


def test_a_merchants_own_rates_hold_before_those_for_all(acme, sell):
    rates(("any", "any", 0, 290, 30))
    rates(("any", "any", 0, 100, 0), merchant=acme, at=timezone.now() - timedelta(days=60))
    sell()

    settled(acme)

    assert Settlement.objects.get().fee_cents == 42


def test_a_change_of_fees_in_the_middle_of_a_day_parts_it(acme, sell):
    noon = datetime.combine(yesterday(), time(12), UTC)
    rates(("any", "any", 0, 100, 0))
    rates(("any", "any", 0, 200, 0), at=noon)
    sell()
    first, second = money_of(acme)
    cleared(first, second)
    NetworkAdvice.objects.filter(pk=first.pk).update(created_at=noon - timedelta(seconds=1))

    settle_new_files()

    assert [line.fee_cents for line in SettledLine.objects.order_by("advice")] == [30, 24]


def advice(payment, kind, cents, number):
    """One part of a card's charge or refund, as the network hears it."""
    tender = payment.tenders.get(kind="ordinary")
    return NetworkAdvice.objects.create(
        tender=tender,
        kind=kind,
        amount_cents=cents,
        subject=f"part-{number}",
        rrn=f"{8 if kind == 'refund' else 9}{number:011}",
        stan="000001",
        next_attempt_at=timezone.now(),
    )


@pytest.mark.parametrize("is_in_one_file", [True, False], ids=["one file", "many files"])
def test_a_card_that_is_charged_or_paid_back_in_small_parts_costs_what_it_would_at_once(acme, sell, is_in_one_file):
    rates(("any", "any", 0, 290, 0), returns_fee=True)
    payment = sell()
    settled(acme)
    assert Settlement.objects.get().fee_cents == 87 + 35
    parts = [
        advice(payment, kind, 18, n) for kind in ("completion", "refund") for n in range(10)
    ]  # 2.9 % of 18 cents is half a cent

    if is_in_one_file:
        cleared(*parts, sequence=2)
    else:
        for number, part in enumerate(parts):
            cleared(part, sequence=2 + number)
    settle_new_files()

    fees = SettledLine.objects.filter(advice__in=parts)
    sums = [sum(fees.filter(kind=kind).values_list("fee_cents", flat=True)) for kind in ("sale", "refund")]
    assert sums == [5, -5]  # ten times half a cent, and not ten whole ones


def test_the_tier_is_that_of_the_month_before(acme, sell):
    rates(("any", "any", 0, 300, 0), ("any", "any", 4000, 100, 0))
    sell()
    assert count_month((timezone.now() + timedelta(days=32)).date()) == 1  # counts the month that the sale is in
    before = yesterday().replace(day=1) - timedelta(days=1)
    MonthVolume.objects.update(month_on=before.replace(day=1))

    settled(acme)

    assert Settlement.objects.get().fee_cents == 42


@pytest.mark.parametrize(("returns_fee", "fee_cents"), [(False, 0), (True, -42)])
def test_a_refund_settles_too_and_its_fee_comes_back_where_agreed(acme, sell, returns_fee, fee_cents):
    rates(("any", "any", 0, 100, 30), returns_fee=returns_fee)
    payment = sell()
    settled(acme)
    NetworkAdvice.objects.update(acknowledged_at=timezone.now())
    create_refund(payment=Payment.objects.get(pk=payment.pk))
    assert pockets(acme)[0] == -4200

    settled(acme, sequence=2)

    assert Settlement.objects.order_by("-pk")[0].fee_cents == fee_cents
    assert pockets(acme) == (0, -102 - fee_cents, 0, 0)  # the fee of the sale stays, or its percentage comes back


def test_a_part_is_kept_back_and_released_when_its_time_is_over(acme, sell):
    change_policy(merchant=acme, reserve_bp=1000, reserve_days=30)
    sell()
    settled(acme)
    assert pockets(acme) == (0, 3780, 420, 0)
    assert release_reserves() == 0

    Reserve.objects.update(release_on=timezone.localdate())

    assert [release_reserves(), release_reserves()] == [1, 0]
    assert pockets(acme) == (0, 4200, 0, 0)
