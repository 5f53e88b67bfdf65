"""Conditions as JSON: a group is {"all": […]}, a leaf {"field": …, "test": …, …}; how each is read and written.

number         {"field": "spend_90d_cents", "test": "at_least", "value": 5000}; "between" and "outside" with "low" and "high"
  of a date    {"field": "letter_expires_on", "as": "days_until", "test": "at_most", "value": 30}; or "days_since"
  of a ratio   {"field": "eligible_spend_90d_cents", "per": "spend_90d_cents", "test": "more_than", "value": 0.5}
date           {"field": "last_otc_on", "test": "on_or_before", "value": {"from_today": -30}}; or {"on": "2026-12-31"}
text, set      {"field": "main_bucket", "test": "is_one_of", "values": ["otc", "rx"]}
flag           {"field": "bank_linked", "test": "is_true"}
any            {"field": "hsa_balance_cents", "test": "is_missing"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_args

from rules.definition.reading import Reader, at, near
from rules.definition.tree import (
    ChoiceCondition,
    ChoiceTest,
    Condition,
    DateCondition,
    DateTest,
    Day,
    FlagCondition,
    FlagTest,
    Group,
    KnownCondition,
    KnownTest,
    Leaf,
    Match,
    NumberCondition,
    NumberTest,
    Operand,
    SetCondition,
    SetTest,
)
from rules.fields.catalogue import BY_NAME, DAYS_HIGH
from rules.fields.types import Field
from rules.fields.values import element_fault

MAX_DEPTH: Final = 6
MAX_IN_GROUP: Final = 50
MAX_VALUES: Final = 60
MATCHES: Final[tuple[str, ...]] = get_args(Match)
KNOWN_TESTS: Final[tuple[str, ...]] = get_args(KnownTest)
NUMBER_TESTS: Final[tuple[str, ...]] = get_args(NumberTest)
DATE_TESTS: Final[tuple[str, ...]] = get_args(DateTest)
TWO_SIDED: Final = frozenset({"between", "outside"})
HIGH_SIDED: Final = frozenset({"less_than", "at_most", "on_or_before"})  # their one value is `high`; the others' is `low`
TRANSFORMS: Final = ("days_until", "days_since")


def allowed_tests(field: Field, transform: str = "value") -> tuple[str, ...]:
    """Every test that a field can be put to, as days until or since where it is a date."""
    own: dict[str, tuple[str, ...]] = {
        "date": DATE_TESTS if transform == "value" else NUMBER_TESTS,
        "flag": get_args(FlagTest),
        "text": get_args(ChoiceTest),
        "set": get_args(SetTest),
    }
    return (*own.get(field.type, NUMBER_TESTS), *KNOWN_TESTS)


def read_condition(reader: Reader, path: str, raw: Any, depth: int = 1) -> Condition | None:
    """A group or a leaf; None after a complaint."""
    data = reader.object(path, raw)
    if data is None:
        return None
    if "field" in data or not any(match in data for match in MATCHES):
        return _read_leaf(reader, path, data)
    return read_group(reader, path, data, depth)


def read_group(reader: Reader, path: str, raw: Any, depth: int = 1, most: int = MAX_IN_GROUP) -> Group | None:
    data = reader.object(path, raw)
    if data is None:
        return None
    if len(data) != 1 or next(iter(data)) not in MATCHES:
        reader.say(path, "Give one of all, any and none, with a list of conditions.")
        return None
    if depth > MAX_DEPTH:
        reader.say(path, f"Groups lie at most {MAX_DEPTH} deep: make this simpler.")
        return None
    ((match, listed),) = data.items()
    items = reader.items(at(path, match), listed, most)
    read = [read_condition(reader, f"{at(path, match)}[{i}]", each, depth + 1) for i, each in enumerate(items or ())]
    return None if items is None or None in read else Group(cast(Match, match), tuple(cast(list[Condition], read)))


def read_operand(reader: Reader, path: str, data: Mapping[str, Any]) -> tuple[Field, Operand] | None:
    """`field` with `as` or `per`: the field, and what is looked at."""
    field = _field(reader, at(path, "field"), data.get("field"))
    if field is None:
        return None
    transform = "value" if "as" not in data else reader.one_of(at(path, "as"), data["as"], TRANSFORMS)
    if transform is None:
        return None
    if transform != "value" and field.type != "date":
        reader.say(at(path, "as"), f"“{field.label}” is no date: leave this out.")
        return None
    per = _per(reader, at(path, "per"), field, data["per"]) if "per" in data else ""
    return None if per is None else (field, Operand(field.name, cast(Any, transform), per))


def _field(reader: Reader, path: str, raw: Any) -> Field | None:
    if isinstance(raw, str) and raw in BY_NAME:
        return BY_NAME[raw]
    reader.say(path, f"There is no such field{near(raw, BY_NAME)}" if isinstance(raw, str) else "Name a field of the catalogue.")
    return None


def _per(reader: Reader, path: str, field: Field, raw: Any) -> str | None:
    divisor = _field(reader, path, raw)
    if divisor is None:
        return None
    if not (field.is_number and divisor.is_number):
        reader.say(path, "Only a number can be divided, and only by a number: take two such fields.")
        return None
    return divisor.name


def _read_leaf(reader: Reader, path: str, data: Mapping[str, Any]) -> Leaf | None:
    found = read_operand(reader, path, data)
    if found is None:
        return None
    field, operand = found
    if operand.per:
        tests: tuple[str, ...] = NUMBER_TESTS  # whether a ratio is known is asked of its two fields
    else:
        tests = allowed_tests(field, operand.transform)
    test = reader.one_of(at(path, "test"), data.get("test"), tests)
    if test is None:
        return None
    if test in KNOWN_TESTS:
        reader.names(path, data, ("field", "test"))
        return KnownCondition(field.name, cast(KnownTest, test))
    if field.is_number or operand.transform != "value":
        return _read_number(reader, path, data, field, operand, test)
    return _LEAVES[field.type](reader, path, data, field, test)


def _sides(reader: Reader, path: str, data: Mapping[str, Any], test: str, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of a test's values: low and high, or value."""
    sides = ("low", "high") if test in TWO_SIDED else ("value",)
    reader.names(path, data, ("field", "test", *more, *sides), sides)
    return tuple(side for side in sides if side in data)


