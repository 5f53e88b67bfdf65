"""Judging one rule for one customer now, and keeping the result as the pair's current one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from rules.customers.refresh import fresh_values
from rules.definition.sentences import condition_sentence
from rules.engine.columns import needs_of
from rules.engine.live import live
from rules.engine.ruleset import RuleEntry
from rules.feed.errors import RuleUnknown
from rules.feed.history import zone
from rules.feed.single import judge_one
from rules.feed.texts import as_sentence, merchant_names
from rules.fields.catalogue import BY_NAME
from rules.fields.values import Values, to_json
from rules.models import Customer, Rule, RuleSetVersion
from rules.results.overlay import store_fresh


@dataclass(frozen=True, slots=True)
class Evaluation:
    """reasons: (sentence, does it hold) of each top-level condition. missing: fields asked for that nobody knows."""

    rule: str
    slug: str
    customer: str
    qualifies: bool
    score: int
    reasons: tuple[tuple[str, bool], ...]
    missing: tuple[str, ...]
    version: int
    evaluated_at: datetime
    is_stored: bool


def evaluate_pair(*, customer: Customer, rule: str, store: bool = True) -> Evaluation:
    """Judge a rule of the version in force (id or slug) for the customer, by fields computed now.

    Kept, it is the pair's current result while no current run has a later clock: one under way that began before does
    not undo it. Safe to repeat. Raises RuleUnknown, RulesNotPublished.
    """
    rules = live()
    entry = rules.rule_set.entry(rule)
    row = Rule.objects.filter(public_id=entry.public_id, is_retired=False).first() if entry else None
    if entry is None or row is None:
        raise RuleUnknown(param="rule")
    at = timezone.now()  # before the fields are read: what happens meanwhile belongs to whoever looks later
    values = {**fresh_values(customer), "customer_kind": customer.kind}
    does, score, mask = judge_one(rules, entry.public_id, values, at.astimezone(zone()).date())
    asked = needs_of([entry.definition]).fields
    is_stored = store and store_fresh(
        customer=customer, rule=row, version=RuleSetVersion.objects.get(number=rules.rule_set.number), evaluated_at=at,
        qualifies=does, score=score, mask=mask, inputs=to_json({name: values[name] for name in asked if name in values}),
    )  # fmt: skip
    return Evaluation(
        rule=entry.public_id, slug=entry.slug, customer=customer.public_id, qualifies=does, score=score,
        reasons=reasons_of(entry, mask, values), missing=missing_of(asked, values), version=rules.rule_set.number, evaluated_at=at,
        is_stored=is_stored,
    )  # fmt: skip


def reasons_of(entry: RuleEntry, mask: int, values: Values) -> tuple[tuple[str, bool], ...]:
    names = merchant_names(values)
    return tuple(
        (as_sentence(condition_sentence(condition, names=names)), bool(mask >> bit & 1))
        for bit, condition in enumerate(entry.definition.conditions.conditions)
    )


def missing_of(asked: tuple[str, ...], values: Mapping[str, object]) -> tuple[str, ...]:
    """Of the fields asked for: those without a value for which nothing stands in."""
    return tuple(name for name in asked if values.get(name) is None and BY_NAME[name].missing != "zero")
