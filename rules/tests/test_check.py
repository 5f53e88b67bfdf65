"""Findings beside those of truth: units, ranges, texts, channels, periods, scores, cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rules.checks import truth
from rules.checks.check import check
from rules.definition.parse import parse
from rules.definition.tree import Definition
from rules.fields.catalogue import BY_NAME
from rules.tests.snoops import UNUSED

TODAY = date(2026, 11, 22)


def found(**changes):
    return [(one.level, one.path, one.message) for one in check(parse({**UNUSED, **changes}), today=TODAY)]


def balance(value, **more):
    return {"all": [{"field": "health_fsa_balance_cents", "test": "at_least", "value": value, **more},
                    {"field": "health_fsa_spend_by_on", "test": "is_known"}]}  # fmt: skip


def test_a_sound_rule_has_no_findings():
    assert found() == []


def test_a_few_cents_are_a_hint_that_dollars_were_meant_with_the_mended_number():
    (one,) = check(parse({**UNUSED, "conditions": balance(50)}), today=TODAY)

    assert (one.level, one.path, one.message) == ("hint", "conditions.all[0]", "health FSA balance: 50 is $0.50.")
    assert one.fix == "Amounts are in cents: write 5000 for $50.00."


@pytest.mark.parametrize("value", [0, 200, 5000])
def test_amounts_as_people_mean_them_are_no_hint(value):
    assert [one for one in found(conditions=balance(value)) if one[0] == "hint" and "is $" in one[2]] == []


def test_a_share_where_percents_are_meant_and_percents_where_a_share_is_meant():
    percent = {"all": [{"field": "store_decline_percent_30d", "test": "more_than", "value": 0.5}]}
    share = {"all": [{"field": "eligible_spend_90d_cents", "per": "spend_90d_cents", "test": "more_than", "value": 50}]}
    shop = {"audience": ["merchant"], "channels": ["portal"], "title": "A", "body": "B", "score": {"base": 1}}

    assert found(conditions=percent, **shop) == [
        ("hint", "conditions.all[0]", "share of declined payments: 0.5 is less than one percent.")
    ]
    assert found(conditions=share, title="A", body="B") == [
        ("hint", "conditions.all[0]", "A ratio of 50 means 50 times as much.")
    ]


def test_a_value_beyond_the_fields_range_is_a_warning():
    told = found(conditions={"all": [*balance(1000)["all"], {"field": "purchases_30d", "test": "at_most", "value": 2_000_000}]})

    assert [one[:2] for one in told] == [("warning", "conditions.all[2]")] * 2
    assert told[1][2] == "2,000,000 lies outside what purchases in 30 days can be (0 to 1,000,000)."


def test_a_field_that_ended_is_an_error(monkeypatch):
    ended = {**BY_NAME, "health_fsa_balance_cents": replace(BY_NAME["health_fsa_balance_cents"], is_retired=True)}
    monkeypatch.setattr(truth, "BY_NAME", ended)

    assert [one[:2] for one in found() if "ended" in one[2]] == [("error", "conditions.all[0]"), ("error", "score.terms[0]")]


def test_a_rule_whose_period_is_over_is_an_error():
    assert found(ends_on="2026-11-21") == [
        ("error", "ends_on", "The rule ended on November 21, 2026: nobody can qualify any more.")
    ]
    assert found(ends_on="2026-11-22") == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"channels": ["portal"]}, "channels"),
        ({"channels": ["feed", "push"]}, "cap_per_days"),
        ({"hold_out_percent": 80}, "hold_out_percent"),
        ({"score": {}}, "score"),
        ({"score": {"base": 1000}}, "score"),
        ({"score": {"base": 1, "terms": [{"field": "store_products", "low": 0, "high": 9, "points": 9}]}}, "score.terms[0]"),
    ],
)
def test_what_will_disappoint_is_a_warning(changes, path):
    assert [one[:2] for one in found(**changes)] == [("warning", path)]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"title": " "}, "title"), ({"title": "x" * 121}, "title"), ({"body": "y" * 801}, "body"), ({"body": "{nonsense}"}, "body"),
        ({"action_url": "javascript:alert(1)"}, "action_url"), ({"action_url": "//evil.example"}, "action_url"),
        ({"action_url": "https://user@evil.example/"}, "action_url"),
    ],
)  # fmt: skip
def test_what_must_never_be_shown_is_an_error_whoever_made_the_definition(changes, path):
    """`parse` refuses these too; a definition that code made is checked all the same."""
    definition: Definition = replace(parse(UNUSED), **changes)

    assert ("error", path) in [(one.level, one.path) for one in check(definition, today=TODAY)]


def test_many_questions_are_a_hint():
    cents = [name for name, one in BY_NAME.items() if one.type == "cents" and "person" in one.audiences][:26]
    asked = [{"field": name, "test": "between", "low": 1000, "high": 1000 + n} for n, name in enumerate(cents, 1)]

    hints = found(conditions={"all": [*UNUSED["conditions"]["all"], {"any": asked}, {"any": asked[:20]}]})

    assert [message for level, _, message in hints if level == "hint" and "each customer" in message] == [
        "48 questions for each customer.", "27 fields are read for each customer.",
    ]  # fmt: skip
