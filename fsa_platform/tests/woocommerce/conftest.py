"""The plugin's merchant: an Acme whose catalogue has what the tests in PHP sell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from checkout.tests.conftest import CHIPS, IBUPROFEN, VITAMINS, evidence  # noqa: F401 -- a fixture
from conftest import api_for
from fsa_platform.tests.woocommerce.recorder import Recorder
from merchants.models import Merchant

# The order of Baskets::usual() in PHP: $58.70, shipping with its tax.
USUAL: list[dict[str, Any]] = [
    {"title": "Ibuprofen 200 mg", "gtin": IBUPROFEN, "sku": "IBU", "quantity": 2, "unit_price_cents": 1197, "tax_cents": 144},
    {"title": VITAMINS, "sku": "VIT", "quantity": 1, "unit_price_cents": 849, "tax_cents": 51},
    {"title": CHIPS, "sku": "CHIPS", "quantity": 3, "unit_price_cents": 598, "tax_cents": 108},
]
SHIPPING_CENTS, TOTAL_CENTS = 530, 5870
URLS = {"success_url": "https://shop.example.test/checkout/order-received/", "cancel_url": "https://shop.example.test/checkout/"}


class Asker:
    """Calls as the plugin makes them; the answer knows what was sent."""

    def __init__(self, client: APIClient) -> None:
        self.client = client

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._sent(self.client.post(f"/v1/{path}", body or {}, headers=headers), body or {})

    def get(self, path: str, **headers: str) -> Any:
        return self._sent(self.client.get(f"/v1/{path}", headers=headers), None)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self._sent(self.client.patch(f"/v1/{path}", body), body)

    def delete(self, path: str) -> Any:
        return self._sent(self.client.delete(f"/v1/{path}"), None)

    def _sent(self, response: Any, body: Any) -> Any:
        response.sent = body
        return response


@pytest.fixture
def shop(acme: Merchant, evidence: None) -> Asker:  # noqa: F811
    return Asker(api_for(acme))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    kept = Recorder()
    yield kept
    assert not kept.differing, f"The API answers otherwise than recorded (RECORD=1 writes anew): {', '.join(kept.differing)}"


@pytest.fixture
def usual_session(shop: Asker) -> Callable[..., dict[str, Any]]:
    def opened(**fields: Any) -> dict[str, Any]:
        body = {"line_items": USUAL, "shipping_cents": SHIPPING_CENTS, "amount_total_cents": TOTAL_CENTS, **URLS, **fields}
        response = shop.post("checkout/sessions", body)
        assert response.status_code == 201, response.content
        return dict(response.json())

    return opened
