"""Why one customer gets a rule or does not: each condition in words with whether it held, and the values that were looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rules.builder.examples import fields_asked
from rules.builder.outline import HEADS
from rules.definition.sentences import condition_sentence
from rules.definition.tree import Condition, Definition, Group
from rules.definition.words import value_words
from rules.engine.oracle import Explained, Verdict
from rules.fields.catalogue import BY_NAME
from rules.fields.values import Values


@dataclass(frozen=True, slots=True)
class Reason:
    words: str
    held: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


def reasons_of(definition: Definition, verdict: Verdict, kind: str, names: Mapping[str, str] | None = None) -> list[Reason]:
    """The audience and the period where they keep the rule away, then each condition, groups before what is in them."""
    found = []
    if kind not in definition.audience:
        found.append(Reason("belongs to the audience", False, 0))
    if not verdict.mask >> 15 & 1:
        found.append(Reason("the day lies within the rule's period", False, 0))
    parts = zip(definition.conditions.conditions, verdict.explained.parts, strict=True)
    if definition.conditions.match != "all":
        return found + list(_reasons(definition.conditions, verdict.explained, 0, names))
    return found + [reason for condition, said in parts for reason in _reasons(condition, said, 0, names)]


def _reasons(condition: Condition, said: Explained, depth: int, names: Mapping[str, str] | None) -> Iterator[Reason]:
    if not isinstance(condition, Group):
        yield Reason(condition_sentence(condition, names=names), said.holds, depth)
        return
    yield Reason(HEADS[condition.match], said.holds, depth)
    for one, part in zip(condition.conditions, said.parts, strict=True):
        yield from _reasons(one, part, depth + 1, names)


def facts_of(definition: Definition, values: Values, today: date, names: Mapping[str, str] | None = None) -> list[Fact]:
    """What the rule looks at, as a person reads it."""
    return [
        Fact(
            BY_NAME[name].label,
            value_words(BY_NAME[name], values[name], today=today, names=names) if values.get(name) is not None else _none(name),
        )
        for name in fields_asked(definition)
    ]


def _none(name: str) -> str:
    return "none" if BY_NAME[name].missing == "zero" else "not known"
