"""Deadlines, money at risk and room to pay in: in Python, and the same in SQL."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shoppers.benefits import reckoning, sql
from shoppers.benefits.limits import all_limits, limit_of
from shoppers.benefits.models import BenefitAccount
from shoppers.tests.people import person

TODAY = date(2026, 11, 22)


def an_account(**more):
    usual = {
        "kind": "health_fsa", "plan_starts_on": date(2026, 1, 1), "plan_ends_on": date(2026, 12, 31), "balance_cents": 900_00,
        "carryover_limit_cents": None, "grace_ends_on": None, "run_out_ends_on": None, "coverage": "", "has_catch_up": False,
        "contributed_cents": None,
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


def test_money_is_spent_by_the_end_of_the_year_or_of_the_grace_period():
    assert reckoning.spend_by_on(an_account()) == date(2026, 12, 31)
    assert reckoning.spend_by_on(an_account(grace_ends_on=date(2027, 3, 15))) == date(2027, 3, 15)
    assert reckoning.spend_by_on(an_account(kind="hsa")) is None


def test_claims_end_with_the_run_out_and_nobody_guesses_one():
    assert reckoning.claim_by_on(an_account(run_out_ends_on=date(2027, 3, 31))) == date(2027, 3, 31)
    assert reckoning.claim_by_on(an_account()) is None


def test_with_a_grace_period_all_is_at_risk_and_with_a_carryover_only_the_rest():
    assert reckoning.at_risk_cents(an_account(grace_ends_on=date(2027, 3, 15))) == 900_00
    assert reckoning.at_risk_cents(an_account(carryover_limit_cents=680_00)) == 220_00
    assert reckoning.at_risk_cents(an_account(balance_cents=100_00, carryover_limit_cents=680_00)) == 0


def test_no_plan_rolls_more_over_than_the_law_lets_it():
    assert reckoning.at_risk_cents(an_account(carryover_limit_cents=800_00)) == 220_00  # 2026: $680
    assert reckoning.at_risk_cents(an_account(carryover_limit_cents=800_00, kind="hra")) == 100_00


def test_nothing_is_at_risk_in_an_hsa_and_nothing_is_known_without_a_balance():
    assert reckoning.at_risk_cents(an_account(kind="hsa")) == 0
    assert reckoning.at_risk_cents(an_account(balance_cents=None)) is None


@pytest.mark.parametrize(
    ("more", "room"),
    [
        ({"coverage": "self", "contributed_cents": 1_000_00}, 3_400_00),
        ({"coverage": "family", "contributed_cents": 1_000_00}, 7_750_00),
        ({"coverage": "self", "contributed_cents": 1_000_00, "has_catch_up": True}, 4_400_00),
        ({"coverage": "self", "contributed_cents": 9_000_00}, 0),
        ({"coverage": "self", "contributed_cents": None}, None),
        ({"coverage": "", "contributed_cents": 0}, None),
        ({"coverage": "self", "contributed_cents": 0, "plan_starts_on": date(2031, 1, 1)}, None),  # no such limit is known
    ],
)
def test_what_may_still_be_paid_into_an_hsa(more, room):
    assert reckoning.contribution_room_cents(an_account(kind="hsa", **more), TODAY) == room


def test_an_hsa_may_be_paid_into_until_the_return_is_due():
    last_year = an_account(kind="hsa", coverage="self", contributed_cents=4_000_00)

    assert reckoning.contribution_room_cents(last_year, date(2027, 4, 15)) == 400_00
    assert reckoning.contribution_room_cents(last_year, date(2027, 4, 16)) == 0


def test_a_plan_year_need_not_be_a_calendar_year():
    account = an_account(plan_starts_on=date(2026, 7, 1), plan_ends_on=date(2027, 6, 30), grace_ends_on=date(2027, 9, 15))

    assert reckoning.spend_by_on(account) == date(2027, 9, 15)
    assert not reckoning.is_running(account, date(2026, 6, 30))
    assert reckoning.is_running(account, date(2027, 9, 15))
    assert not reckoning.is_running(account, date(2027, 9, 16))


@pytest.mark.parametrize(
    ("ends_on", "grace"),
    [
        (date(2026, 12, 31), date(2027, 3, 15)),
        (date(2027, 12, 31), date(2028, 3, 15)),  # February has 29 days in between
        (date(2026, 6, 30), date(2026, 9, 15)),
        (date(2028, 2, 29), date(2028, 5, 15)),
        (date(2026, 9, 14), date(2026, 11, 29)),
    ],
)
def test_a_grace_period_is_two_months_and_fifteen_days_at_most(ends_on, grace):
    assert reckoning.grace_ends_at_latest_on(ends_on) == grace


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2027, 3, 1), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 7, 15), date(2027, 7, 14)),
    ],
)
def test_a_plan_year_has_twelve_months_at_most(starts_on, ends_on):
    assert reckoning.year_ends_at_latest_on(starts_on) == ends_on


def test_each_limit_stands_once_with_its_source_and_an_unknown_year_has_none():
    assert len({(limit.what, limit.year) for limit in all_limits()}) == len(all_limits())
    assert all(len(limit.source) > 8 for limit in all_limits())
    assert limit_of("health_fsa", 2026).cents == 3_400_00
    assert limit_of("carryover", 2026).cents * 5 == limit_of("health_fsa", 2026).cents
    assert limit_of("health_fsa", 2027) is None


MONEY = st.none() | st.integers(-50_00, 12_000_00)
DAYS = st.dates(date(2024, 1, 1), date(2028, 3, 1))


@st.composite
def accounts(draw):
    kind, starts_on = draw(st.sampled_from(["health_fsa", "lpfsa", "dcfsa", "hsa", "hra"])), draw(DAYS)
    row = {"kind": kind, "plan_starts_on": starts_on, "plan_ends_on": starts_on + timedelta(days=draw(st.integers(1, 365)))}
    balance = draw(MONEY)
    row |= {"balance_cents": balance, "balance_on": None if balance is None else TODAY}
    if kind == "hsa":
        more = {"coverage": draw(st.sampled_from(["", "self", "family"])), "has_catch_up": draw(st.booleans())}
        return row | more | {"contributed_cents": draw(MONEY)}
    ends = draw(st.sampled_from(["grace", "carryover", "neither"]))
    if ends == "grace":
        row["grace_ends_on"] = row["plan_ends_on"] + timedelta(days=draw(st.integers(1, 75)))
    if ends == "carryover" and kind != "dcfsa":
        row["carryover_limit_cents"] = draw(st.integers(0, 900_00))
    return row | {"run_out_ends_on": draw(st.none() | st.just(row["plan_ends_on"] + timedelta(days=90)))}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=accounts(), on=DAYS)
def test_sql_says_what_python_says(row, on):
    account = BenefitAccount.objects.create(account=person(), **row)
    day = f"DATE '{on}'"
    columns = [sql.spend_by_on(), sql.claim_by_on(), sql.at_risk_cents(), sql.contribution_room_cents(day), sql.is_running(day)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM shoppers_benefitaccount b WHERE b.id = %s", [account.pk])
        found = cursor.fetchone()
    account.delete()

    assert found == (
        reckoning.spend_by_on(account), reckoning.claim_by_on(account), reckoning.at_risk_cents(account),
        reckoning.contribution_room_cents(account, on), reckoning.is_running(account, on),
    )  # fmt: skip
