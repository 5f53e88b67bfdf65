"""The slow evaluator: one customer, one rule, plain Python, written from `rules.definition.tree` and not from the compiler.

It is what the compiled plan is compared with, and what tells people why: each condition with whether it holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rules.definition.sentences import condition_sentence
from rules.definition.tree import (
    MAX_SCORE,
    ChoiceCondition,
    Condition,
    DateCondition,
    Day,
    Definition,
    FlagCondition,
    Group,
    KnownCondition,
    NumberCondition,
    Operand,
    ScoreTerm,
    SetCondition,
)
from rules.fields.facts import Facts
from rules.fields.values import Values


@dataclass(frozen=True, slots=True)
class Explained:
    """A condition as it turned out. sentence: what is so, in English; of a group, parts are its conditions."""

    sentence: str
    holds: bool
    missing: tuple[str, ...] = ()
    parts: tuple[Explained, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """mask: as `Outcome.reasons`. missing: fields that the rule asks for and that have no value, in the rule's order."""

    qualifies: bool
    score: int
    mask: int
    missing: tuple[str, ...]
    explained: Explained

    @property
    def stored(self) -> int:
        """How results hold it: the score, or −1 − score."""
        return self.score if self.qualifies else -1 - self.score


def judge(definition: Definition, values: Values, today: date, kind: str | None = None) -> Verdict:
    """What a rule says of a customer on a day. kind: person, shopper, merchant; left out, the values' `customer_kind`."""
    facts = Facts(values, today)
    fits = (kind if kind is not None else facts.value("customer_kind")) in definition.audience
    is_in_period = (definition.starts_on is None or today >= definition.starts_on) and (
        definition.ends_on is None or today <= definition.ends_on
    )
    top = [_holds(each, facts) for each in definition.conditions.conditions]
    mask = sum(1 << i for i, holds in enumerate(top) if holds) | fits << 14 | is_in_period << 15
    applies = fits and is_in_period
    return Verdict(
        qualifies=applies and _group_holds(definition.conditions, top),
        score=_score(definition, facts) if applies else 0,
        mask=mask,
        missing=_missing(definition, facts),
        explained=_explained(definition.conditions, facts),
    )


def _number(facts: Facts, operand: Operand) -> float | None:
    value = facts.value(operand.field)
    if value is None:
        return None
    if operand.transform == "days_until":
        return float((value - facts.today).days)
    if operand.transform == "days_since":
        return float((facts.today - value).days)
    if not operand.per:
        return float(value)
    divisor = facts.value(operand.per)
    return None if divisor is None or divisor == 0 else float(value) / float(divisor)


def _day(facts: Facts, day: Day) -> date:
    if day.on is not None:
        return day.on
    try:
        return facts.today + timedelta(days=day.from_today or 0)
    except OverflowError:
        return date.max if (day.from_today or 0) > 0 else date.min


def _holds(condition: Condition, facts: Facts) -> bool:
    match condition:
        case Group():
            return _group_holds(condition, [_holds(each, facts) for each in condition.conditions])
        case NumberCondition():
            number = _number(facts, condition.operand)
            return number is not None and _NUMBER_TESTS[condition.test](number, condition.low, condition.high)
        case DateCondition():
            return _date_holds(condition, facts)
        case ChoiceCondition():
            code = facts.value(condition.field)
            return code is not None and (code in condition.values) == (condition.test == "is_one_of")
        case SetCondition():
            return _set_holds(condition, facts.value(condition.field))
        case FlagCondition():
            return facts.value(condition.field) is (condition.test == "is_true")
        case KnownCondition():
            return (facts.value(condition.field) is None) == (condition.test == "is_missing")


def _group_holds(group: Group, parts: list[bool]) -> bool:
    if group.match == "all":
        return all(parts)
    return any(parts) if group.match == "any" else not any(parts)


_NUMBER_TESTS: dict[str, Callable[[float, Any, Any], bool]] = {
    "equals": lambda number, low, high: number == low,
    "differs": lambda number, low, high: number != low,
    "more_than": lambda number, low, high: number > low,
    "at_least": lambda number, low, high: number >= low,
    "less_than": lambda number, low, high: number < high,
    "at_most": lambda number, low, high: number <= high,
    "between": lambda number, low, high: low <= number <= high,
    "outside": lambda number, low, high: number < low or number > high,
}


def _date_holds(condition: DateCondition, facts: Facts) -> bool:
    value = facts.value(condition.field)
    if value is None:
        return False
    if condition.low is not None and value < _day(facts, condition.low):
        return False
    return condition.high is None or value <= _day(facts, condition.high)


def _set_holds(condition: SetCondition, value: frozenset[str] | None) -> bool:
    if value is None:
        return False
    found = [element in value for element in condition.values]
    return {"has_any_of": any(found), "has_all_of": all(found), "has_none_of": not any(found)}[condition.test]


def _score(definition: Definition, facts: Facts) -> int:
    total = float(definition.score.base)
    for term in definition.score.terms:
        total += _points(term, _number(facts, term.operand))
    return min(max(math.floor(total), 0), MAX_SCORE)


def _points(term: ScoreTerm, number: float | None) -> float:
    if number is None:
        return 0.0
    return term.points * min(max((number - term.low) / (term.high - term.low), 0.0), 1.0)


def _fields(condition: Condition) -> list[str]:
    if isinstance(condition, Group):
        return [name for each in condition.conditions for name in _fields(each)]
    if isinstance(condition, NumberCondition):
        return [name for name in (condition.operand.field, condition.operand.per) if name]
    return [condition.field]


def _missing(definition: Definition, facts: Facts) -> tuple[str, ...]:
    scored = [name for term in definition.score.terms for name in (term.operand.field, term.operand.per) if name]
    asked = dict.fromkeys([*_fields(definition.conditions), *scored])
    return tuple(name for name in asked if facts.value(name) is None)


def _explained(condition: Condition, facts: Facts) -> Explained:
    holds = _holds(condition, facts)
    parts = tuple(_explained(each, facts) for each in condition.conditions) if isinstance(condition, Group) else ()
    missing = tuple(name for name in dict.fromkeys(_fields(condition)) if facts.value(name) is None)
    return Explained(condition_sentence(condition, holds=holds), holds, missing, parts)
