"""Conditions and operands as canonical JSON: what `rules.definition.conditions` reads, written in one way only."""

from __future__ import annotations

from typing import Any

from rules.definition.conditions import TWO_SIDED
from rules.definition.tree import (
    ChoiceCondition,
    Condition,
    DateCondition,
    Day,
    Group,
    NumberCondition,
    Operand,
    ScoreTerm,
    SetCondition,
)


def condition_json(condition: Condition) -> dict[str, Any]:
    match condition:
        case Group():
            return {condition.match: [condition_json(each) for each in condition.conditions]}
        case NumberCondition():
            values = {side: number_json(value) for side, value in sides_of(condition).items()}
            return {**operand_json(condition.operand), "test": condition.test, **values}
        case DateCondition():
            days = {side: day_json(day) for side, day in sides_of(condition).items()}
            return {"field": condition.field, "test": condition.test, **days}
        case ChoiceCondition() | SetCondition():
            return {"field": condition.field, "test": condition.test, "values": list(condition.values)}
        case _:
            return {"field": condition.field, "test": condition.test}


def sides_of(condition: NumberCondition | DateCondition) -> dict[str, Any]:
    """The values of a test by the names they have in JSON."""
    if condition.test in TWO_SIDED:
        return {"low": condition.low, "high": condition.high}
    return {"value": condition.low if condition.low is not None else condition.high}


def operand_json(operand: Operand) -> dict[str, Any]:
    told: dict[str, Any] = {"field": operand.field}
    if operand.transform != "value":
        told["as"] = operand.transform
    if operand.per:
        told["per"] = operand.per
    return told


def term_json(term: ScoreTerm) -> dict[str, Any]:
    numbers = {"low": term.low, "high": term.high, "points": term.points}
    return {**operand_json(term.operand), **{name: number_json(value) for name, value in numbers.items()}}


def number_json(number: float) -> int | float:
    """Whole numbers without a point, as people write them; all others in the shortest way that reads back as the same."""
    return int(number) if number == int(number) else number


def day_json(day: Day) -> dict[str, Any]:
    return {"on": day.on.isoformat()} if day.on is not None else {"from_today": day.from_today}
