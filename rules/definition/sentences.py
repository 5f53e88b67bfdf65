"""A rule in plain English: what it asks, and why it holds or does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

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
    ScoreTerm,
    SetCondition,
)
from rules.definition.words import element_words, listed, money, number_words
from rules.fields.catalogue import BY_NAME
from rules.fields.types import Field

AUDIENCES: Final = {"person": "people with an account", "shopper": "shoppers at a merchant", "merchant": "merchants"}
OPPOSITE: Final = {"more_than": "at_most", "at_most": "more_than", "less_than": "at_least", "at_least": "less_than"}
NUMBER_WORDS: Final = {
    "equals": "is {0}",
    "differs": "is not {0}",
    "more_than": "is more than {0}",
    "at_least": "is at least {0}",
    "less_than": "is less than {0}",
    "at_most": "is at most {0}",
    "between": "is from {0} to {1}",
    "outside": "is below {0} or above {1}",
}
NUMBER_NEGATIVES: Final = {
    **{test: NUMBER_WORDS[opposite] for test, opposite in OPPOSITE.items()},
    "equals": "is not {0}",
    "differs": "is {0}",
    "between": "is not from {0} to {1}",
    "outside": "is not below {0} or above {1}",
}
OR_UNKNOWN: Final = " (or unknown)"

Names = Mapping[str, str]  # element of a set -> words, such as a merchant's name


def sentence(definition: Definition, names: Names | None = None) -> str:
    """The whole rule: who is told, when, and how its score grows."""
    who = listed((AUDIENCES[each] for each in definition.audience), "and")
    asked = condition_sentence(definition.conditions, names=names)
    said = [
        f"Tells {who} when {asked}." if definition.conditions.conditions else f"Tells {who}{_of_nothing(definition.conditions)}."
    ]
    if period := _period(definition):
        said.append(period)
    said.append(score_sentence(definition))
    if definition.cap_per_days:
        said.append(f"Shown at most once in {number_words(definition.cap_per_days, 'days')}.")
    return " ".join(said)


def score_sentence(definition: Definition) -> str:
    base = number_words(definition.score.base)
    if not definition.score.terms:
        return f"Always scores {base}."
    return f"Scores {base}, {listed((_term(each) for each in definition.score.terms), 'and', most=20)}."


def condition_sentence(condition: Condition, *, holds: bool = True, names: Names | None = None) -> str:
    """A condition without capital and full stop; with holds=False, what is so where it does not hold."""
    match condition:
        case Group():
            return _group(condition, holds, names)
        case NumberCondition():
            return _number(condition, holds)
        case DateCondition():
            return _date(condition, holds)
        case ChoiceCondition():
            return _choice(condition, holds, names)
        case SetCondition():
            return _set(condition, holds, names)
        case FlagCondition():
            return f"{BY_NAME[condition.field].label}: {'yes' if (condition.test == 'is_true') == holds else 'no'}"
        case KnownCondition():
            return f"{counted(BY_NAME[condition.field])} is {'known' if (condition.test == 'is_known') == holds else 'not known'}"


def operand_words(operand: Operand) -> str:
    label = counted(BY_NAME[operand.field])
    if operand.transform == "days_until":
        return f"the number of days until {label}"
    if operand.transform == "days_since":
        return f"the number of days since {label}"
    return f"{label} divided by {counted(BY_NAME[operand.per])}" if operand.per else label


def counted(field: Field) -> str:
    """A field's label; of a count, which is named in the plural, its number."""
    return f"the number of {field.label}" if field.type == "integer" and not field.unit else field.label


def _of_nothing(group: Group) -> str:
    return ", but never, as there is no condition of which any could hold" if group.match == "any" else ", always"


def _period(definition: Definition) -> str:
    first, last = definition.starts_on, definition.ends_on
    if first and last:
        return f"From {_calendar(first)} to {_calendar(last)}."
    if first:
        return f"From {_calendar(first)} on."
    return f"Until {_calendar(last)}." if last else ""


