"""Reading definitions: everything that is wrong is told at once, with its place and what would mend it."""

from __future__ import annotations

import copy
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.definition.parse import DefinitionInvalid, canonical_text, parse, sha256_of, to_json
from rules.tests.strategies import SLOW, definitions

GOOD = {
    "conditions": {
        "all": [
            {"field": "health_fsa_at_risk_cents", "test": "more_than", "value": 5000},
            {"field": "health_fsa_spend_by_on", "test": "between", "low": {"from_today": 0}, "high": {"on": "2027-03-15"}},
            {"field": "letter_expires_on", "as": "days_until", "test": "at_most", "value": 30},
            {"field": "eligible_spend_90d_cents", "per": "spend_90d_cents", "test": "outside", "low": 0.25, "high": 0.5},
            {"any": [{"field": "main_bucket", "test": "is_one_of", "values": ["otc", "rx"]}, {"none": []}]},
        ]
    },
    "score": {"base": 10.5, "terms": [{"field": "health_fsa_at_risk_cents", "low": 0, "high": 50000, "points": 300}]},
    "title": "Use {health_fsa_at_risk_cents}",
    "body": "Until {health_fsa_spend_by_on}.",
    "category": "saving",
    "audience": ["person"],
    "action_label": "See what you can buy",
    "action_url": "/me/",
}


def complaints(**changes):
    with pytest.raises(DefinitionInvalid) as refused:
        parse({**copy.deepcopy(GOOD), **changes})
    return {each.path: each.message for each in refused.value.complaints}


def leaf_complaints(leaf):
    return complaints(conditions={"all": [leaf]})


@given(definitions())
@settings(max_examples=150, suppress_health_check=SLOW, deadline=None)
def test_what_is_written_is_read_back_as_the_same_also_through_text(definition):
    again = parse(json.loads(canonical_text(definition)))

    assert again == definition
    assert canonical_text(again) == canonical_text(definition)


def test_a_good_definition_is_read_and_its_hash_does_not_depend_on_the_order_of_names():
    turned = dict(reversed(GOOD.items()))

    assert parse(GOOD) == parse(turned)
    assert sha256_of(parse(GOOD)) == sha256_of(parse(turned))
    assert to_json(parse(GOOD))["conditions"] == GOOD["conditions"]
    assert to_json(parse(GOOD))["channels"] == ["feed"]


def test_every_fault_is_told_at_once_with_its_place():
    told = complaints(
        conditions={
            "all": [
                {"field": "helth_fsa_at_risk_cents", "test": "more_than", "value": 1},
                {"field": "bank_linked", "test": "at_least", "value": 1},
                {"any": [{"field": "spend_90d_cents", "test": "between", "low": 5.5, "high": 1}]},
            ]
        },
        titel="x",
        body="Hello {health_fsa}",
        audience=[],
    )

    assert told == {
        "titel": "This means nothing here: did you mean title?",
        "body": "There is no field “health_fsa”: did you mean health_fsa_spend_by_on?",
        "audience": "Give at least one of person, shopper, merchant.",
        "conditions.all[0].field": "There is no such field: did you mean health_fsa_at_risk_cents?",
        "conditions.all[1].test": "Take one of is_true, is_false, is_missing, is_known.",
        "conditions.all[2].any[0].low": "Give a whole number of cents.",
    }


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e16, 10**400, True, "5", None, [5]])
def test_a_threshold_is_a_finite_number(number):
    told = leaf_complaints({"field": "store_decline_percent_30d", "test": "at_least", "value": number})

    assert [*told] == ["conditions.all[0].value"]


