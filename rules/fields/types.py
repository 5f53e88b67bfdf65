"""What a field of a customer is: its type, unit, meaning, and what it means that nobody knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FieldType = Literal["integer", "cents", "number", "date", "flag", "text", "set"]
Audience = Literal["person", "shopper", "merchant"]
# unknown: every condition on it is false, but “is missing”. zero: it counts as 0, no, or the empty set.
Missing = Literal["unknown", "zero"]

NUMBERS: frozenset[FieldType] = frozenset({"integer", "cents", "number"})
PERSON: frozenset[Audience] = frozenset({"person"})
SHOPPERS: frozenset[Audience] = frozenset({"person", "shopper"})
MERCHANT: frozenset[Audience] = frozenset({"merchant"})
EVERYBODY: frozenset[Audience] = frozenset({"person", "shopper", "merchant"})


@dataclass(frozen=True, slots=True)
class Field:
    """One fact about a customer, which rules may ask for. A column of `CustomerFeatures` of the same name holds it.

    low, high: what is plausible, both included; in the field's unit, and for a date in days from today. What lies outside was
    computed from broken data: it is treated as missing, and told. choices: code -> words, for a text; of a set, where its
    elements are few. elements: what a set holds (`category`, `merchant`).
    """

    name: str
    label: str
    type: FieldType
    meaning: str
    group: str
    audiences: frozenset[Audience]
    unit: str = ""
    missing: Missing = "unknown"
    low: float = 0
    high: float = 1e12
    choices: Mapping[str, str] = field(default_factory=dict)
    elements: str = ""
    is_retired: bool = False

    @property
    def is_number(self) -> bool:
        return self.type in NUMBERS