def _term(term: ScoreTerm) -> str:
    ends = [_amount(term.operand, value) for value in (term.low, term.high)]
    verb = "more" if term.points >= 0 else "fewer"
    move = "grows" if term.high > term.low else "falls"
    return f"up to {number_words(abs(term.points))} {verb} as {operand_words(term.operand)} {move} from {ends[0]} to {ends[1]}"


def _group(group: Group, holds: bool, names: Names | None) -> str:
    if not group.conditions:
        return "always" if (group.match != "any") == holds else "never"
    if group.match == "all":
        return _joined(group, "and" if holds else "or", names, holds)
    if group.match == "any":
        return _joined(group, "or" if holds else "and", names, holds)
    return _joined(group, "and" if holds else "or", names, not holds)  # `none` says of each that it does not hold


def _joined(group: Group, joint: str, names: Names | None, holds: bool) -> str:
    parts = []
    for each in group.conditions:
        said = condition_sentence(each, holds=holds, names=names)
        is_compound = isinstance(each, Group) and len(each.conditions) > 1 and len(group.conditions) > 1
        parts.append(f"({said})" if is_compound else said)
    if len(parts) > 2:
        return f"{', '.join(parts[:-1])}, {joint} {parts[-1]}"
    return f" {joint} ".join(parts)


def _amount(operand: Operand, value: float | None) -> str:
    """A threshold in the unit of what it is compared with."""
    if value is None:
        return ""
    field = BY_NAME[operand.field]
    if operand.per:
        return number_words(value)
    return money(value) if field.type == "cents" else number_words(value, field.unit)


def _number(condition: NumberCondition, holds: bool) -> str:
    low, high = _amount(condition.operand, condition.low), _amount(condition.operand, condition.high)
    words = (NUMBER_WORDS if holds else NUMBER_NEGATIVES)[condition.test]
    told = words.format(*(each for each in (low, high) if each))
    unsure = any(BY_NAME[name].missing != "zero" for name in (condition.operand.field, condition.operand.per) if name)
    return f"{operand_words(condition.operand)} {told}{_unknown(unsure or bool(condition.operand.per), holds)}"


def _unknown(unsure: bool, holds: bool) -> str:
    return OR_UNKNOWN if unsure and not holds else ""


def _date(condition: DateCondition, holds: bool) -> str:
    low, high = (_day(each) if each else "" for each in (condition.low, condition.high))
    told = {
        "on_or_before": f"is {high} or earlier" if holds else f"is later than {high}",
        "on_or_after": f"is {low} or later" if holds else f"is earlier than {low}",
        "between": f"is {'' if holds else 'not '}from {low} to {high}",
    }[condition.test]
    field = BY_NAME[condition.field]
    return f"{field.label} {told}{_unknown(field.missing != 'zero', holds)}"


def _day(day: Day) -> str:
    if day.on is not None:
        return _calendar(day.on)
    away = day.from_today or 0
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return near.get(away) or (f"{-away} days ago" if away < 0 else f"{away} days from today")


def _calendar(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _choice(condition: ChoiceCondition, holds: bool, names: Names | None) -> str:
    field = BY_NAME[condition.field]
    is_in = (condition.test == "is_one_of") == holds
    words = _elements(field, condition.values, names)
    told = f"is {listed(words, 'or', most=12)}" if is_in else _neither("is not", "is neither", words)
    return f"{field.label} {told}{_unknown(field.missing != 'zero', holds)}"


def _set(condition: SetCondition, holds: bool, names: Names | None) -> str:
    field = BY_NAME[condition.field]
    words = _elements(field, condition.values, names)
    if condition.test == "has_all_of":
        return f"{field.label} {'include' if holds else 'do not include both' if len(words) == 2 else 'do not include all of'} {listed(words, 'and', most=12)}"
    if (condition.test == "has_any_of") == holds:
        return f"{field.label} include {listed(words, 'or', most=12)}"
    return f"{field.label} {_neither('do not include', 'include neither', words)}"


def _elements(field: Field, values: tuple[str, ...], names: Names | None) -> list[str]:
    return [element_words(field, each, names) for each in values]


def _neither(one: str, many: str, words: list[str]) -> str:
    return f"{one} {words[0]}" if len(words) == 1 else f"{many} {listed(words, 'nor', most=12)}"
