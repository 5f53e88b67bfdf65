"""The catalogue as a space of values, for one kind of customer; and each condition as a formula over it."""

from __future__ import annotations

from datetime import date
from functools import reduce
from typing import Final

from rules.checks.formulas import FALSE, TRUE, Both, Dimension, Either, Formula, Is
from rules.checks.regions import EVERY_NUMBER, INF, Region, Span, gaps, numbers
from rules.definition.tree import (
    ChoiceCondition,
    Condition,
    DateCondition,
    Day,
    FlagCondition,
    Group,
    KnownCondition,
    NumberCondition,
    Operand,
    SetCondition,
)
from rules.fields.catalogue import field_named
from rules.fields.types import Audience, Field

TRUTHS: Final[frozenset[object]] = frozenset({True, False})


class CustomerSpace:
    """What customers of one kind can be like: a field of another audience has no value, or zero where that is its policy."""

    def __init__(self, kind: Audience) -> None:
        self.kind = kind

    def domain(self, dimension: Dimension) -> Region:
        field = _field(dimension[1])
        if field.name == "customer_kind":
            return Region(codes=frozenset({self.kind}))
        is_theirs = self.kind in field.audiences
        if dimension[0] == "ratio":
            return Region(spans=(EVERY_NUMBER,), missing=True)
        missing = field.missing == "unknown" or field.type in {"date", "text"}
        if not is_theirs:
            return Region(missing=True) if missing else self._zero(dimension, field)
        return self._values(dimension, field).with_missing(missing)

    def is_whole(self, dimension: Dimension) -> bool:
        return dimension[0] in {"days", "on"} or (dimension[0] == "number" and _field(dimension[1]).type != "number")

    def _values(self, dimension: Dimension, field: Field) -> Region:
        match dimension[0]:
            case "on":
                return Region(spans=(EVERY_NUMBER,))
            case "number" | "days":
                spans = [Span(field.low, field.high)]
                if field.missing == "zero" and not field.low <= 0 <= field.high:
                    spans = sorted([*spans, Span(0, 0)], key=lambda one: one.low)
                return numbers(*spans)
            case "code":
                return Region(codes=frozenset(field.choices) if field.type == "text" else TRUTHS)
            case _:
                return Region(codes=TRUTHS)

    def _zero(self, dimension: Dimension, field: Field) -> Region:
        """What a field is that such a customer cannot have, and whose policy is that missing is zero."""
        return numbers(Span(0, 0)) if field.is_number else Region(codes=frozenset({False}))


def formula_of(condition: Condition, *, holds: bool = True) -> Formula:
    """When a condition is true; or, holds False, when it is not."""
    said = _said(condition)
    return said if holds else negated(said)


def negated(formula: Formula) -> Formula:
    match formula:
        case Is(dimension, region):
            return Is(dimension, complement(dimension, region))
        case Both(parts):
            return either(*(negated(part) for part in parts))
        case Either(parts):
            return Both(tuple(negated(part) for part in parts))


def complement(dimension: Dimension, region: Region) -> Region:
    missing = not region.missing
    if dimension[0] in {"code", "element"}:
        return Region(codes=_universe(dimension) - region.codes, missing=missing)
    return Region(spans=gaps(region.spans), missing=missing)


def either(*parts: Formula) -> Formula:
    """Parts about one dimension are one region: fewer ways to try."""
    merged: dict[Dimension, Region] = {}
    others: list[Formula] = []
    for part in parts:
        if isinstance(part, Is):
            before = merged.get(part.dimension)
            merged[part.dimension] = part.region if before is None else union(part.dimension, before, part.region)
        else:
            others.append(part)
    both = [*(Is(dimension, region) for dimension, region in merged.items()), *others]
    return both[0] if len(both) == 1 else Either(tuple(both))


def union(dimension: Dimension, one: Region, other: Region) -> Region:
    """What lies in one of them: the complement of what lies in neither."""
    neither = complement(dimension, one).common(complement(dimension, other))
    return complement(dimension, neither)