def _read_number(
    reader: Reader, path: str, data: Mapping[str, Any], field: Field, operand: Operand, test: str
) -> NumberCondition | None:
    sides = _sides(reader, path, data, test, ("as", "per"))
    is_whole = not operand.per and field.type != "number"
    read = {side: reader.number(at(path, side), data[side]) for side in sides}
    for side, number in read.items():
        if is_whole and number is not None and number != int(number):
            reader.say(at(path, side), f"Give a whole number{' of cents' if field.type == 'cents' else ''}.")
            read[side] = None
    if None in read.values() or not read:
        return None
    low, high = _placed(read, test)
    if low is not None and high is not None and low > high:
        reader.say(at(path, "low"), "This lies above the other end: change them over.")
        return None
    return NumberCondition(operand, cast(NumberTest, test), low, high)


def _placed(read: Mapping[str, Any], test: str) -> tuple[Any, Any]:
    """(low, high) as the tree keeps them."""
    if "value" not in read:
        return read.get("low"), read.get("high")
    return (None, read["value"]) if test in HIGH_SIDED else (read["value"], None)


def _read_date(reader: Reader, path: str, data: Mapping[str, Any], field: Field, test: str) -> DateCondition | None:
    sides = _sides(reader, path, data, test)
    read = {side: _day(reader, at(path, side), data[side]) for side in sides}
    if None in read.values() or not read:
        return None
    low, high = _placed(read, test)
    if low and high and is_after(low, high):
        reader.say(at(path, "low"), "This day lies after the other: change them over.")
        return None
    return DateCondition(field.name, cast(DateTest, test), low, high)


def is_after(low: Day, high: Day) -> bool:
    """Whether a day surely lies after another: one from today and one of the calendar cannot be compared."""
    if low.on and high.on:
        return low.on > high.on
    return low.from_today is not None and high.from_today is not None and low.from_today > high.from_today


def _day(reader: Reader, path: str, raw: Any) -> Day | None:
    data = reader.object(path, raw)
    if data is None:
        return None
    if len(data) != 1 or not {"from_today", "on"} & set(data):
        reader.say(path, "Give from_today, in days, or on, a day of the calendar.")
        return None
    if "on" in data:
        on = reader.day(at(path, "on"), data["on"])
        return None if on is None else Day(on=on)
    days = reader.whole(at(path, "from_today"), data["from_today"], -DAYS_HIGH, DAYS_HIGH)
    return None if days is None else Day(from_today=days)


def _values(reader: Reader, path: str, data: Mapping[str, Any], field: Field) -> tuple[str, ...] | None:
    reader.names(path, data, ("field", "test", "values"))
    where = at(path, "values")
    items = reader.items(where, data.get("values"), MAX_VALUES)
    if items is None:
        return None
    if not items:
        reader.say(where, "Give at least one.")
        return None
    before = len(reader.complaints)
    for i, each in enumerate(items):
        if not isinstance(each, str):
            reader.say(f"{where}[{i}]", "Give a text.")
        elif fault := element_fault(field, each):
            reader.say(f"{where}[{i}]", fault)
        elif each in items[:i]:
            reader.say(f"{where}[{i}]", f"“{each}” stands there twice: take one out.")
    return None if len(reader.complaints) > before else tuple(items)


def _read_choice(reader: Reader, path: str, data: Mapping[str, Any], field: Field, test: str) -> ChoiceCondition | None:
    values = _values(reader, path, data, field)
    return None if values is None else ChoiceCondition(field.name, cast(ChoiceTest, test), values)


def _read_set(reader: Reader, path: str, data: Mapping[str, Any], field: Field, test: str) -> SetCondition | None:
    values = _values(reader, path, data, field)
    return None if values is None else SetCondition(field.name, cast(SetTest, test), values)


def _read_flag(reader: Reader, path: str, data: Mapping[str, Any], field: Field, test: str) -> FlagCondition | None:
    reader.names(path, data, ("field", "test"))
    return FlagCondition(field.name, cast(FlagTest, test))


_LeafReader = Callable[[Reader, str, Mapping[str, Any], Field, str], Leaf | None]
_LEAVES: Final[Mapping[str, _LeafReader]] = {
    "date": _read_date,
    "text": _read_choice,
    "set": _read_set,
    "flag": _read_flag,
}
