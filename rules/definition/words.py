"""Values in words: money, days, counts and codes as a customer reads them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from rules.fields.types import Field

SHOWN_ELEMENTS: Final = 5
YEAR_FROM_DAYS: Final = 300  # a day further away than this is told with its year
UNKNOWN: Final = {  # what stands where a value should; validation lets no text through that could come to this
    "cents": "an unknown amount",
    "date": "an unknown day",
    "set": "nothing known",
}


def value_words(field: Field, value: Any, *, today: date | None = None, names: Mapping[str, str] | None = None) -> str:
    """$1,234.56, December 31, 30 days, HSA and health FSA. names: element or code -> words, where the catalogue has none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN.get(field.type, "unknown")
    if field.type == "cents":
        return money(value)
    if field.type == "date":
        return day_words(value, today)
    if field.type == "flag":
        return "yes" if value else "no"
    if field.type == "set":
        return listed(element_words(field, each, names) for each in sorted(value)) or "nothing"
    if field.type == "text":
        return element_words(field, value, names)
    return number_words(value, field.unit)


def money(cents: float) -> str:
    """Cents as dollars; a part of a cent, which thresholds of averages have, is rounded to a cent."""
    whole = round(cents)
    return f"{'−' if whole < 0 else ''}${abs(whole) // 100:,}.{abs(whole) % 100:02d}"


def number_words(value: float, unit: str = "") -> str:
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0")
    if unit == "%":
        return f"{text}%"
    if unit == "days":
        return f"{text} day" if value == 1 else f"{text} days"
    return text


def day_words(day: date, today: date | None = None) -> str:
    """December 31; with its year where today is known and far from it."""
    words = f"{day:%B} {day.day}"
    if today is not None and abs((day - today).days) > YEAR_FROM_DAYS:
        return f"{words}, {day.year}"
    return words


def element_words(field: Field, element: str, names: Mapping[str, str] | None = None) -> str:
    if names and element in names:
        return names[element]
    return field.choices.get(element, element.replace("_", " "))


def listed(words: Iterable[str], joint: str = "and", most: int = SHOWN_ELEMENTS) -> str:
    """a, b and c; from the sixth on they are counted."""
    shown = list(words)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {joint} {shown[-1]}"
