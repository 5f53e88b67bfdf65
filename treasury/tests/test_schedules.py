"""Payouts that nobody asks for each time, and the days they keep to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from merchants.limits.models import Control
from merchants.limits.services import hold
from people.roles import RISK
from people.tests.factors import staff_person
from treasury.errors import PayoutTooLarge
from treasury.models import BankAccount, Payout
from treasury.services.payouts import request_payout
from treasury.services.policies import change_policy
from treasury.services.schedules import pay_out_by_schedule
from treasury.tests.samples import an_account, money, settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def earning(acme, sell, desk):
    sell()
    settled(acme)
    an_account(acme)
    return acme


def test_a_daily_schedule_pays_once_a_business_day(earning, monkeypatch):
    monkeypatch.setattr("treasury.services.schedules.is_business_day", lambda day: True)
    change_policy(merchant=earning, schedule="daily")

    assert [pay_out_by_schedule(), pay_out_by_schedule()] == [1, 0]

    payout = Payout.objects.get()
    assert (payout.amount_cents, payout.origin) == (4200, "schedule")


@pytest.mark.parametrize(
    ("moments", "count"),
    [
        ((datetime(2026, 11, 2, 5, 30, tzinfo=UTC), datetime(2026, 11, 2, 6, 30, tzinfo=UTC)), 1),  # 00:30 and 01:30 of a Monday in New York
        ((datetime(2026, 11, 3, 4, 30, tzinfo=UTC), datetime(2026, 11, 3, 5, 30, tzinfo=UTC)), 2),  # 23:30, and 00:30 of the next day
        ((datetime(2026, 3, 9, 3, 30, tzinfo=UTC), datetime(2026, 3, 9, 4, 30, tzinfo=UTC)), 1),  # 23:30 of the short Sunday, 00:30 of Monday
    ],
    ids=["one day", "two days", "after the short day"],
)  # fmt: skip
def test_a_day_is_the_merchants_whatever_its_clock_did(acme, moments, count):
    money(acme, 10_000)
    an_account(acme)
    BankAccount.objects.update(usable_at=datetime(2026, 1, 1, tzinfo=UTC))
    change_policy(merchant=acme, schedule="daily")

    made = 0
    for moment in moments:
        with mock.patch.object(timezone, "now", return_value=moment):
            made += pay_out_by_schedule()
        money(acme, 500)

    assert made == count == Payout.objects.count()


def test_a_day_with_an_hour_twice_has_one_limit_of_payouts(acme):
    """On 1 November 2026 New York's clock shows 01:30 twice."""
    money(acme, 10_000)
    an_account(acme)
    BankAccount.objects.update(usable_at=datetime(2026, 1, 1, tzinfo=UTC))
    Control.objects.create(merchant=acme, payout_daily_cents=1000)

    def asked_at(hour):
        with mock.patch.object(timezone, "now", return_value=datetime(2026, 11, 1, hour, 30, tzinfo=UTC)):
            return request_payout(merchant=acme, amount_cents=1000)

    assert timezone.localdate(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), timezone=acme.zone).day == 1
    asked_at(5)
    with pytest.raises(PayoutTooLarge, match="limited to"):
        asked_at(6)
    with mock.patch.object(timezone, "now", return_value=datetime(2026, 11, 2, 4, 59, tzinfo=UTC)), pytest.raises(PayoutTooLarge):
        request_payout(merchant=acme, amount_cents=1000)  # the day has 25 hours
    with mock.patch.object(timezone, "now", return_value=datetime(2026, 11, 2, 5, 0, tzinfo=UTC)):
        request_payout(merchant=acme, amount_cents=1000)


def test_an_account_in_its_days_of_waiting_is_left_alone_without_a_word_in_the_log(earning, caplog):
    BankAccount.objects.update(usable_at=timezone.now() + timedelta(days=1))
    change_policy(merchant=earning, schedule="threshold", threshold_cents=1)

    assert (pay_out_by_schedule(), caplog.messages) == (0, [])

    BankAccount.objects.update(usable_at=timezone.now())
    assert pay_out_by_schedule() == 1


def test_a_weekend_pays_nothing(earning, monkeypatch):
    monkeypatch.setattr("treasury.services.schedules.is_business_day", lambda day: False)
    change_policy(merchant=earning, schedule="daily")

    assert pay_out_by_schedule() == 0


def test_a_week_has_one_day(earning):
    today = timezone.localdate(timezone=earning.zone).weekday()
    change_policy(merchant=earning, schedule="weekly", weekday=(today + 1) % 5)
    assert pay_out_by_schedule() == 0

    earning.payout_policy.__class__.objects.update(weekday=today)
    assert pay_out_by_schedule() == 1


@pytest.mark.parametrize(("threshold", "count"), [(4200, 1), (4201, 0)])
def test_a_threshold_pays_when_enough_has_come_together(earning, threshold, count):
    change_policy(merchant=earning, schedule="threshold", threshold_cents=threshold)

    assert pay_out_by_schedule() == count


def test_a_schedule_pays_what_the_limit_of_a_day_leaves(earning):
    Control.objects.create(merchant=earning, payout_daily_cents=1000)
    change_policy(merchant=earning, schedule="threshold", threshold_cents=500)
    request_payout(merchant=earning, amount_cents=300)

    assert pay_out_by_schedule() == 1

    assert Payout.objects.get(origin="schedule").amount_cents == 700


def test_a_schedule_that_the_limit_of_a_day_leaves_nothing_waits(earning):
    Control.objects.create(merchant=earning, payout_daily_cents=1000)
    change_policy(merchant=earning, schedule="threshold", threshold_cents=500)
    request_payout(merchant=earning, amount_cents=1000)

    assert pay_out_by_schedule() == 0


def test_a_held_merchant_is_not_paid(earning):
    change_policy(merchant=earning, schedule="threshold", threshold_cents=1)
    hold(by=staff_person(RISK), merchant=earning, what="payouts", reason="A look at documents.")

    assert pay_out_by_schedule() == 0
