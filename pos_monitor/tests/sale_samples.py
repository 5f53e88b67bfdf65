"""A till in a shop with its token, and baskets as it rings them up."""

from __future__ import annotations

from itertools import count
from typing import Any

from rest_framework.test import APIClient

from checkout.tests.conftest import IBUPROFEN
from merchants.models import Merchant
from pos_monitor.estate.tokens import issue
from pos_monitor.models import Terminal
from pos_monitor.tests.estate_samples import a_store, a_terminal

_numbers = count(1)
EXP_YEAR = 2031


class Till:
    """A till as its software sees the platform: over HTTP, with its own token."""

    def __init__(self, merchant: Merchant, terminal: Terminal | None = None) -> None:
        self.terminal = terminal or a_terminal(merchant, a_store(merchant, time_zone="America/Chicago"), label="Till 3")
        self.api = APIClient(raise_request_exception=False)
        self.api.default_format = "json"
        self.api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(terminal=self.terminal)}")
        self.path = f"/v1/terminals/{self.terminal.public_id}"

    def token(self, number: str, **fields: Any) -> str:
        body = {"number": number, "exp_month": 12, "exp_year": EXP_YEAR, **fields}
        answer = self.api.post(f"{self.path}/card_tokens", body)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def basket(self, *cards: str, lines: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
        """$30.00 of ibuprofen and $7.00 of chips, unless told otherwise."""
        return {
            "sale_number": f"{next(_numbers):06}", "line_items": lines or [ibuprofen(), chips()],
            "cards": [{"token": self.token(number)} for number in cards], **fields,
        }  # fmt: skip

    def sell(self, *cards: str, **fields: Any) -> Any:
        return self.send(self.basket(*cards, **fields))

    def send(self, body: dict[str, Any]) -> Any:
        return self.api.post(f"{self.path}/sales", body)

    def again(self, body: dict[str, Any], *cards: str) -> dict[str, Any]:
        """The same sale with fresh tokens, as a till sends it after it has heard nothing."""
        return {**body, "cards": [{"token": self.token(number)} for number in cards]}

    def batch(self, *bodies: dict[str, Any]) -> Any:
        return self.api.post(f"{self.path}/sales/batch", {"sales": list(bodies)})

    def void(self, number: str) -> Any:
        return self.api.post(f"{self.path}/sales/void_last", {"sale_number": number})

    def close(self, **fields: Any) -> Any:
        return self.api.post(f"{self.path}/close_day", fields)


def ibuprofen(**fields: Any) -> dict[str, Any]:
    return {"till_text": "IBUPROFEN 200MG 100CT", "gtin": IBUPROFEN, "quantity": 2, "unit_price_cents": 1500, **fields}


def chips(**fields: Any) -> dict[str, Any]:
    return {"till_text": "Nacho tortilla chips", "unit_price_cents": 700, **fields}
