"""What is known of one customer: field -> value, in the types that people think in; and the same as JSON.

    integer, cents: int    number: float    date: date    flag: bool    text: one of its codes    set: frozenset of str

What is missing is absent, or None. Evaluators forgive more than this door lets in: NaN, infinity, days beyond the
calendar and codes that nobody listed reach them from broken data, and are then missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from rules.errors import Complaint, ValuesInvalid
from rules.fields.catalogue import field_named
from rules.fields.types import Field

Values = Mapping[str, Any]

MAX_ELEMENTS: Final = 500  # of a set
MAX_ELEMENT_LENGTH: Final = 80  # as wide as its column
WHOLE_NUMBER_LIMIT: Final = 2**63


def read_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON brings them. Raises `ValuesInvalid` with every complaint; null is missing."""
    complaints: list[Complaint] = []
    values: dict[str, Any] = {}
    for name, raw in data.items():
        field = field_named(name)
        if field is None:
            complaints.append(Complaint(str(name), "There is no such field: take one of the catalogue."))
        elif raw is not None:
            try:
                values[name] = _READERS[field.type](field, raw)
            except ValueError as fault:
                complaints.append(Complaint(name, str(fault)))
    if complaints:
        raise ValuesInvalid(complaints)
    return values


def to_json(values: Values) -> dict[str, Any]:
    """The same as JSON, in the order of names; what is missing, and what JSON cannot say (NaN), is left out."""
    told = {name: _plain(values[name]) for name in sorted(values)}
    return {name: value for name, value in told.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _whole(field: Field, raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError("Give a whole number of cents." if field.type == "cents" else "Give a whole number.")
    if abs(raw) >= WHOLE_NUMBER_LIMIT:
        raise ValueError("Give a smaller number.")
    return raw


def _number(_: Field, raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError("Give a number.")
    if isinstance(raw, int) and abs(raw) >= WHOLE_NUMBER_LIMIT:
        raise ValueError("Give a smaller number.")
    if not math.isfinite(raw):
        raise ValueError("Give a number that is finite.")
    return float(raw)


def _date(_: Field, raw: Any) -> date:
    try:
        return read_date(raw)
    except ValueError as fault:
        raise ValueError("Give a day such as “2026-12-31”.") from fault


def read_date(raw: Any) -> date:
    """A day written as YYYY-MM-DD, and in no other of ISO 8601's ways. Raises ValueError."""
    if not isinstance(raw, str) or len(raw) != 10:
        raise ValueError("no day")
    return date.fromisoformat(raw)


def _flag(_: Field, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("Give true or false.")
    return raw


def _text(field: Field, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in field.choices:
        raise ValueError(f"Give one of {', '.join(field.choices)}.")
    return raw


def _set(field: Field, raw: Any) -> frozenset[str]:
    if not isinstance(raw, list | tuple) or not all(isinstance(each, str) for each in raw):
        raise ValueError("Give a list of texts.")
    if len(raw) > MAX_ELEMENTS:
        raise ValueError(f"Give at most {MAX_ELEMENTS}.")
    if fault := next((said for each in raw if (said := element_fault(field, each))), ""):
        raise ValueError(fault)
    return frozenset(raw)


def element_fault(field: Field, element: str) -> str:
    """What is wrong with an element of a set; nothing where it may be one."""
    if field.choices:
        return "" if element in field.choices else f"“{element[:40]}” is none of {', '.join(field.choices)}."
    if not element or len(element) > MAX_ELEMENT_LENGTH or not element.isprintable():
        return f"Give names of 1 to {MAX_ELEMENT_LENGTH} printable characters."
    return ""


_READERS: Final[Mapping[str, Callable[[Field, Any], Any]]] = {
    "integer": _whole,
    "cents": _whole,
    "number": _number,
    "date": _date,
    "flag": _flag,
    "text": _text,
    "set": _set,
}
