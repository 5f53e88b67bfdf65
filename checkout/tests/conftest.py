"""A basket with evidence of every kind, so that sales can be driven without asking the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout.models import CheckoutSession
from checkout.services.create import BasketLine, create_session
from eligibility.decision import Item
from eligibility.lists.by_hand import enter_list
from eligibility.services.reviews import record_review
from merchants.models import Merchant

IBUPROFEN = "00300450449108"
CHIPS, VITAMINS, CHARGER = "Nacho tortilla chips", "Vitamin D3 softgels", "Phone charger"

# Test cards of the sandbox network, by what happens.
FSA, FSA_PARTIAL, FSA_DECLINED, FSA_EMPTY = "9999410000000005", "9999410000000104", "9999410000000054", "9999410000000518"
FSA_NOT_ENABLED, FSA_EXPIRED, FSA_WRONG_CVC = "9999410000000583", "9999410000000542", "9999410000000823"
FSA_SLOW, FSA_SILENT, FSA_DUPLICATE, HSA = "9999410000000302", "9999410000000997", "9999410000000948", "9999411000000003"
HSA_PARTIAL, HSA_REPLACED, MASTERCARD_CLOSED = "9999511000000109", "9999411000004013", "9999590000004022"
ASKED_3DS, UNKNOWN_3DS, ATTEMPTED_3DS, UNREACHABLE_3DS = (
    "9999490000003118",
    "9999590000003123",
    "9999490000003134",
    "9999590000003149",
)
VISA, VISA_DECLINED, VISA_SILENT, LPFSA = "9999490000000007", "9999490000000056", "9999490000000999", "9999414000000007"


@pytest.fixture
def evidence(acme: Merchant, globex: Merchant) -> None:
    """Ibuprofen is on the list; chips, vitamins and a charger were judged by a person, for both merchants."""
    rows = [(IBUPROFEN, "Ibuprofen", "pain-relievers-oral")]
    enter_list(list_id="test-list", name="the test list", version="2026-11", rows=rows)
    for merchant in (acme, globex):
        for title, category in (
            (CHIPS, "food-snacks-and-beverages"),
            (VITAMINS, "vitamins-and-multivitamins"),
            (CHARGER, "electronics-and-computers"),
        ):
            record_review(merchant=merchant, item=Item(title=title), category_code=category, reviewer=None)


def line(title: str = "Ibuprofen 200 mg", cents: int = 1000, **fields: Any) -> BasketLine:
    gtin = IBUPROFEN if title.startswith("Ibuprofen") else ""
    return BasketLine(title=title, unit_price_cents=cents, gtin=gtin, **{"quantity": 1, **fields})


@pytest.fixture
def open_session(evidence: None) -> Callable[..., CheckoutSession]:
    """Open a session: $30.00 eligible and $12.00 of other things unless told otherwise."""

    def opened(merchant: Merchant, lines: list[BasketLine] | None = None, **fields: Any) -> CheckoutSession:
        basket = lines or [line(cents=1500, quantity=2), line(CHIPS, 700), line(VITAMINS, 500)]
        urls = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}
        return create_session(merchant=merchant, lines=basket, **{**urls, **fields})

    return opened