@pytest.mark.parametrize(
    ("leaf", "path"),
    [
        ({"field": "spend_90d_cents", "test": "between", "low": 10, "high": 5}, "low"),
        ({"field": "spend_90d_cents", "test": "between", "low": 10}, "high"),
        ({"field": "spend_90d_cents", "test": "at_least", "value": 1, "low": 2}, "low"),
        ({"field": "spend_90d_cents", "test": "at_least", "value": 1, "as": "days_until"}, "as"),
        ({"field": "spend_90d_cents", "test": "at_least", "value": 1, "per": "main_bucket"}, "per"),
        ({"field": "spend_90d_cents", "test": "is_missing", "value": 1}, "value"),
        ({"field": "spend_90d_cents", "per": "spend_30d_cents", "test": "is_missing"}, "test"),
        ({"field": "last_otc_on", "test": "on_or_before", "value": 5}, "value"),
        ({"field": "last_otc_on", "test": "on_or_before", "value": {"from_today": 1, "on": "2026-01-01"}}, "value"),
        ({"field": "last_otc_on", "test": "on_or_before", "value": {"on": "20260101"}}, "value.on"),
        ({"field": "last_otc_on", "test": "on_or_before", "value": {"from_today": 40_000}}, "value.from_today"),
        ({"field": "last_otc_on", "test": "on_or_before", "value": {"from_today": 1.5}}, "value.from_today"),
        ({"field": "last_otc_on", "test": "between", "low": {"from_today": 5}, "high": {"from_today": 1}}, "low"),
        ({"field": "main_bucket", "test": "is_one_of", "values": []}, "values"),
        ({"field": "main_bucket", "test": "is_one_of", "values": ["otc", "otc"]}, "values[1]"),
        ({"field": "main_bucket", "test": "is_one_of", "values": ["shoes"]}, "values[0]"),
        ({"field": "categories_90d", "test": "has_any_of", "values": ["a\x00b"]}, "values[0]"),
        ({"field": "categories_90d", "test": "has_any_of", "values": "otc"}, "values"),
        ({"field": "bank_linked", "test": "is_true", "value": True}, "value"),
        ({"field": 5, "test": "is_true"}, "field"),
    ],
)
def test_a_test_that_does_not_fit_its_field_is_refused_where_it_stands(leaf, path):
    assert [*leaf_complaints(leaf)] == [f"conditions.all[0].{path}"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"conditions": {"all": [], "any": []}}, "conditions"),
        ({"conditions": []}, "conditions"),
        ({"conditions": {"all": [{"field": "bank_linked", "test": "is_true"}] * 15}}, "conditions"),
        ({"score": {"terms": [{"field": "spend_90d_cents", "low": 1, "high": 1, "points": 5}]}}, "score.terms[0].high"),
        ({"score": {"terms": [{"field": "last_otc_on", "low": 1, "high": 2, "points": 5}]}}, "score.terms[0].field"),
        ({"score": {"base": 1001}}, "score.base"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"body": "{health_fsa_balance_cents"}, "body"),
        ({"body": "{health_fsa_balance_cents.__class__}"}, "body"),
        ({"body": "{health_fsa_balance_cents!r:>99999999}"}, "body"),
        ({"action_url": "javascript:alert(1)"}, "action_url"),
        ({"action_url": "//evil.example"}, "action_url"),
        ({"action_url": "https://you@evil.example/"}, "action_url"),
        ({"action_url": "http://example.com/"}, "action_url"),
        ({"action_url": ""}, "action_url"),
        ({"starts_on": "2026-02-01", "ends_on": "2026-01-31"}, "ends_on"),
        ({"priority": 0}, "priority"),
        ({"hold_out_percent": 101}, "hold_out_percent"),
        ({"cap_per_days": True}, "cap_per_days"),
        ({"uses_learned_relevance": 1}, "uses_learned_relevance"),
        ({"channels": ["feed", "feed"]}, "channels"),
        ({"category": "advert"}, "category"),
    ],
)
def test_a_member_that_cannot_be_is_refused_where_it_stands(changes, path):
    assert [*complaints(**changes)] == [path]


def test_groups_that_lie_too_deep_and_rules_that_ask_too_much_are_refused():
    deep = {"field": "bank_linked", "test": "is_true"}
    for _ in range(200):
        deep = {"any": [deep]}
    wide = {"any": [{"field": "bank_linked", "test": "is_true"}] * 50}

    assert [*complaints(conditions=deep)] == ["conditions" + ".any[0]" * 6]
    assert [*complaints(conditions={"all": [wide, wide, wide]})] == ["conditions"]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_anything_else_is_refused_and_nothing_breaks(anything):
    with pytest.raises(DefinitionInvalid):
        parse(anything)
    with pytest.raises(DefinitionInvalid):
        parse({**GOOD, "conditions": {"all": [anything]}})
