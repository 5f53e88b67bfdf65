"""What a set of rules needs to know of a customer, as SQL columns of a fixed width.

One row of `COPY … TO STDOUT (FORMAT binary)` then always has the same length, so numpy reads a whole part without parsing. What
is NULL becomes a value that cannot be. A text is sent as the place of its code among the field's sorted choices. A set is sent as
one bit for each element that a rule names; bits and flags share whole numbers, `bits_0` and on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from rules.definition.texts import placeholders
from rules.definition.tree import ChoiceCondition, Condition, Definition, Group, NumberCondition, Operand, SetCondition
from rules.fields.catalogue import BY_NAME
from rules.fields.types import Field, FieldType

EPOCH: Final = date(2000, 1, 1)  # where PostgreSQL's days begin
BITS: Final = 62  # of one column; two are left, so that no sum of bits is ever negative
AUDIENCE_FIELD: Final = "customer_kind"
MISSING_CODE: Final = -1
ODD_CODE: Final = -2  # a text that is none of its field's choices

WIRE: Final[dict[FieldType, tuple[str, str]]] = {  # type in SQL, in numpy
    "integer": ("int4", ">i4"),
    "cents": ("int8", ">i8"),
    "number": ("float8", ">f8"),
    "date": ("date", ">i4"),
    "text": ("int2", ">i2"),
}
MISSING: Final[dict[FieldType, float | int]] = {
    "integer": -(2**31),
    "cents": -(2**63),
    "number": -1.7976931348623157e308,
    "date": -(2**31),  # what “-infinity” is on the wire
    "text": MISSING_CODE,
}
_NULL: Final[dict[FieldType, str]] = {
    "integer": "'-2147483648'::int4",
    "cents": "'-9223372036854775808'::int8",
    "number": "'-1.7976931348623157e308'::float8",
    "date": "'-infinity'::date",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a customer's row. sql: over `rules_customerfeatures` as f, never NULL. dtype: on the wire, big-endian."""

    name: str
    sql: str
    wire: str
    dtype: str


@dataclass(frozen=True, slots=True)
class Bit:
    """One bit of a `bits_…` column: of a set, whether it has the element; of a flag, whether it is true; `known`: whether known."""

    field: str
    column: str
    place: int
    element: str | None = None
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Needs:
    """The fields that rules name, and of sets the elements; both sorted, so that equal rules make equal columns."""

    fields: tuple[str, ...]
    elements: tuple[tuple[str, str], ...]


def needs_of(definitions: Iterable[Definition]) -> Needs:
    """What conditions, scores and texts ask for; and the kind of customer, which every audience asks for."""
    fields, elements = {AUDIENCE_FIELD}, set[tuple[str, str]]()
    for definition in definitions:
        told = {name for name in placeholders(f"{definition.title}\n{definition.body}") if name in BY_NAME}
        elements |= {(name, choice) for name in told if BY_NAME[name].type == "set" for choice in BY_NAME[name].choices}
        fields |= told
        for term in definition.score.terms:
            fields |= _of_operand(term.operand)
        for leaf in leaves(definition.conditions):
            fields |= _of_operand(leaf.operand) if isinstance(leaf, NumberCondition) else {leaf.field}
            if isinstance(leaf, SetCondition):
                elements |= {(leaf.field, value) for value in leaf.values}
    return Needs(tuple(sorted(fields)), tuple(sorted(elements)))


def leaves(condition: Condition) -> Iterator[NumberCondition | ChoiceCondition | SetCondition]:
    """Every leaf, from left to right."""
    if isinstance(condition, Group):
        for each in condition.conditions:
            yield from leaves(each)
    else:
        yield condition  # type: ignore[misc]  # every leaf but a number's has `.field`


def _of_operand(operand: Operand) -> set[str]:
    return {operand.field, operand.per} - {""}


def bits_of(needs: Needs) -> tuple[Bit, ...]:
    """Which bit says what; only a field whose missing is not zero needs one that says whether it is known."""
    by_set = defaultdict(list)
    for name, element in needs.elements:
        by_set[name].append(element)
    asked: list[tuple[str, str | None, bool]] = []
    for name in needs.fields:
        field = BY_NAME[name]
        if field.type not in ("flag", "set"):
            continue
        if field.missing != "zero":
            asked.append((name, None, True))
        asked += [(name, None, False)] if field.type == "flag" else [(name, element, False) for element in by_set[name]]
    return tuple(Bit(name, f"bits_{i // BITS}", i % BITS, element, is_known) for i, (name, element, is_known) in enumerate(asked))


def columns_of(needs: Needs) -> tuple[Column, ...]:
    """Widest first, so that what is kept beside results has no holes and reads without odd offsets."""
    plain = [_column(BY_NAME[name]) for name in needs.fields if BY_NAME[name].type in WIRE]
    by_column = defaultdict(list)
    for bit in bits_of(needs):
        by_column[bit.column].append(bit)
    masks = [Column(name, _mask_sql(bits), "int8", ">i8") for name, bits in by_column.items()]
    return tuple(sorted([*plain, *masks], key=lambda column: (-int(column.dtype[-1]), column.name)))


def _column(field: Field) -> Column:
    wire, dtype = WIRE[field.type]
    return Column(field.name, _text_sql(field) if field.type == "text" else _plain_sql(field), wire, dtype)


def _plain_sql(field: Field) -> str:
    return f'coalesce(f."{field.name}", {_NULL[field.type]})'


def _text_sql(field: Field) -> str:
    cases = " ".join(f"WHEN {quoted(code)} THEN {i}" for i, code in enumerate(sorted(field.choices)))
    odd = f'CASE WHEN f."{field.name}" IS NULL THEN {MISSING_CODE} ELSE {ODD_CODE} END'
    return f'(CASE f."{field.name}" {cases} ELSE {odd} END)::int2'


def _mask_sql(bits: Iterable[Bit]) -> str:
    return f"({' + '.join(f'CASE WHEN {_bit_sql(bit)} THEN {1 << bit.place} ELSE 0 END' for bit in bits)})::int8"


def _bit_sql(bit: Bit) -> str:
    column = f'f."{bit.field}"'
    if bit.is_known:
        return f"{column} IS NOT NULL"
    return column if bit.element is None else f"{quoted(bit.element)} = ANY({column})"


def quoted(text: str) -> str:
    """A literal of SQL. Texts come from rules that were read strictly, so none holds a character that cannot be printed."""
    return "'" + text.replace("'", "''") + "'"
