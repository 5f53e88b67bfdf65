"""A rule's example customers, judged: each says whether it should qualify, and is the rule's own test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.definition.tree import Definition
from rules.engine.oracle import Explained, Verdict, judge
from rules.errors import ValuesInvalid
from rules.fields.catalogue import BY_NAME
from rules.fields.values import Values, read_json
from rules.models import Rule, RuleExample

AUDIENCE_BIT, PERIOD_BIT = 14, 15  # of a mask of reasons
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What came of one example. reason: a sentence for the curator, also where it passed. verdict: None where it cannot be read."""

    example: RuleExample
    passed: bool
    reason: str
    verdict: Verdict | None = None


def run_examples(rule: Rule, definition: Definition) -> list[ExampleResult]:
    """Judge every example of the rule by a definition, which need not be the published one."""
    return [run_example(example, definition) for example in rule.examples.order_by("pk")]


def run_example(example: RuleExample, definition: Definition) -> ExampleResult:
    try:
        values = read_json(example.values)
    except ValuesInvalid as invalid:
        return ExampleResult(example, False, f"Its values cannot be read: {invalid.message}")
    verdict = judge(definition, values, example.today, kind_of(values, definition))
    fault = _fault(example, verdict)
    return ExampleResult(example, not fault, fault or _word(verdict), verdict)


def kind_of(values: Values, definition: Definition) -> str:
    """Which kind of customer an example is: as it says, else one whom the rule is for."""
    return str(values.get("customer_kind") or definition.audience[0])


def missing_kinds(examples: Iterable[RuleExample]) -> list[str]:
    """What examples a rule still needs before it can be approved, in words."""
    wanted = {example.should_qualify for example in examples}
    words = {True: "one who should qualify", False: "one who should not"}
    return [words[answer] for answer in (True, False) if answer not in wanted]


def _fault(example: RuleExample, verdict: Verdict) -> str:
    """Why the example fails, or nothing."""
    if example.should_qualify != verdict.qualifies:
        should = "Should qualify, but does not" if example.should_qualify else "Should not qualify, but does"
        return f"{should}{_because(verdict)}."
    low, high = example.lowest_score, example.highest_score
    if low is not None and verdict.score < low:
        return f"Scores {verdict.score}, which is less than the {low} that the example expects at least."
    if high is not None and verdict.score > high:
        return f"Scores {verdict.score}, which is more than the {high} that the example expects at most."
    return ""


def _word(verdict: Verdict) -> str:
    return f"Qualifies with score {verdict.score}." if verdict.qualifies else f"Does not qualify{_because(verdict)}."


def _because(verdict: Verdict) -> str:
    """The sentences that decided, as they turned out, and what is not known."""
    if not verdict.mask >> AUDIENCE_BIT & 1:
        return ": the rule is not for this kind of customer"
    if not verdict.mask >> PERIOD_BIT & 1:
        return ": the day lies outside the rule’s period"
    told = deciding(verdict.explained)[:MOST_REASONS]
    unknown = [BY_NAME[name].label for name in verdict.missing]
    if unknown and not verdict.qualifies:
        told.append(f"nothing is known of {', '.join(unknown[:MOST_REASONS])}")
    return f": {'; '.join(told)}"


def deciding(explained: Explained) -> list[str]:
    """Of a tree of conditions the smallest ones whose outcome is the whole’s, as they turned out."""
    if not explained.parts:
        return [explained.sentence]
    same = [part for part in explained.parts if part.holds == explained.holds]
    return [sentence for part in same for sentence in deciding(part)] or [explained.sentence]
