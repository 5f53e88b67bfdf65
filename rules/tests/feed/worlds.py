"""Rules in force, customers with known values, and a run that really judged them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from common.ids import new_id
from rules.customers.ensure import customer_for_shopper
from rules.definition.parse import parse
from rules.engine import live
from rules.engine.live import Rules
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.feed.history import zone
from rules.models import Customer, CustomerFeatures, Rule, RuleRun, RuleSetVersion
from rules.publishing import loading
from rules.tests.results.worlds import make_current, make_finished_run
from shoppers.models import Shopper

CLOCK = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # ten in the morning in New York
DAY = date(2026, 11, 22)
CLAIMABLE: dict[str, Any] = {
    "conditions": {"all": [{"field": "claimable_cents", "test": "at_least", "value": 2_000}]},
    "score": {"base": 100, "terms": [{"field": "claimable_cents", "low": 0, "high": 100_000, "points": 500}]},
    "title": "{claimable_cents} to claim back",
    "body": "From purchases since {oldest_claimable_on}.",
    "category": "saving",
    "audience": ["person", "shopper"],
    "channels": ["feed", "push"],
    "action_label": "Claim it",
    "action_url": "/me/",
}
LETTER: dict[str, Any] = {
    "conditions": {"all": [{"field": "letter_expires_on", "as": "days_until", "test": "between", "low": 0, "high": 30}]},
    "score": {"base": 300},
    "title": "Your letter ends {letter_expires_on}",
    "body": "Ask your clinician for a new one.",
    "category": "guidance",
    "audience": ["person", "shopper"],
}  # fmt: skip


def rule_of(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**base, **changes}


def put_in_force(number: int = 1, **definitions: dict[str, Any]) -> RuleSetVersion:
    """slug (with _ for -) -> definition. Rules keep their slots from version to version."""
    entries = []
    for name, definition in definitions.items():
        slug = name.replace("_", "-")
        rule = Rule.objects.filter(slug=slug).first()
        if rule is None:
            highest = max(Rule.objects.filter(slot__isnull=False).values_list("slot", flat=True), default=-1)
            rule = Rule.objects.create(slug=slug, name=slug.replace("-", " ").capitalize(), slot=highest + 1, draft=definition)
        entries.append(RuleEntry(rule.public_id, slug, rule.slot, number, parse(definition)))
    slots = dict(Rule.objects.filter(slot__isnull=False).values_list("public_id", "slot"))
    sha256 = f"{new_id('v'):0<64}"
    version = RuleSetVersion.objects.create(number=number, sha256=sha256, slots=slots, rule_count=len(entries))
    rules = Rules(RuleSet(number, sha256, tuple(entries), slots))
    loading._kept[sha256] = rules
    live.switch_to(rules)
    live._is_following = True
    return version


def shopper_of(merchant: Any, **values: Any) -> Customer:
    """A shopper's customer, of whom this is known."""
    shopper = Shopper.objects.create(merchant=merchant, email="x@shoppers.example", email_index=new_id("mail"))
    return known(customer_for_shopper(shopper), **values)


def known(customer: Customer, **values: Any) -> Customer:
    """These values and no others are known of the customer, whatever is computed from sales."""
    Customer.objects.filter(pk=customer.pk).update(is_made_up=True)
    CustomerFeatures.objects.filter(pk=customer.pk).delete()
    rows = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}
    CustomerFeatures.objects.create(customer=customer, as_of_on=DAY, computed_at=CLOCK, customer_kind=customer.kind, **rows)
    customer.refresh_from_db()
    return customer


def judged(*customers: Customer, clock: datetime = CLOCK, version: RuleSetVersion | None = None) -> RuleRun:
    """A finished run over these customers by the version in force, which is the current one now."""
    rules = live.loaded()
    assert rules is not None
    today = clock.astimezone(zone()).date()
    plan = rules.plan(today)
    inputs = plan.pack_many([_values(one) for one in customers])
    outcome = plan.evaluate(inputs)
    row = version or RuleSetVersion.objects.get(number=rules.rule_set.number)
    in_force = list(Rule.objects.filter(public_id__in=[one.public_id for one in rules.rule_set.rules]).order_by("slot"))
    run = make_finished_run(row, list(customers), in_force, outcome.scores, outcome.reasons, clock=clock, inputs=inputs)
    RuleRun.objects.filter(pk=run.pk).update(layout=plan.layout, today=today)
    make_current(run)
    return run


def _values(customer: Customer) -> dict[str, Any]:
    row = CustomerFeatures.objects.get(pk=customer.pk)
    values = {field.name: getattr(row, field.name) for field in CustomerFeatures._meta.concrete_fields}
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in values.items()}
