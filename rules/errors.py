"""What can go wrong with rules and with what they are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.errors import PlatformError

SHOWN: Final = 5  # complaints in a message; `details` holds them all


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with what was handed in. path: where, such as `conditions.all[2].value`; "" is the whole."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class DefinitionInvalid(PlatformError):
    """A rule's definition cannot be read: each complaint says where, and what would mend it."""

    code = "rule_definition_invalid"
    http_status = 422

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(_message(complaints), **_details(complaints))
        self.complaints = tuple(complaints)


class ValuesInvalid(PlatformError):
    """A customer's values cannot be read: each complaint says where, and what would mend it."""

    code = "customer_values_invalid"
    http_status = 422

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(_message(complaints), **_details(complaints))
        self.complaints = tuple(complaints)


def _message(complaints: Sequence[Complaint]) -> str:
    shown = "; ".join(str(each) for each in complaints[:SHOWN])
    return f"{shown}; and {len(complaints) - SHOWN} more" if len(complaints) > SHOWN else shown


def _details(complaints: Sequence[Complaint]) -> dict[str, Any]:
    told = [{"path": each.path, "message": each.message} for each in complaints]
    return {"param": complaints[0].path or None, "complaints": told}
