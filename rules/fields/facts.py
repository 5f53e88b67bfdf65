"""A customer's values as rules see them, one at a time: what is implausible is missing, and what is missing may be zero."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from rules.fields.catalogue import BY_NAME
from rules.fields.values import Values


class Facts:
    """Looks values up as the catalogue's policies say. Slow and plain: it is what the compiled plan is compared with."""

    def __init__(self, values: Values, today: date) -> None:
        self._values = values
        self.today = today

    def value(self, name: str) -> Any:
        """The field's value; 0, no or the empty set where that is what its missing means; else None."""
        field = BY_NAME[name]
        value = self._values.get(name)
        if value is not None and self._is_plausible(name, value):
            return value
        if field.missing != "zero":
            return None
        return {"flag": False, "set": frozenset(), "date": self.today, "text": None}.get(field.type, 0)

    def _is_plausible(self, name: str, value: Any) -> bool:
        field = BY_NAME[name]
        if field.type in ("flag", "set"):
            return True
        if field.type == "text":
            return value in field.choices
        number = (value - self.today).days if field.type == "date" else value
        return not math.isnan(number) and field.low <= number <= field.high
