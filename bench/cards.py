"""The cards that benchmarks pay with, as a shop's page sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

BENEFIT_CARD: Final = "9999410000000005"
OTHER_CARD: Final = "9999490000000007"


def card(number: str) -> dict[str, Any]:
    return {"number": number, "exp_month": 12, "exp_year": datetime.now(UTC).year + 3, "cvc": "123"}
