"""Examples of a rule: made-up customers who should, or should not, qualify. Changed here; run by `rules.checks.examples`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction

from people.models import User
from rules.builder.errors import BuilderRefused
from rules.definition.tree import MAX_SCORE, Condition, Definition, Group, NumberCondition
from rules.errors import ValuesInvalid
from rules.fields.values import read_json, to_json
from rules.models import Rule, RuleExample
from vault.audit.services import record_about

MOST: Final = 50  # of one rule: more is a test suite, and nobody reads it


@dataclass(frozen=True, slots=True)
class ExampleSaid:
    """An example as somebody typed it. values: as JSON brings them (`rules.fields.values`)."""

    name: str
    should_qualify: bool
    today: date
    values: Mapping[str, Any]
    lowest_score: int | None = None
    highest_score: int | None = None


@transaction.atomic
def save_example(*, rule: Rule, said: ExampleSaid, by: User, example: RuleExample | None = None) -> RuleExample:
    """Add an example, or change one. Raises BuilderRefused with what would mend it; then nothing has changed."""
    name = " ".join(said.name.split())
    if not name or len(name) > 120:
        raise BuilderRefused("Give the example a name of at most 120 characters: who is it?")
    values = _values(said.values)
    _check_scores(said)
    others = RuleExample.objects.select_for_update().filter(rule=rule).exclude(pk=example.pk if example else 0)
    if others.filter(name=name).exists():
        raise BuilderRefused(f"There is an example “{name}” already. Give this one another name.")
    if example is None and len(others) >= MOST:
        raise BuilderRefused(f"A rule has at most {MOST} examples. Take one away first.")
    content = {
        "name": name, "should_qualify": said.should_qualify, "today": said.today, "values": values, "lowest_score": said.lowest_score,
        "highest_score": said.highest_score,
    }  # fmt: skip
    is_new = example is None
    row = RuleExample(rule=rule, **content) if example is None else example
    for member, value in content.items():
        setattr(row, member, value)
    row.save()
    record_about(row, "added" if is_new else "changed", details={"rule": rule.public_id, "name": name})
    return row


def _values(raw: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return to_json(read_json(raw))
    except ValuesInvalid as fault:
        raise BuilderRefused(f"A value cannot be read: {fault.message}") from None


def _check_scores(said: ExampleSaid) -> None:
    low, high = said.lowest_score, said.highest_score
    if any(score is not None and not 0 <= score <= MAX_SCORE for score in (low, high)):
        raise BuilderRefused(f"Scores lie from 0 to {MAX_SCORE}.")
    if low is not None and high is not None and low > high:
        raise BuilderRefused("The lowest score lies above the highest.")


@transaction.atomic
def remove_example(*, example: RuleExample, by: User) -> None:
    """Take an example away. Safe to repeat."""
    if RuleExample.objects.filter(pk=example.pk).exists():
        record_about(example, "removed", details={"rule": example.rule.public_id, "name": example.name})
        example.delete()


def fields_asked(definition: Definition) -> list[str]:
    """Every field that a rule looks at, in the order in which it asks."""
    found = dict.fromkeys(_fields_of(definition.conditions))
    for term in definition.score.terms:
        found.update(dict.fromkeys(name for name in (term.operand.field, term.operand.per) if name))
    return list(found)


def _fields_of(condition: Condition) -> list[str]:
    if isinstance(condition, Group):
        return [name for one in condition.conditions for name in _fields_of(one)]
    if isinstance(condition, NumberCondition):
        return [name for name in (condition.operand.field, condition.operand.per) if name]
    return [condition.field]
