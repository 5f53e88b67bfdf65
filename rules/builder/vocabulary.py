"""What the form may offer: fields with their meaning, tests in words, and the words of everything that is chosen from a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rules.definition.tree import MAX_SCORE, MAX_TOP_CONDITIONS
from rules.fields.catalogue import FIELDS
from rules.fields.types import Field

Words = tuple[tuple[str, str], ...]

CATEGORIES: Final[Words] = (
    ("insight", "Insight"), ("saving", "Saving"), ("offer", "Offer"), ("reward", "Reward"), ("tip", "Tip"), ("guidance", "Guidance"),
)  # fmt: skip
AUDIENCES: Final[Words] = (
    ("person", "People with an account"),
    ("shopper", "Shoppers of one merchant"),
    ("merchant", "Merchants"),
)
CHANNELS: Final[Words] = (("feed", "Their feed"), ("push", "Push message"), ("email", "E-mail"), ("portal", "Merchant portal"))
MATCHES: Final[Words] = (("all", "all of these hold"), ("any", "at least one of these holds"), ("none", "none of these holds"))
PRIORITIES: Final[Words] = (
    ("1", "1, before all others"),
    ("2", "2, early"),
    ("3", "3, as usual"),
    ("4", "4, late"),
    ("5", "5, after all others"),
)

TYPE_WORDS: Final[Mapping[str, str]] = {
    "integer": "number", "cents": "dollars", "number": "number", "date": "date", "flag": "yes or no", "text": "choice", "set": "list",
}  # fmt: skip
_KNOWN: Final[Words] = (("is_known", "is known"), ("is_missing", "is not known"))
_NUMBER: Final[Words] = (
    ("at_least", "is at least"), ("more_than", "is more than"), ("at_most", "is at most"), ("less_than", "is less than"), ("between", "is between"),
    ("outside", "is outside"), ("equals", "is exactly"), ("differs", "is anything but"),
)  # fmt: skip
TESTS: Final[Mapping[str, Words]] = {
    "number": (*_NUMBER, *_KNOWN),
    "days": _NUMBER,
    "date": (("on_or_after", "is on or after"), ("on_or_before", "is on or before"), ("between", "is between"), *_KNOWN),
    "text": (("is_one_of", "is one of"), ("is_none_of", "is none of"), *_KNOWN),
    "set": (("has_any_of", "has any of"), ("has_all_of", "has all of"), ("has_none_of", "has none of"), *_KNOWN),
    "flag": (("is_true", "is true"), ("is_false", "is not true"), *_KNOWN),
}
TRANSFORMS: Final[Words] = (("value", "the date"), ("days_until", "days until it"), ("days_since", "days since it"))


def vocabulary() -> dict[str, Any]:
    """Everything that the form's script needs to know, as JSON."""
    return {
        "fields": [_field(one) for one in FIELDS],
        "tests": TESTS, "transforms": TRANSFORMS, "matches": MATCHES, "types": TYPE_WORDS, "audiences": dict(AUDIENCES),
        "most_conditions": MAX_TOP_CONDITIONS, "max_score": MAX_SCORE, "max_depth": 4,
    }  # fmt: skip


def _field(one: Field) -> dict[str, Any]:
    return {
        "name": one.name, "label": one.label, "type": one.type, "unit": one.unit, "meaning": one.meaning, "group": one.group,
        "audiences": sorted(one.audiences), "missing": one.missing, "choices": dict(one.choices), "elements": one.elements,
        "is_retired": one.is_retired, "low": one.low, "high": one.high,
    }  # fmt: skip
