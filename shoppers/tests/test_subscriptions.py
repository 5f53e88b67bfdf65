"""Which payments come back, and which of them are one too many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from shoppers.bank.models import BankAccount, BankConsent, BankTransaction
from shoppers.bank.subscriptions import subscriptions_of, totals_sql
from shoppers.tests.people import person

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
MONTHLY = [date(2026, 11, 3), date(2026, 10, 3), date(2026, 9, 3), date(2026, 8, 3)]


def bank_account(email: str = "ada@example.com") -> BankAccount:
    account, now = person(email), timezone.now()
    consent = BankConsent.objects.create(
        account=account, provider="sandbox", scopes=[], answer_digest=email, browser="", answer_by=now
    )
    return BankAccount.objects.create(
        consent=consent, account=account, provider_id="1", masked_number="••1", kind="checking", balance_cents=0, balance_at=now
    )


def pay(at: BankAccount, payee: str, days: Iterable[date], cents: int = 10_00, mcc: str = "", **more) -> None:
    BankTransaction.objects.bulk_create(
        BankTransaction(
            bank_account=at, account=at.account, provider_id=f"{payee}-{cents}-{day}-{place}", booked_on=day, amount_cents=-cents,
            mcc=mcc, payee=payee, payee_key=payee, **more,
        )
        for place, day in enumerate(days)
    )  # fmt: skip


def found(at: BankAccount) -> list[tuple[str, str, int, int]]:
    return [(each.payee_key, each.per, each.month_cents, each.copies) for each in subscriptions_of(at.account, TODAY)]


def totals(at: BankAccount) -> tuple[int, int, int] | None:
    sql = totals_sql(accounts="SELECT %(account)s::bigint", today="%(today)s::date")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT subscriptions, duplicates, duplicate_cents FROM ({sql}) t", {"account": at.account_id, "today": TODAY}
        )
        return cursor.fetchone()


def test_a_payment_of_every_month_is_a_subscription_at_its_newest_price():
    at = bank_account()
    pay(at, "Stream", MONTHLY[1:], 15_00)
    pay(at, "Stream", MONTHLY[:1], 17_00)

    assert found(at) == [("Stream", "month", 17_00, 1)]


def test_months_of_28_and_31_days_are_months():
    at = bank_account()
    pay(at, "Month's end", [date(2026, 3, 31), date(2026, 2, 28), date(2026, 1, 31)])

    assert [each.payee_key for each in subscriptions_of(at.account, date(2026, 4, 2))] == ["Month's end"]


def test_a_payment_of_every_year_counts_a_twelfth_a_month():
    at = bank_account()
    pay(at, "Yearly", [date(2026, 5, 1), date(2025, 5, 1)], 120_00)

    assert found(at) == [("Yearly", "year", 10_00, 1)]


@pytest.mark.parametrize(
    "days",
    [
        MONTHLY[:2],  # twice may be chance
        [day - timedelta(days=60) for day in MONTHLY],  # it has stopped
        [MONTHLY[0], MONTHLY[0] - timedelta(days=12), MONTHLY[0] - timedelta(days=31)],
        [date(2026, 5, 1), date(2025, 8, 1)],
    ],
)
def test_what_is_not_regular_or_has_ended_is_none(days):
    at = bank_account()
    pay(at, "Sometimes", days)

    assert found(at) == []
    assert totals(at) is None


def test_another_price_each_time_is_none():
    at = bank_account()
    for day, cents in zip(MONTHLY, (10_00, 25_00, 70_00, 5_00), strict=True):
        pay(at, "Varies", [day], cents)

    assert found(at) == []


def test_groceries_refunds_and_pending_payments_are_none():
    at = bank_account()
    pay(at, "Grocer", MONTHLY, mcc="5411")
    pay(at, "Employer", MONTHLY, cents=-10_00)
    pay(at, "Pending", MONTHLY, is_pending=True)

    assert found(at) == []


def test_two_payments_a_month_at_one_price_are_two_subscriptions_and_one_is_too_many():
    at = bank_account()
    pay(at, "Gym", MONTHLY, 30_00, mcc="7997")
    pay(at, "Gym", [day + timedelta(days=10) for day in MONTHLY], 30_00, mcc="7997")

    assert found(at) == [("Gym", "month", 30_00, 2)]
    assert totals(at) == (2, 1, 30_00)


def test_two_of_a_kind_at_two_payees_are_one_too_many_and_the_dearer_half_is_its_cost():
    at = bank_account()
    pay(at, "Stream A", MONTHLY, 10_00, mcc="4899")
    pay(at, "Stream B", MONTHLY, 18_00, mcc="4899")
    pay(at, "Rent", MONTHLY, 900_00)
    pay(at, "Phone", MONTHLY, 40_00, mcc="4814")

    assert totals(at) == (4, 1, 18_00)


def test_nobody_is_told_of_another_persons_payments():
    ada, bob = bank_account(), bank_account("bob@example.com")
    pay(ada, "Stream", MONTHLY)

    assert found(bob) == []
