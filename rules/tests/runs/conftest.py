from __future__ import annotations

import pytest

from rules.publishing.versions import publish
from rules.tests.runs.worlds import World, make_customers
from rules.tests.snoops import approved, make_rule


@pytest.fixture
def world(wanda, lena, acme) -> World:
    """Two published rules, and seven customers of whom some qualify."""
    rules = [
        make_rule("unused-fsa", by=wanda),
        make_rule("frequent-buyer", by=wanda, examples=False, **FREQUENT),
    ]
    from rules.tests.snoops import add_example

    add_example(rules[1], "Often", {"purchases_365d": 9}, should_qualify=True)
    add_example(rules[1], "Never", {"purchases_365d": 0}, should_qualify=False)
    for rule in rules:
        approved(rule, wanda, lena)
    version = publish(by=lena, note="For the tests").version
    for rule in rules:
        rule.refresh_from_db()
    return World(rules=rules, version=version, customers=make_customers(7, acme), lead=lena)


FREQUENT = {
    "conditions": {"all": [{"field": "purchases_365d", "test": "at_least", "value": 3}]},
    "score": {"base": 10, "terms": [{"field": "purchases_365d", "low": 0, "high": 10, "points": 500}]},
    "title": "You buy often",
    "body": "{purchases_365d} purchases in a year.",
    "audience": ["person", "shopper"],
}
