"""A rule's examples tried on its draft, each with what came of it and why."""

from __future__ import annotations

from dataclasses import dataclass

from rules.builder.explained import Fact, Reason, facts_of, reasons_of
from rules.builder.names import names_in
from rules.builder.unfinished import Reading
from rules.checks.examples import ExampleResult, kind_of, run_examples
from rules.definition.tree import Definition
from rules.fields.values import read_json
from rules.models import Rule, RuleExample


@dataclass(frozen=True, slots=True)
class Trial:
    """why: what is wrong, in a sentence; empty where the example passes."""

    example: RuleExample
    why: str
    score: int = 0
    reasons: tuple[Reason, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.why


def trials(rule: Rule, read: Reading) -> list[Trial]:
    """Each example of the rule, tried on what is finished of its draft."""
    definition = read.definition
    if definition is None:
        examples = RuleExample.objects.filter(rule=rule).order_by("pk")
        return [Trial(example, "Too little of the rule is finished to try it.") for example in examples]
    return [_trial(one, definition) for one in run_examples(rule, definition)]


def _trial(one: ExampleResult, definition: Definition) -> Trial:
    why = "" if one.passed else one.reason
    if one.verdict is None:
        return Trial(one.example, why)
    values, names = read_json(one.example.values), names_in([one.example.values])
    reasons = reasons_of(definition, one.verdict, kind_of(values, definition), names)
    facts = facts_of(definition, values, one.example.today, names)
    return Trial(one.example, why, one.verdict.score, tuple(reasons), tuple(facts))
