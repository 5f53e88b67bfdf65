"""One customer's values as a row of fixed width, in the form in which the database sends them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from rules.engine.columns import EPOCH, MISSING, MISSING_CODE, ODD_CODE, Bit, Column
from rules.engine.layout import packed_dtype
from rules.fields.catalogue import BY_NAME
from rules.fields.types import Field
from rules.fields.values import Values


class Packer:
    """Packs values of one customer at a time; what is absent, or of no use, becomes missing."""

    def __init__(self, columns: Sequence[Column], bits: Sequence[Bit]) -> None:
        self.dtype = packed_dtype(columns)
        self._columns = tuple((column.name, BY_NAME.get(column.name)) for column in columns)
        self._bits: dict[str, list[Bit]] = {}
        for bit in bits:
            self._bits.setdefault(bit.column, []).append(bit)

    def pack(self, customers: Iterable[Values]) -> np.ndarray[Any, Any]:
        return np.array([self._row(values) for values in customers], dtype=self.dtype)

    def _row(self, values: Values) -> tuple[Any, ...]:
        return tuple(
            self._mask(name, values) if field is None else _raw(field, values.get(name)) for name, field in self._columns
        )

    def _mask(self, column: str, values: Values) -> int:
        return sum(1 << bit.place for bit in self._bits[column] if _is_on(bit, values.get(bit.field)))


def _is_on(bit: Bit, value: Any) -> bool:
    if value is None:
        return False
    if bit.is_known:
        return True
    return value is True if bit.element is None else bit.element in value


def _raw(field: Field, value: Any) -> Any:
    """A value as its column holds it."""
    if value is None:
        return MISSING[field.type]
    return _RAW[field.type](field, value)


def _whole(bits: int) -> Callable[[Field, Any], int]:
    high: int = 2 ** (bits - 1) - 1

    def raw(field: Field, value: Any) -> int:
        if isinstance(value, float) and not math.isfinite(value):
            return high  # beyond what is plausible, so that it is told and not taken for missing
        return min(max(int(value), -high), high)

    return raw


def _number(_: Field, value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _day(_: Field, value: date) -> int:
    return (value - EPOCH).days


_CODES: Final = {
    field.name: {code: i for i, code in enumerate(sorted(field.choices))} for field in BY_NAME.values() if field.type == "text"
}


def _code(field: Field, value: Any) -> int:
    return _CODES[field.name].get(value, ODD_CODE) if value is not None else MISSING_CODE


_RAW: Final[dict[str, Callable[[Field, Any], Any]]] = {
    "integer": _whole(32), "cents": _whole(64), "number": _number, "date": _day, "text": _code,
}  # fmt: skip
