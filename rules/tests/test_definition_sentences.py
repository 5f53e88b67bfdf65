"""Rules in plain English, for a curator who never saw their JSON."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.definition.parse import parse
from rules.definition.sentences import condition_sentence, sentence
from rules.engine.oracle import judge
from rules.tests.strategies import SLOW, TODAY, customers, definitions
from rules.tests.test_definition_parse import GOOD


def of(leaf):
    return parse({**GOOD, "conditions": {"all": [leaf]}}).conditions.conditions[0]


@pytest.mark.parametrize(
    ("leaf", "holds", "fails"),
    [
        (
            {"field": "hsa_balance_cents", "test": "at_least", "value": 5000},
            "HSA balance is at least $50.00",
            "HSA balance is less than $50.00 (or unknown)",
        ),
        (
            {"field": "spend_90d_cents", "test": "between", "low": 100, "high": 200},
            "spending in 90 days is from $1.00 to $2.00",
            "spending in 90 days is not from $1.00 to $2.00",
        ),
        (
            {"field": "purchases_30d", "test": "more_than", "value": 3},
            "the number of purchases in 30 days is more than 3",
            "the number of purchases in 30 days is at most 3",
        ),
        (
            {"field": "letter_expires_on", "as": "days_until", "test": "at_most", "value": 30},
            "the number of days until next expiry of a letter is at most 30",
            "the number of days until next expiry of a letter is more than 30 (or unknown)",
        ),
        (
            {"field": "last_otc_on", "test": "on_or_before", "value": {"from_today": -30}},
            "last over-the-counter purchase is 30 days ago or earlier",
            "last over-the-counter purchase is later than 30 days ago (or unknown)",
        ),
        (
            {"field": "health_fsa_spend_by_on", "test": "between", "low": {"from_today": 0}, "high": {"on": "2026-12-31"}},
            "last day to spend the health FSA is from today to December 31, 2026",
            "last day to spend the health FSA is not from today to December 31, 2026 (or unknown)",
        ),
        (
            {"field": "main_bucket", "test": "is_none_of", "values": ["otc", "rx"]},
            "what they mostly buy is neither over the counter nor prescription",
            "what they mostly buy is over the counter or prescription (or unknown)",
        ),
        (
            {"field": "account_kinds", "test": "has_all_of", "values": ["hsa", "lpfsa"]},
            "kinds of benefit accounts include HSA and limited-purpose FSA",
            "kinds of benefit accounts do not include both HSA and limited-purpose FSA",
        ),
        ({"field": "bank_linked", "test": "is_false"}, "has a linked bank account: no", "has a linked bank account: yes"),
        ({"field": "hsa_room_cents", "test": "is_known"}, "HSA contribution room is known", "HSA contribution room is not known"),
        (
            {"any": [{"field": "bank_linked", "test": "is_true"}, {"field": "subscriptions", "test": "at_least", "value": 2}]},
            "has a linked bank account: yes or the number of subscriptions is at least 2",
            "has a linked bank account: no and the number of subscriptions is less than 2 (or unknown)",
        ),
        (
            {"none": [{"field": "bank_linked", "test": "is_true"}, {"all": []}]},
            "has a linked bank account: no and never",
            "has a linked bank account: yes or always",
        ),
    ],
)
def test_a_condition_says_what_is_so_where_it_holds_and_where_it_does_not(leaf, holds, fails):
    condition = of(leaf)

    assert condition_sentence(condition) == holds
    assert condition_sentence(condition, holds=False) == fails


def test_a_whole_rule_says_whom_it_tells_when_and_how_its_score_grows():
    conditions = {
        "all": [
            {"field": "health_fsa_at_risk_cents", "test": "more_than", "value": 5000},
            {"field": "health_fsa_spend_by_on", "test": "between", "low": {"from_today": 0}, "high": {"from_today": 60}},
            {"any": [{"field": "bank_linked", "test": "is_true"}, {"field": "letters_active", "test": "equals", "value": 0}]},
        ]
    }
    definition = parse(
        {**GOOD, "conditions": conditions, "audience": ["shopper", "person"], "cap_per_days": 30, "ends_on": "2027-01-31"}
    )

    assert sentence(definition) == (
        "Tells people with an account and shoppers at a merchant when health FSA money at risk is more than $50.00, "
        "last day to spend the health FSA is from today to 60 days from today, "
        "and (has a linked bank account: yes or the number of letters in force is 0). Until January 31, 2027. "
        "Scores 10.5, up to 300 more as health FSA money at risk grows from $0.00 to $500.00. Shown at most once in 30 days."
    )


@given(definitions(), st.lists(customers(), min_size=1, max_size=3))
@settings(max_examples=80, suppress_health_check=SLOW, deadline=None)
def test_every_rule_has_a_sentence_and_every_verdict_its_reasons(definition, people):
    assert sentence(definition).startswith("Tells ")

    for values in people:
        explained = judge(definition, values, TODAY).explained
        assert [part.holds for part in explained.parts] == [
            bool(judge(definition, values, TODAY).mask >> i & 1) for i in range(len(definition.conditions.conditions))
        ]
        assert all(part.sentence for part in explained.parts)
