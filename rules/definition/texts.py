"""Texts with {field_name} where a customer's value goes. Plain text in, plain text out: who shows it in HTML escapes it.

A placeholder is an exact name of the catalogue and nothing else: no attribute, index, or format reaches a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from rules.definition.reading import near
from rules.definition.tree import Condition, Definition, Group, KnownCondition, NumberCondition
from rules.definition.words import value_words
from rules.fields.catalogue import BY_NAME, field_named
from rules.fields.values import Values

ZERO: Final = {"integer": 0, "cents": 0, "number": 0.0, "flag": False, "set": frozenset[str](), "date": None, "text": None}
PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def placeholders(text: str) -> tuple[str, ...]:
    """The fields that a text names, each once, in the order in which they come."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def placeholder_faults(text: str) -> list[str]:
    """What is wrong with a text's braces, in sentences."""
    faults = [f"There is no field “{name}”{near(name, BY_NAME)}" for name in placeholders(text) if name not in BY_NAME]
    if set("{}") & set(PLACEHOLDER.sub("", text)):
        faults.append("Braces only hold the name of a field, such as {health_fsa_balance_cents}: take the others out.")
    return faults


def fill(text: str, values: Values, *, today: date | None = None, names: Mapping[str, str] | None = None) -> str:
    """The text as the customer reads it. Never yields a placeholder: what has no value is said in neutral words.

    today: days far from it are told with their year. names: element of a set -> words, such as a merchant's name.
    """

    def word(found: re.Match[str]) -> str:
        field = field_named(found[1])
        if field is None:
            return "…"
        value = values.get(field.name)
        if value is None and field.missing == "zero":
            value = ZERO[field.type]
        return value_words(field, value, today=today, names=names)

    return PLACEHOLDER.sub(word, text)


def unsure_placeholders(definition: Definition) -> tuple[str, ...]:
    """Placeholders that may have no value although the rule qualifies: a text with one must not be published."""
    sure = surely_known(definition.conditions)
    named = dict.fromkeys(placeholders(f"{definition.title}\n{definition.body}"))
    return tuple(name for name in named if name in BY_NAME and BY_NAME[name].missing != "zero" and name not in sure)


def surely_known(condition: Condition, holds: bool = True) -> frozenset[str]:
    """Fields that have a value whenever a condition holds (or does not hold)."""
    if isinstance(condition, Group):
        return _known_of_group(condition, holds)
    if isinstance(condition, KnownCondition):
        return frozenset({condition.field}) if (condition.test == "is_known") == holds else frozenset()
    if not holds:
        return frozenset()  # a test fails also where its field has no value
    if isinstance(condition, NumberCondition):
        return frozenset({condition.operand.field, condition.operand.per} - {""})
    return frozenset({condition.field})


def _known_of_group(group: Group, holds: bool) -> frozenset[str]:
    each_holds = holds if group.match != "none" else not holds
    known = [surely_known(each, each_holds) for each in group.conditions]
    if not known:
        return frozenset()
    # Each of them is as told where `all` or `none` holds, or `any` does not; else at least one of them is.
    if (group.match != "any") == holds:
        return frozenset().union(*known)
    return known[0].intersection(*known[1:])
