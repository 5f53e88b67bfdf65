"""Rules as tests make them."""

from __future__ import annotations

from datetime import date
from typing import Any

from people.models import User
from people.roles import CURATOR, LEAD_CURATOR, give_role
from rules.models import Rule, RuleExample, RuleRevision
from rules.publishing.revisions import approve, submit

DAY = date(2026, 11, 20)
UNUSED: dict[str, Any] = {
    "conditions": {
        "all": [
            {"field": "health_fsa_balance_cents", "test": "at_least", "value": 10_000},
            {"field": "health_fsa_spend_by_on", "as": "days_until", "test": "between", "low": 0, "high": 60},
        ]
    },
    "score": {
        "base": 100,
        "terms": [{"field": "health_fsa_balance_cents", "low": 10_000, "high": 100_000, "points": 400}],
    },
    "title": "{health_fsa_balance_cents} of your FSA is left",
    "body": "Spend it by {health_fsa_spend_by_on}.",
    "category": "insight",
    "audience": ["person"],
}  # fmt: skip
SHOULD = {"health_fsa_balance_cents": 50_000, "health_fsa_spend_by_on": "2026-12-31"}
SHOULD_NOT = {"health_fsa_balance_cents": 500, "health_fsa_spend_by_on": "2026-12-31"}


def make_curator(name: str, *, leads: bool = False) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", is_staff=True)
    give_role(user=user, role=LEAD_CURATOR if leads else CURATOR)
    return User.objects.get(pk=user.pk)  # without the permissions that were looked up before


def make_rule(slug: str = "unused-fsa", *, by: User | None = None, examples: bool = True, **changes: Any) -> Rule:
    rule = Rule.objects.create(slug=slug, name=slug.replace("-", " ").capitalize(), draft={**UNUSED, **changes}, created_by=by)
    if examples:
        add_example(rule, "A large balance", SHOULD, should_qualify=True)
        add_example(rule, "A few dollars", SHOULD_NOT, should_qualify=False)
    return rule


def add_example(rule: Rule, name: str, values: dict[str, Any], *, should_qualify: bool, **more: Any) -> RuleExample:
    return RuleExample.objects.create(rule=rule, name=name, values=values, should_qualify=should_qualify, today=DAY, **more)


def edit(rule: Rule, **changes: Any) -> Rule:
    rule.refresh_from_db()
    rule.draft, rule.draft_number = {**rule.draft, **changes}, rule.draft_number + 1
    rule.save(update_fields=["draft", "draft_number"])
    return rule


def submitted(rule: Rule, by: User | None) -> RuleRevision:
    rule.refresh_from_db()
    return submit(rule=rule, by=by, draft_number=rule.draft_number, comment="Ready to look at")


def approved(rule: Rule, author: User | None, approver: User | None) -> RuleRevision:
    revision = submitted(rule, author)
    approve(revision=revision, by=approver, comment="Fine")
    return revision
