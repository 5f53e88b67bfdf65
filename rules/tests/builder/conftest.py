"""A curator, rules of the starting set as drafts, and customers of whom something is known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from people.models import User
from people.roles import CLINICIAN, CURATOR, give_role
from rules.builder import sample
from rules.builder.drafts import create_rule
from rules.builder.patterns import pattern_named
from rules.customers.today import rules_today
from rules.models import Customer, CustomerFeatures, Rule
from shoppers.accounts import ShopperAccount


def make_staff(name: str, role: str, first: str = "") -> User:
    user = User.objects.create(username=name, email=f"{name}@people.example", first_name=first)
    give_role(user=user, role=role)
    return user


@pytest.fixture
def cleo(db: None) -> User:
    """A curator."""
    return make_staff("cleo", CURATOR, "Cleo")


@pytest.fixture
def otto(db: None) -> User:
    """Another curator."""
    return make_staff("otto", CURATOR, "Otto")


@pytest.fixture
def sue(db: None) -> User:
    """A clinician: no rules for her."""
    return make_staff("sue", CLINICIAN)


@pytest.fixture
def rule(cleo: User) -> Rule:
    """Money before a deadline, as the example begins it."""
    return create_rule(name="Money before a deadline", draft=pattern_named("deadline").draft, by=cleo)


@pytest.fixture(autouse=True)
def _no_sample_kept() -> None:
    sample._kept.clear()


def make_person(number: int, **known: Any) -> Customer:
    account = ShopperAccount.objects.create(email_index=f"person-{number}")
    customer = Customer.objects.create(kind="person", account=account)
    CustomerFeatures.objects.create(
        customer=customer, as_of_on=rules_today(), computed_at=timezone.now(), customer_kind="person", **known
    )
    return customer


@pytest.fixture
def people(db: None) -> list[Customer]:
    """Twelve people with $0, $20, … $220 at risk, the money of each to be spent within thirty days; of a thirteenth nothing is known."""
    day = rules_today() + timedelta(days=30)
    known = [
        make_person(
            number, health_fsa_at_risk_cents=number * 2_000, health_fsa_balance_cents=number * 3_000, health_fsa_spend_by_on=day
        )
        for number in range(12)
    ]
    return [*known, make_person(99)]
