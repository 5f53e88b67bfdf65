"""A published version, customers with features, and what the slow evaluator says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from people.models import User
from rules.engine.oracle import judge
from rules.models import Customer, CustomerFeatures, Rule, RulePart, RuleRun, RuleSetVersion
from rules.publishing.loading import rules_of
from rules.results.read import current_row
from rules.runs import tasks
from rules.runs.night import day_of
from rules.tests.results import worlds


@dataclass
class World:
    rules: list[Rule]
    version: RuleSetVersion
    customers: list[Customer]
    lead: User


def make_customers(count: int, merchant) -> list[Customer]:
    """Every other one often buys; every third has an FSA to spend."""
    today = day_of(timezone.now())
    customers = worlds.make_customers(count, merchant)
    for number, customer in enumerate(customers):
        values = {"customer_kind": "person" if number % 3 == 0 else "shopper", "purchases_365d": number if number % 2 else 0}
        if number % 3 == 0:
            values |= {"health_fsa_balance_cents": 20_000 + number, "health_fsa_spend_by_on": today + timedelta(days=30)}
        CustomerFeatures.objects.create(customer=customer, as_of_on=today, computed_at=timezone.now(), **values)
    return customers


def values_of(customer: Customer) -> dict:
    row = CustomerFeatures.objects.filter(customer=customer).values().get()
    return {
        name: value for name, value in row.items() if value is not None and name not in ("customer_id", "as_of_on", "computed_at")
    }


def judge_all(run: RuleRun) -> None:
    """As a worker would: every waiting part, through its task."""
    for part in RulePart.objects.filter(run=run, state="waiting").values_list("pk", flat=True):
        tasks.judge_part.apply((part,), throw=True)
    run.refresh_from_db()


def stored(customer: Customer) -> dict[int, tuple[bool, int, int]]:
    return {pair.rule_id: (pair.qualifies, pair.score, pair.mask) for pair in current_row(customer).pairs().values()}


def expected(world: World, run: RuleRun, customer: Customer) -> dict[int, tuple[bool, int, int]]:
    """By the evaluator that shares nothing with the plan."""
    values = values_of(customer)
    ids = {rule.public_id: rule.pk for rule in world.rules}
    verdicts = {
        ids[entry.public_id]: judge(entry.definition, values, run.today, values["customer_kind"])
        for entry in rules_of(world.version).rule_set.rules
    }
    return {rule: (said.qualifies, said.score, said.mask) for rule, said in verdicts.items()}