def has_no_value(field: Field) -> Formula:
    """A field of which nothing is known; never true of one whose policy is zero."""
    return Is(base_dimension(field), Region(missing=True))


def base_dimension(field: Field) -> Dimension:
    match field.type:
        case "date":
            return ("days", field.name)
        case "set":
            return ("element", field.name, "")
        case "text" | "flag":
            return ("code", field.name)
        case _:
            return ("number", field.name)


def _said(condition: Condition) -> Formula:
    match condition:
        case Group():
            return _group(condition)
        case NumberCondition():
            return _number(condition)
        case DateCondition():
            low = _day(condition.field, condition.low, is_low=True) if condition.low else TRUE
            high = _day(condition.field, condition.high, is_low=False) if condition.high else TRUE
            return Both((low, high))
        case ChoiceCondition():
            within = frozenset(condition.values)
            dimension: Dimension = ("code", condition.field)
            codes = within if condition.test == "is_one_of" else _universe(dimension) - within
            return Is(dimension, Region(codes=codes & _universe(dimension)))
        case SetCondition():
            return _set(condition)
        case FlagCondition():
            return Is(("code", condition.field), Region(codes=frozenset({condition.test == "is_true"})))
        case KnownCondition():
            unknown = has_no_value(_field(condition.field))
            return unknown if condition.test == "is_missing" else negated(unknown)


def _group(group: Group) -> Formula:
    parts = tuple(_said(one) for one in group.conditions)
    if group.match == "all":
        return Both(parts)
    if group.match == "any":
        return either(*parts) if parts else FALSE
    return Both(tuple(negated(part) for part in parts))


def _number(condition: NumberCondition) -> Formula:
    spans = _spans(condition.test, condition.low, condition.high)
    if condition.operand.transform == "days_since":
        spans = [Span(-one.high, -one.low, one.high_open, one.low_open) for one in reversed(spans)]
    return Is(dimension_of(condition.operand), numbers(*spans))


def dimension_of(operand: Operand) -> Dimension:
    if operand.per:
        return ("ratio", operand.field, operand.per)
    return ("number", operand.field) if operand.transform == "value" else ("days", operand.field)


def _spans(test: str, low: float | None, high: float | None) -> list[Span]:
    least, most = -INF if low is None else low, INF if high is None else high
    match test:
        case "equals":
            return [Span(least, least)]
        case "differs":
            return [Span(-INF, least, high_open=True), Span(least, INF, low_open=True)]
        case "more_than":
            return [Span(least, INF, low_open=True)]
        case "less_than":
            return [Span(-INF, most, high_open=True)]
        case "outside":
            return [Span(-INF, least, high_open=True), Span(most, INF, low_open=True)]
        case _:
            return [Span(least, most)]


def _day(field: str, day: Day, *, is_low: bool) -> Formula:
    """On or after a day, or on or before it: from today, or of the calendar."""
    at = float(day.from_today if day.from_today is not None else (day.on or date.min).toordinal())
    dimension: Dimension = ("days", field) if day.from_today is not None else ("on", field)
    return Is(dimension, numbers(Span(at, INF) if is_low else Span(-INF, at)))


def _set(condition: SetCondition) -> Formula:
    def each(is_in: bool) -> list[Formula]:
        return [Is(("element", condition.field, value), Region(codes=frozenset({is_in}))) for value in condition.values]

    if condition.test == "has_any_of":
        return Either(tuple(each(True)))
    return Both(tuple(each(condition.test == "has_all_of")))


def _universe(dimension: Dimension) -> frozenset[object]:
    field = _field(dimension[1])
    return frozenset(field.choices) if dimension[0] == "code" and field.type == "text" else TRUTHS


def _field(name: str) -> Field:
    field = field_named(name)
    if field is None:
        raise LookupError(f"There is no field {name}.")  # `parse` lets none through
    return field


def all_of(*formulas: Formula) -> Formula:
    return reduce(lambda one, other: Both((one, other)), formulas, TRUE)
