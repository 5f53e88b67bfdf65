"""Numbers that look as if another unit were meant: dollars for cents, a share for a percentage, a value beyond its range."""

from __future__ import annotations

from collections.abc import Iterator

from rules.checks.findings import Finding, hint, warning
from rules.checks.walk import leaves
from rules.definition.tree import DateCondition, Definition, NumberCondition, Operand
from rules.definition.words import money, value_words
from rules.fields.catalogue import field_named
from rules.fields.types import Field

FEW_CENTS = 200  # a threshold below two dollars is more often meant in dollars
FAR_DAYS = 3_660  # ten years


def check_units(definition: Definition) -> Iterator[Finding]:
    for path, leaf in leaves(definition):
        if isinstance(leaf, NumberCondition):
            for side in ("low", "high"):
                if (value := getattr(leaf, side)) is not None:
                    yield from _threshold(path, leaf.operand, value, is_test=True)
        elif isinstance(leaf, DateCondition):
            for day in (leaf.low, leaf.high):
                if day is not None and day.from_today is not None and abs(day.from_today) > FAR_DAYS:
                    yield hint(path, f"That is {abs(day.from_today) / 365:.1f} years away.", "Check the number of days.")
    for at, term in enumerate(definition.score.terms):
        for value in (term.low, term.high):
            yield from _threshold(f"score.terms[{at}]", term.operand, value, is_test=False)


def _threshold(path: str, operand: Operand, value: float, *, is_test: bool) -> Iterator[Finding]:
    field = field_named(operand.field)
    if field is None:
        return
    if operand.per:
        yield from _share(path, operand, value)
    elif operand.transform != "value":
        if abs(value) > FAR_DAYS:
            yield hint(path, f"That is {abs(value) / 365:.1f} years away.", "Check the number of days.")
    elif field.type == "cents":
        if 0 < abs(value) < FEW_CENTS:
            yield hint(
                path,
                f"{field.label}: {value:g} is {money(value)}.",
                f"Amounts are in cents: write {value * 100:g} for {money(value * 100)}.",
            )
    elif field.unit == "%" and 0 < abs(value) < 1:
        yield hint(path, f"{field.label}: {value:g} is less than one percent.", f"Write {value * 100:g} for {value * 100:g}%.")
    if is_test and not operand.per and operand.transform == "value" and not field.low <= value <= field.high:
        yield warning(
            path,
            f"{_words(field, value)} lies outside what {field.label} can be ({_words(field, field.low)} to {_words(field, field.high)}).",
            "Check the value.",
        )


def _share(path: str, operand: Operand, value: float) -> Iterator[Finding]:
    """Of two amounts or two counts the one over the other is a share; tens are then percents."""
    one, other = field_named(operand.field), field_named(operand.per)
    if one and other and one.type == other.type and 10 <= value <= 100:
        yield hint(path, f"A ratio of {value:g} means {value:g} times as much.", f"Write {value / 100:g} for {value:g}%.")


def _words(field: Field, value: float) -> str:
    return value_words(field, value)
