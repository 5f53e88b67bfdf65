"""A shopper in Chromium: block and classic checkout, the hosted page, back to the thank-you page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from integrations.woocommerce.tests.acceptance.conftest import ADDRESS, HSA, VISA

pytestmark = pytest.mark.browser
TIMEOUT_MS = 60_000


@pytest.fixture
def window(root: Any) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        yield page
        browser.close()


def pay(page: Page) -> None:
    page.wait_for_url("**/pay/**")
    for role, number in (("benefit", HSA), ("card", VISA)):
        fields = page.frame_locator(f"#{role}-frame iframe")
        for field, text in (("number", number), ("expiry", "1230"), ("cvc", "123")):
            fields.locator(f"#{field}").press_sequentially(text)
    page.locator("#pay-button").press("Enter")
    page.locator("a:has-text('Return to the shop')").first.click()
    page.wait_for_url("**order-received**")


def fill(cart: dict[str, int], shop: Any, page: Page) -> None:
    for name, quantity in cart.items():
        page.goto(f"{shop.url}/?add-to-cart={shop.made['products'][name]}&quantity={quantity}")


def newest(shop: Any) -> dict[str, Any]:
    return dict(shop.order_when(shop.inside("newest")["id"], lambda order: order["status"] == "processing"))


def test_the_block_checkout_sells_a_split_order(shop, window):
    fill({"ibu": 2, "chips": 1}, shop, window)
    window.goto(f"{shop.url}/checkout/")
    window.fill("#email", "sam@shop.example")
    for name in ("first_name", "last_name", "address_1", "city", "postcode"):
        window.fill(f"#shipping-{name}", ADDRESS[name])
    window.select_option("#shipping-state", ADDRESS["state"])
    window.locator("input[value=fsa_payments]").check(force=True)
    window.wait_for_load_state("networkidle")
    window.click(".wc-block-components-checkout-place-order-button")
    pay(window)

    order = newest(shop)
    assert (order["status"], order["transaction"][:4]) == ("processing", "pay_")
    assert sum(note.startswith("Paid $") for note in order["notes"]) == 1


def test_the_classic_checkout_sells_a_split_order(shop, window):
    fill({"ibu": 1, "chips": 2}, shop, window)
    window.goto(shop.made["classic"])
    for name in ("first_name", "last_name", "address_1", "city", "postcode"):
        window.fill(f"#billing_{name}", ADDRESS[name])
    window.select_option("#billing_state", ADDRESS["state"], force=True)
    window.fill("#billing_email", "sam@shop.example")
    if window.locator("#billing_phone").is_visible():
        window.fill("#billing_phone", "5555550100")
    window.locator("label[for=payment_method_fsa_payments]").click()
    window.wait_for_load_state("networkidle")
    window.locator("#place_order").click()
    pay(window)

    order = newest(shop)
    assert (order["status"], order["transaction"][:4]) == ("processing", "pay_")
