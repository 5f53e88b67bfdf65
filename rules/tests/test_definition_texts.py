"""Texts with values: formatted for people, and nothing but the catalogue's names reaches a value."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.definition.parse import parse
from rules.definition.texts import PLACEHOLDER, fill, placeholders, unsure_placeholders
from rules.engine.oracle import judge
from rules.fields.facts import Facts
from rules.tests.strategies import SLOW, TODAY, customers, definitions
from rules.tests.test_definition_parse import GOOD

VALUES = {
    "health_fsa_balance_cents": 123456,
    "bank_balance_cents": -5,
    "health_fsa_spend_by_on": date(2026, 12, 31),
    "refill_gap_days": 30,
    "store_decline_percent_30d": 12.5,
    "account_kinds": frozenset({"hsa", "health_fsa", "lpfsa"}),
    "merchants_365d": frozenset({"mer_1"}),
    "categories_90d": frozenset({"contact_lenses"}),
    "main_bucket": "otc",
    "bank_linked": True,
}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("{health_fsa_balance_cents} left", "$1,234.56 left"),
        ("{bank_balance_cents}", "−$0.05"),
        ("by {health_fsa_spend_by_on}", "by December 31"),
        ("every {refill_gap_days}", "every 30 days"),
        ("{store_decline_percent_30d}", "12.5%"),
        ("{account_kinds}", "health FSA, HSA and limited-purpose FSA"),
        ("{categories_90d} at {merchants_365d}", "contact lenses at Acme"),
        ("{main_bucket}: {bank_linked}", "over the counter: yes"),
        ("{purchases_30d} and {spend_30d_cents}", "0 and $0.00"),  # missing is zero
        ("{hsa_balance_cents} on {last_otc_on}", "an unknown amount on an unknown day"),
        ("{nothing_of_ours}", "…"),
        ("plain", "plain"),
    ],
)
def test_values_are_told_as_people_say_them(text, read):
    assert fill(text, VALUES, names={"mer_1": "Acme"}) == read


def test_a_day_far_from_today_is_told_with_its_year():
    assert fill("{health_fsa_spend_by_on}", VALUES, today=date(2024, 1, 1)) == "December 31, 2026"


def test_placeholders_come_once_in_their_order():
    assert placeholders("{main_bucket} {hsa_balance_cents} {main_bucket} {Not} {}") == ("main_bucket", "hsa_balance_cents")


@given(definitions(), st.lists(customers(), min_size=1, max_size=4))
@settings(max_examples=100, suppress_health_check=SLOW, deadline=None)
def test_a_placeholder_that_is_held_to_be_sure_has_a_value_whenever_the_rule_qualifies(definition, people):
    unsure = unsure_placeholders(definition)
    sure = [name for name in placeholders(definition.title + definition.body) if name not in unsure]

    for values in people:
        if judge(definition, values, TODAY).qualifies:
            assert [name for name in sure if Facts(values, TODAY).value(name) is None] == []
        assert PLACEHOLDER.search(fill(definition.body, values)) is None


@pytest.mark.parametrize(
    ("conditions", "unsure"),
    [
        ({"all": [{"field": "hsa_balance_cents", "test": "more_than", "value": 0}]}, ()),
        ({"all": []}, ("hsa_balance_cents",)),
        ({"none": [{"field": "hsa_balance_cents", "test": "more_than", "value": 0}]}, ("hsa_balance_cents",)),
        ({"none": [{"field": "hsa_balance_cents", "test": "is_missing"}]}, ()),
        (
            {"any": [{"field": "hsa_balance_cents", "test": "is_known"}, {"field": "bank_linked", "test": "is_true"}]},
            ("hsa_balance_cents",),
        ),
        (
            {
                "any": [
                    {"field": "hsa_balance_cents", "test": "is_known"},
                    {"field": "hsa_balance_cents", "test": "at_most", "value": 5},
                ]
            },
            (),
        ),
    ],
)
def test_placeholders_without_a_sure_value_are_found(conditions, unsure):
    definition = parse({**GOOD, "conditions": conditions, "title": "{hsa_balance_cents} {spend_30d_cents}", "body": "x"})

    assert unsure_placeholders(definition) == unsure
