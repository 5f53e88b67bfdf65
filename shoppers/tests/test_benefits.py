"""Benefit accounts on a shopper's list: what is taken, what is refused, and a balance that is its history's newest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from shoppers.benefits.errors import BalanceInvalid, BenefitClosed, BenefitInvalid, BenefitKnown
from shoppers.benefits.models import BenefitAccount, BenefitBalance
from shoppers.benefits.selectors import benefit_of, benefits_of
from shoppers.benefits.services import add_benefit, change_benefit, close_benefit, record_balance
from shoppers.benefits.terms import Terms
from shoppers.tests.people import benefit, person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
FSA = Terms("health_fsa", date(2026, 1, 1), date(2026, 12, 31), "Northwind Benefits", election_cents=2_000_00)
HSA = Terms("hsa", date(2026, 1, 1), date(2026, 12, 31), coverage="family", contributed_cents=100_00)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_an_account_is_added_with_an_entry_in_the_audit_trail():
    with transaction.atomic():
        row = add_benefit(account=person(), terms=replace(FSA, carryover_limit_cents=680_00, run_out_ends_on=date(2027, 3, 31)))

    assert (row.kind, row.election_cents, row.carryover_limit_cents) == ("health_fsa", 2_000_00, 680_00)
    assert benefits_of(person()) == [row]


@pytest.mark.django_db(transaction=True)
def test_each_deed_is_in_the_audit_trail_and_its_repeat_is_not():
    row = add_benefit(account=person(), terms=FSA)
    for _ in range(2):
        change_benefit(benefit=row, terms=replace(FSA, election_cents=1_000_00))
        record_balance(benefit=row, amount_cents=5_00, as_of=date(2026, 3, 1))
        # the repeat finds all as it is
    for _ in range(2):
        close_benefit(benefit=row)

    assert [action for action in actions() if action.startswith("benefit_account")] == [
        "benefit_account.added", "benefit_account.changed", "benefit_account.balance_told", "benefit_account.closed",
    ]  # fmt: skip


def test_the_same_account_twice_is_one():
    row = add_benefit(account=person(), terms=FSA)

    with pytest.raises(BenefitKnown):
        add_benefit(account=person(), terms=replace(FSA, election_cents=1))

    assert benefits_of(person()) == [row]
    add_benefit(account=person(), terms=replace(FSA, plan_starts_on=date(2027, 1, 1), plan_ends_on=date(2027, 12, 31)))
    add_benefit(account=person("bob@example.com"), terms=FSA)
    assert BenefitAccount.objects.count() == 3


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        (replace(FSA, kind="piggy_bank"), "kind"),
        (replace(FSA, plan_ends_on=date(2026, 1, 1)), "plan_ends_on"),
        (replace(FSA, plan_ends_on=date(2027, 1, 1)), "plan_ends_on"),
        (replace(FSA, plan_starts_on=date(1026, 1, 1)), "plan_starts_on"),
        (replace(FSA, election_cents=-1), "election_cents"),
        (replace(FSA, election_cents=1_000_000_01), "election_cents"),
        (replace(FSA, carryover_limit_cents=1, grace_ends_on=date(2027, 3, 15)), "grace_ends_on"),
        (replace(FSA, grace_ends_on=date(2027, 3, 16)), "grace_ends_on"),
        (replace(FSA, grace_ends_on=date(2026, 12, 31)), "grace_ends_on"),
        (replace(FSA, run_out_ends_on=date(2026, 12, 30)), "run_out_ends_on"),
        (replace(FSA, run_out_ends_on=date(2028, 12, 31)), "run_out_ends_on"),
        (replace(FSA, kind="dcfsa", carryover_limit_cents=1), "carryover_limit_cents"),
        (replace(FSA, kind="hra", grace_ends_on=date(2027, 3, 15)), "grace_ends_on"),
        (replace(FSA, contributed_cents=1), "contributed_cents"),
        (replace(HSA, plan_ends_on=date(2026, 6, 30)), "plan_starts_on"),
        (replace(HSA, coverage="everybody"), "coverage"),
        (replace(HSA, election_cents=1), "election_cents"),
        (replace(HSA, grace_ends_on=date(2027, 3, 15)), "grace_ends_on"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(terms, param):
    with pytest.raises(BenefitInvalid) as refusal:
        add_benefit(account=person(), terms=terms)

    assert refusal.value.param == param
    assert not BenefitAccount.objects.exists()


@pytest.mark.parametrize(
    "more",
    [
        {"carryover_limit_cents": 1, "grace_ends_on": date(2027, 3, 15)},
        {"kind": "dcfsa", "carryover_limit_cents": 1},
        {"plan_ends_on": date(2025, 12, 31)},
        {"kind": "hsa", "election_cents": 1},
        {"coverage": "self"},
        {"balance_cents": 1},
    ],
)
def test_the_database_refuses_what_no_form_has_seen(more):
    with pytest.raises(IntegrityError), transaction.atomic():
        benefit(person(), **more)


def test_an_account_shows_the_newest_day_of_its_history():
    row = benefit(person())
    record_balance(benefit=row, amount_cents=500_00, as_of=date(2026, 5, 1))
    record_balance(benefit=row, amount_cents=900_00, as_of=date(2026, 2, 1))  # an older statement, told late
    record_balance(benefit=row, amount_cents=450_00, as_of=date(2026, 5, 1))  # a correction of the same day

    row.refresh_from_db()
    assert (row.balance_cents, row.balance_on) == (450_00, date(2026, 5, 1))
    assert row.balances.count() == 3


def test_a_balance_that_was_told_twice_counts_once():
    row = benefit(person())

    assert record_balance(benefit=row, amount_cents=1, as_of=date(2026, 5, 1), source="card_response", reference="tnd_1")
    assert not record_balance(benefit=row, amount_cents=2, as_of=date(2026, 5, 2), source="card_response", reference="tnd_1")
    assert record_balance(benefit=row, amount_cents=3, as_of=date(2026, 5, 3))
    assert not record_balance(benefit=row, amount_cents=3, as_of=date(2026, 5, 3))

    assert [balance.amount_cents for balance in row.balances.order_by("pk")] == [1, 3]


@pytest.mark.parametrize(
    ("amount_cents", "as_of", "param"),
    [(1_000_000_01, date(2026, 5, 1), "amount_cents"), (1, date(2226, 1, 1), "as_of"), (1, date(26, 1, 1), "as_of")],
)
def test_an_absurd_balance_is_refused_and_changes_nothing(amount_cents, as_of, param):
    row = benefit(person())

    with pytest.raises(BalanceInvalid) as refusal:
        record_balance(benefit=row, amount_cents=amount_cents, as_of=as_of)

    row.refresh_from_db()
    assert (refusal.value.param, row.balance_cents, BenefitBalance.objects.count()) == (param, None, 0)


def test_a_closed_account_leaves_the_list_and_takes_no_balance():
    row = add_benefit(account=person(), terms=FSA)
    close_benefit(benefit=row)

    assert benefits_of(person()) == []
    with pytest.raises(BenefitClosed):
        record_balance(benefit=row, amount_cents=1, as_of=date(2026, 5, 1))
    with pytest.raises(BenefitClosed):
        change_benefit(benefit=row, terms=FSA)
    add_benefit(account=person(), terms=FSA)  # and may be put on the list anew


def test_nobody_finds_another_persons_account():
    row = benefit(person())

    assert benefit_of(person(), row.public_id) == row
    with pytest.raises(Http404):
        benefit_of(person("bob@example.com"), row.public_id)


def test_what_must_be_spent_soonest_comes_first():
    account = person()
    late = benefit(account, administrator="B", grace_ends_on=date(2027, 3, 15))
    never = benefit(account, kind="hsa")
    soon = benefit(account, administrator="A")

    assert benefits_of(account) == [soon, late, never]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_add_the_same_at_once_one_is_refused():
    account = person()

    def add(_: int) -> str:
        try:
            add_benefit(account=account, terms=FSA)
        except BenefitKnown:
            return "known"
        finally:
            connection.close()
        return "added"

    with ThreadPoolExecutor(4) as threads:
        outcomes = sorted(threads.map(add, range(4)))

    assert outcomes == ["added", "known", "known", "known"]
    assert BenefitAccount.objects.count() == 1
