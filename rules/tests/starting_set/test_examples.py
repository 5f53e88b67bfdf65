"""Every example of every file, by the slow evaluator and by the plan that runs use: both say what the file says."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from rules.engine.compile import compile_plan
from rules.engine.oracle import judge
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.starting_set.files import starting_set

SNOOPS = starting_set()
EXAMPLES = [(snoop, example) for snoop in SNOOPS for example in snoop.examples]


@pytest.mark.parametrize(("snoop", "example"), EXAMPLES, ids=[f"{snoop.slug}: {example.name}" for snoop, example in EXAMPLES])
def test_the_slow_evaluator_says_what_the_example_says(snoop, example):
    verdict = judge(snoop.definition, example.values, example.today)

    assert verdict.qualifies == example.should_qualify, verdict.explained


def test_the_plan_says_the_same_as_the_slow_evaluator_of_every_example_and_every_rule():
    rule_set = _rule_set()
    by_day = defaultdict(list)
    for _, example in EXAMPLES:
        by_day[example.today].append(example)

    for today, examples in by_day.items():
        plan = compile_plan(rule_set, today)
        outcome = plan.evaluate(np.concatenate([plan.pack(example.values) for example in examples]))
        expected = np.array([[judge(s.definition, example.values, today).stored for s in SNOOPS] for example in examples])
        np.testing.assert_array_equal(outcome.scores[:, : len(SNOOPS)], expected)


def test_what_qualifies_scores_enough_to_be_ordered_and_never_all():
    scores = [
        judge(snoop.definition, example.values, example.today).score for snoop, example in EXAMPLES if example.should_qualify
    ]

    assert min(scores) > 100
    assert max(scores) < 1_000


def _rule_set() -> RuleSet:
    entries = [RuleEntry(f"rule_{slot}", snoop.slug, slot, 1, snoop.definition) for slot, snoop in enumerate(SNOOPS)]
    return RuleSet(1, "0" * 64, tuple(entries), {entry.public_id: entry.slot for entry in entries})
