"""A rule as an expression of the Common Expression Language (cel.dev), for reading elsewhere: it says when the rule qualifies.

Its variables: `customer`, a map that has a field only where it has a value, and `today`. Every number is a double, and days are
counted from January 1, 1970; `bindings` makes both. A test asks `has(…)` first, so that what is missing makes it false, not an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from rules.definition.tree import (
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
    SetCondition,
)
from rules.fields.catalogue import BY_NAME, FIELDS
from rules.fields.facts import Facts
from rules.fields.values import Values

EPOCH: Final = date(1970, 1, 1)
SIGNS: Final = {"equals": "==", "differs": "!=", "more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<="}


def to_cel(definition: Definition) -> str:
    """True where the rule qualifies: audience, period, and conditions."""
    parts = [f"customer.customer_kind in {_texts(definition.audience)}"]
    if definition.starts_on is not None:
        parts.append(f"today >= {_days(definition.starts_on)}")
    if definition.ends_on is not None:
        parts.append(f"today <= {_days(definition.ends_on)}")
    asked = condition_cel(definition.conditions)
    return _all(["has(customer.customer_kind)", *parts, f"({asked})"])


def condition_cel(condition: Condition) -> str:
    """One condition, as an expression that is safe inside && and within parentheses inside ||."""
    match condition:
        case Group():
            return _group(condition)
        case NumberCondition():
            return _all([*_has(condition.operand.field, condition.operand.per), *_number(condition)])
        case DateCondition():
            return _all([*_has(condition.field), *_date(condition)])
        case ChoiceCondition():
            found = f"customer.{condition.field} in {_texts(condition.values)}"
            return _all([*_has(condition.field), found if condition.test == "is_one_of" else f"!({found})"])
        case SetCondition():
            return _all([*_has(condition.field), _set(condition)])
        case FlagCondition():
            return _all([*_has(condition.field), f"{'' if condition.test == 'is_true' else '!'}customer.{condition.field}"])
        case KnownCondition():
            known = f"has(customer.{condition.field})"
            return known if condition.test == "is_known" else f"!{known}"


def bindings(values: Values, today: date) -> dict[str, Any]:
    """What to evaluate it with: {"customer": …, "today": …}; what is implausible is left out, as every evaluator does."""
    facts = Facts(values, today)
    told = {field.name: facts.value(field.name) for field in FIELDS}
    return {
        "customer": {name: _bound(value) for name, value in told.items() if value is not None},
        "today": float((today - EPOCH).days),
    }


def _bound(value: Any) -> Any:
    if isinstance(value, date):
        return float((value - EPOCH).days)
    if isinstance(value, frozenset | set):
        return sorted(value)
    return value if isinstance(value, bool | str) else float(value)


def _group(group: Group) -> str:
    parts = [condition_cel(each) for each in group.conditions]
    if group.match == "all":
        return _all([f"({part})" for part in parts]) or "true"
    joined = " || ".join(f"({part})" for part in parts) or "false"
    return joined if group.match == "any" else f"!({joined})"


def _all(parts: Iterable[str]) -> str:
    return " && ".join(parts)


def _has(*names: str) -> list[str]:
    return [f"has(customer.{name})" for name in names if name and BY_NAME[name].missing != "zero"]


def _number(condition: NumberCondition) -> list[str]:
    value = _operand(condition.operand)
    zero = [f"customer.{condition.operand.per} != 0.0"] if condition.operand.per else []
    low, high = (None if side is None else _double(side) for side in (condition.low, condition.high))
    if condition.test == "between":
        return [*zero, f"{value} >= {low}", f"{value} <= {high}"]
    if condition.test == "outside":
        return [*zero, f"({value} < {low} || {value} > {high})"]
    return [*zero, f"{value} {SIGNS[condition.test]} {low if low is not None else high}"]


def _operand(operand: Operand) -> str:
    if operand.transform == "days_until":
        return f"customer.{operand.field} - today"
    if operand.transform == "days_since":
        return f"today - customer.{operand.field}"
    return f"customer.{operand.field} / customer.{operand.per}" if operand.per else f"customer.{operand.field}"


def _date(condition: DateCondition) -> list[str]:
    ends = ((">=", condition.low), ("<=", condition.high))
    return [f"customer.{condition.field} {sign} {_day(day)}" for sign, day in ends if day is not None]


def _day(day: Day) -> str:
    return _days(day.on) if day.on is not None else f"today + {_double(float(day.from_today or 0))}"


def _days(day: date) -> str:
    return _double(float((day - EPOCH).days))


def _set(condition: SetCondition) -> str:
    parts = [f"{_text(value)} in customer.{condition.field}" for value in condition.values]
    if condition.test == "has_all_of":
        return f"({_all(parts)})"
    joined = " || ".join(parts)
    return f"({joined})" if condition.test == "has_any_of" else f"!({joined})"


def _double(number: float) -> str:
    return repr(float(number)) if number >= 0 else f"({float(number)!r})"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _texts(texts: Iterable[str]) -> str:
    return f"[{', '.join(_text(text) for text in texts)}]"
