"""Chosen values of a condition in one cell: their codes, with commas between them."""

from __future__ import annotations

import re
from typing import Any

from rules.builder.errors import BuilderRefused
from rules.builder.names import names_of
from rules.definition.conditions import MAX_VALUES
from rules.fields.catalogue import field_named
from rules.fields.values import element_fault


def chosen_text(values: Any) -> str:
    """What stands in the cell's input; whatever an unfinished draft holds can be shown."""
    return ", ".join(map(str, values)) if isinstance(values, list) else str(values)


def choices_words(field: str) -> str:
    """What may stand there, where the field has choices; nothing where it has none, as with categories."""
    found = field_named(field)
    return ", ".join(found.choices) if found else ""


def read_chosen(field: str, text: str, words: str) -> list[str]:
    """The codes that were typed, in their order and each once. Raises BuilderRefused with the column's words.

    A category or merchant that does not exist is refused here: nobody would ever have it, and a mistyped code shows nowhere else.
    """
    codes = list(dict.fromkeys(one.strip() for one in re.split(r"[,\r\n]", text) if one.strip()))
    if not codes:
        raise BuilderRefused(f"Give at least one under “{words}”.")
    if len(codes) > MAX_VALUES:
        raise BuilderRefused(f"At most {MAX_VALUES} can stand under “{words}”.")
    found = field_named(field)
    for code in codes:
        if found and (fault := element_fault(found, code)):
            raise BuilderRefused(fault)
    if found and found.elements and not found.choices:
        known = names_of(codes)
        if unknown := [code for code in codes if code not in known]:
            raise BuilderRefused(f"There is no {found.elements} with the code “{unknown[0][:40]}”.")
    return codes
