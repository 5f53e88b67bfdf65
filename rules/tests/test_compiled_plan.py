"""The compiled plan says of everybody exactly what the slow evaluator says."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.rule_sets import customers as made_up_customers
from bench.rule_sets import inputs as made_up_inputs
from bench.rule_sets import rule_set as made_up_rules
from rules.definition.parse import parse
from rules.engine.compile import compile_plan
from rules.engine.layout import unpack
from rules.engine.oracle import judge
from rules.engine.plan import CHUNK
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.tests.strategies import SLOW, TODAY, customers, definitions
from rules.tests.test_definition_parse import GOOD


def rule_set(listed):
    entries = tuple(RuleEntry(f"rule_{i}", f"rule-{i}", 2 * i, 1, definition) for i, definition in enumerate(listed))
    return RuleSet(1, "0" * 64, entries, {entry.public_id: entry.slot for entry in entries})


def expected(rules, values):
    """(scores, reasons) of a customer by the slow evaluator; every second slot belongs to no rule."""
    scores, reasons = [-1] * rules.slot_count, [0] * rules.slot_count
    for entry in rules.rules:
        verdict = judge(entry.definition, values, TODAY)
        scores[entry.slot], reasons[entry.slot] = verdict.stored, verdict.mask
    return scores, reasons


@given(st.lists(definitions(), min_size=1, max_size=4), st.lists(customers(), min_size=2, max_size=4))
@settings(max_examples=150, suppress_health_check=SLOW, deadline=None)
def test_plan_agrees_with_the_slow_evaluator_for_many_for_one_and_after_packing(listed, people):
    rules = rule_set(listed)
    plan = compile_plan(rules, TODAY)
    inputs = plan.pack_many(people)

    outcome = plan.evaluate(inputs, by_rule=True)

    for i, values in enumerate(people):
        scores, reasons = expected(rules, values)
        assert outcome.scores[i].tolist() == scores
        assert outcome.reasons[i].tolist() == reasons
        assert outcome.by_rule[:, i].tolist() == scores
        alone = plan.evaluate(inputs[i : i + 1])
        assert (alone.scores[0].tolist(), alone.reasons[0].tolist()) == (scores, reasons)
        assert expected(rules, plan.unpack(inputs[i].tobytes())) == (scores, reasons)
        for entry in rules.rules:
            single = plan.only(entry.public_id)
            one = single.evaluate(single.pack(values))
            assert (one.scores[0, 0], one.reasons[0, 0]) == (scores[entry.slot], reasons[entry.slot])


@given(st.lists(definitions(), min_size=1, max_size=3), st.lists(customers(), min_size=1, max_size=4))
@settings(max_examples=40, suppress_health_check=SLOW, deadline=None)
def test_rows_that_came_by_copy_are_judged_and_kept_as_packed_ones(listed, people):
    plan = compile_plan(rule_set(listed), TODAY)
    packed = plan.pack_many(people)
    wire = np.zeros(
        len(packed), dtype=[part for name in plan.dtype.names for part in ((f"{name} length", ">i4"), (name, plan.dtype[name]))]
    )
    for name in plan.dtype.names:
        wire[name] = packed[name]
    rows = np.zeros(len(packed), dtype=[("before", "S3"), ("scores", "<i2", plan.slot_count), ("after", "S3")])

    plan.evaluate(wire, scores=rows["scores"])

    assert plan.keep(wire).tobytes() == packed.tobytes()
    assert rows["scores"].tolist() == plan.evaluate(packed).scores.tolist()
    assert set(rows["before"]) == set(rows["after"]) == {b""}


def test_what_could_not_be_used_is_told_with_its_row_and_field():
    definition = parse(
        {
            **GOOD,
            "title": "x",
            "body": "x",
            "conditions": {
                "all": [
                    {"field": "store_decline_percent_30d", "test": "at_least", "value": 1},
                    {"field": "last_otc_on", "test": "on_or_after", "value": {"from_today": -5}},
                    {"field": "main_bucket", "test": "is_one_of", "values": ["otc"]},
                ]
            },
        }
    )
    plan = compile_plan(rule_set([definition]), TODAY)
    good = {
        "customer_kind": "person",
        "store_decline_percent_30d": 1.0,
        "last_otc_on": TODAY,
        "main_bucket": "otc",
        "health_fsa_at_risk_cents": 5,
    }
    poisonous = [
        good,
        {"customer_kind": "person"},  # knows nothing, and is no fault
        {**good, "store_decline_percent_30d": math.nan},
        {**good, "store_decline_percent_30d": math.inf},
        {**good, "last_otc_on": date.max},
        {**good, "main_bucket": "shoes"},
        {**good, "health_fsa_at_risk_cents": 2**63 - 1},
        {**good, "health_fsa_at_risk_cents": -1},
    ]

    outcome = plan.evaluate(plan.pack_many(poisonous))

    assert sorted((fault.row, fault.field, fault.kind) for fault in outcome.faults) == [
        (2, "store_decline_percent_30d", "implausible"),
        (3, "store_decline_percent_30d", "implausible"),
        (4, "last_otc_on", "implausible"),
        (5, "main_bucket", "implausible"),
        (6, "health_fsa_at_risk_cents", "implausible"),
        (7, "health_fsa_at_risk_cents", "implausible"),
    ]
    assert outcome.fault_count == 6
    assert (outcome.scores[:, 0] >= 0).tolist() == [True, False, False, False, False, False, True, True]


def test_divisors_of_zero_are_counted():
    ratio = {"field": "spend_30d_cents", "per": "spend_90d_cents", "test": "more_than", "value": 0.5}
    plan = compile_plan(rule_set([parse({**GOOD, "conditions": {"all": [ratio]}})]), TODAY)
    people = [{"spend_30d_cents": 2, "spend_90d_cents": divisor} for divisor in (0, 2, None)]

    store = {"spend_90d_cents": 0, "customer_kind": "merchant"}  # has no such field, so its nought is told to nobody
    outcome = plan.evaluate(plan.pack_many([*({**each, "customer_kind": "person"} for each in people), store]))

    assert outcome.zero_divisors == {"spend_90d_cents": 2}
    assert (outcome.scores[:, 0] >= 0).tolist() == [False, True, False, False]


def test_a_chunk_more_or_less_changes_nothing():
    rules = made_up_rules(30)
    plan = compile_plan(rules, TODAY)
    inputs = made_up_inputs(plan, CHUNK + 129)
    whole = plan.evaluate(inputs)

    for first, last in ((0, 1), (CHUNK - 1, CHUNK + 1), (CHUNK, CHUNK + 129), (5, 133), (7, 136)):
        part = plan.evaluate(inputs[first:last])
        assert (part.scores == whole.scores[first:last]).all()
        assert (part.reasons == whole.reasons[first:last]).all()
    assert 0 < (whole.scores >= 0).mean() < 1


def test_threads_may_share_a_plan():
    plan = compile_plan(made_up_rules(20), TODAY)
    inputs = made_up_inputs(plan, 4_000)
    expected_scores = plan.evaluate(inputs).scores

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda i: (plan.evaluate(inputs[i::7]).scores == expected_scores[i::7]).all(), [*range(7)] * 6))

    assert all(found)


def test_many_rules_are_laid_into_groups_and_a_slot_that_nobody_has_says_nothing():
    rules = made_up_rules(600)
    kept = tuple(entry for entry in rules.rules if entry.slot != 251)
    plan = compile_plan(replace(rules, rules=kept), TODAY)

    outcome = plan.evaluate(made_up_inputs(plan, 10))

    assert [(group.number, group.first, group.last) for group in plan.groups] == [(0, 0, 250), (1, 250, 500), (2, 500, 600)]
    assert set(outcome.scores[:, 251].tolist()) == {-1}
    assert set(outcome.reasons[:, 251].tolist()) == {0}


def test_kept_inputs_are_read_back_with_their_layout_alone():
    plan = compile_plan(made_up_rules(40), TODAY)
    layout = json.loads(json.dumps(plan.layout))
    someone = next(each for each in made_up_customers(5))

    told = unpack(layout, plan.pack(someone).tobytes())

    fields = {column["name"] for column in layout["columns"]} | {bit["field"] for bit in layout["bits"]}
    elements = {bit["element"] for bit in layout["bits"]}
    assert {name: value for name, value in told.items() if not isinstance(value, frozenset)} == {
        name: value for name, value in someone.items() if name in fields and not isinstance(value, frozenset)
    }
    assert told["categories_90d"] == someone["categories_90d"] & elements
    with pytest.raises(ValueError):
        unpack(layout, plan.pack(someone).tobytes() + b"x")
