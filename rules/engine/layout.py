"""How customers' values lie in a row of fixed width, and how such a row is read back: a reason can be told years later.

A layout is JSON and says everything: it needs no rule file and no code of the day on which the row was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from rules.engine.columns import EPOCH, MISSING, Bit, Column
from rules.fields.catalogue import BY_NAME

FORMAT: Final = 1


def packed_dtype(columns: Sequence[Column]) -> np.dtype[Any]:
    """One row of what is kept: the columns as they come over the wire, without what is between them there."""
    return np.dtype([(column.name, column.dtype) for column in columns])


def layout_of(columns: Sequence[Column], bits: Sequence[Bit]) -> dict[str, Any]:
    """How such a row is read. Of a set, only elements that a rule named are in it."""
    dtype = packed_dtype(columns)
    offsets = {name: dtype.fields[name][1] for name in dtype.names or ()} if dtype.fields else {}
    return {
        "format": FORMAT,
        "row_bytes": dtype.itemsize,
        "epoch": EPOCH.isoformat(),
        "columns": [_told(column, offsets[column.name]) for column in columns],
        "bits": [
            {"field": bit.field, "column": bit.column, "place": bit.place, "element": bit.element, "is_known": bit.is_known}
            for bit in bits
        ],
        "sets": sorted({bit.field for bit in bits if BY_NAME[bit.field].type == "set"}),
    }


def _told(column: Column, offset: int) -> dict[str, Any]:
    told: dict[str, Any] = {"name": column.name, "dtype": column.dtype, "offset": offset, "type": "bits"}
    if (field := BY_NAME.get(column.name)) is not None:
        told |= {"type": field.type, "missing": MISSING[field.type]}
        if field.type == "text":
            told["codes"] = sorted(field.choices)
    return told


def unpack(layout: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    """The values that one row holds; what was missing is absent. Raises ValueError where the layout is not the row's."""
    if layout.get("format") != FORMAT or len(data) != layout["row_bytes"]:
        raise ValueError("These inputs were kept in another layout.")
    raw = {each["name"]: _item(each, data) for each in layout["columns"]}
    epoch = date.fromisoformat(layout["epoch"])
    told = {each["name"]: _natural(each, raw[each["name"]], epoch) for each in layout["columns"] if each["type"] != "bits"}
    return {name: value for name, value in {**told, **_from_bits(layout, raw)}.items() if value is not None}


def _item(column: Mapping[str, Any], data: bytes) -> Any:
    return np.frombuffer(data, dtype=column["dtype"], count=1, offset=column["offset"])[0].item()


def _natural(column: Mapping[str, Any], raw: Any, epoch: date) -> Any:
    if raw == column["missing"]:
        return None
    if column["type"] == "date":
        try:
            return epoch + timedelta(days=raw)
        except OverflowError:
            return None  # a day beyond the calendar, which no rule took for a value either
    if column["type"] == "text":
        return column["codes"][raw] if 0 <= raw < len(column["codes"]) else None
    return raw


def _from_bits(layout: Mapping[str, Any], raw: Mapping[str, int]) -> dict[str, Any]:
    told: dict[str, Any] = {name: frozenset() for name in layout["sets"]}
    unknown = set()
    for bit in layout["bits"]:
        is_on = bool(raw[bit["column"]] >> bit["place"] & 1)
        if bit["is_known"]:
            unknown |= set() if is_on else {bit["field"]}
        elif bit["element"] is None:
            told[bit["field"]] = is_on
        elif is_on:
            told[bit["field"]] |= {bit["element"]}
    return {name: value for name, value in told.items() if name not in unknown}
