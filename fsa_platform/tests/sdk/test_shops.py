"""The example shops sell: each in a browser, from its shelf to a paid order, with the secret key on its server alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from browser_testing import Window
from checkout.models import CheckoutSession
from checkout.tests.conftest import FSA, VISA
from checkout.tests.test_browser_checkout import pay, tenders_of, type_card
from fsa_platform.tests.sdk.conftest import SDK, visiting

pytestmark = pytest.mark.browser
OpenShop = Callable[[str], str]
PAID = [("benefit", 1500, "0005", "captured"), ("ordinary", 1200, "0007", "captured")]


def is_a_shelf(page: Page, *, eligible: str = "FSA/HSA eligible", letter: str = "FSA/HSA eligible with a letter") -> None:
    labels = page.locator("fsa-badge [part=label]")
    expect(labels).to_have_count(2)  # chips have none
    assert sorted(labels.all_text_contents()) == sorted([eligible, letter])
    expect(page.locator("fsa-cart-split dd").first).to_have_text("$15.00")
    expect(page.locator("fsa-cart-split dd").nth(1)).to_have_text("$12.00")
    expect(page.locator("fsa-cart-split dd").nth(2)).to_have_text("$5.00")


def knows_no_secret(page: Page) -> None:
    assert "sk_test_" not in page.content()


@pytest.mark.needs("node")
def test_a_shop_of_html_alone_sells(window: Window, open_shop: OpenShop) -> None:
    shop = open_shop("html/server.mjs")
    with visiting(window, shop):
        page = window.page
        page.goto(shop)
        is_a_shelf(page)
        knows_no_secret(page)
        window.look("sdk-shop-html")
        page.get_by_role("button").click()
        expect(page).to_have_url(re.compile(r"/pay/cs_\w+/$"))
        type_card(page, "benefit", FSA)
        type_card(page, "card", VISA)
        pay(page)
        page.get_by_role("link", name="Return to the shop").click()

        expect(page.get_by_role("status")).to_have_text("Paid. Thank you!")
        is_a_shelf(page)
    assert tenders_of(CheckoutSession.objects.get()) == PAID


def test_a_shop_of_django_sells_in_spanish(window: Window, open_shop: OpenShop) -> None:
    shop = open_shop("django/shop.py")
    with visiting(window, shop):
        page = window.page
        page.goto(shop)
        is_a_shelf(page, eligible="Elegible para FSA/HSA", letter="Elegible para FSA/HSA con una carta médica")
        expect(page.locator("fsa-cart-split dt").first).to_have_text("Con su tarjeta FSA/HSA")
        expect(page.locator("fsa-badge [part=reason]")).to_have_count(2)
        knows_no_secret(page)
        window.look("sdk-shop-django")
        page.get_by_role("button").click()
        expect(page).to_have_url(re.compile(r"/pay/cs_\w+/$"))
        type_card(page, "benefit", FSA)
        type_card(page, "card", VISA)
        pay(page)
        page.get_by_role("link", name="Return to the shop").click()

        expect(page.get_by_role("status")).to_have_text("Pagado. ¡Gracias!")
    assert tenders_of(CheckoutSession.objects.get()) == PAID


@pytest.mark.needs("npm")
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_shop_of_react_sells_inside_its_own_page(open_window: Callable[..., Window], size: str, open_shop: OpenShop) -> None:
    shop = open_shop("react/server.mjs")
    window = open_window(size)
    with visiting(window, shop):
        page = window.page
        page.goto(shop)
        is_a_shelf(page)
        knows_no_secret(page)
        page.get_by_role("spinbutton").first.fill("2")  # the newest product: ibuprofen
        expect(page.locator("fsa-cart-split dd").first).to_have_text("$30.00")
        window.look("sdk-shop-react")
        page.get_by_role("button").click()
        inside = page.frame_locator("iframe")
        expect(inside.locator("#pay-button")).to_be_visible()
        window.look("sdk-shop-react-pay")
        type_in(inside, "benefit", FSA)
        type_in(inside, "card", VISA)
        inside.locator("#pay-button").click()

        expect(inside.get_by_role("heading", level=1)).to_contain_text("Paid $42.00")
        expect(page.get_by_role("status")).to_have_text("Paid. Thank you!")
        expect(inside.get_by_role("link", name="Return to the shop")).to_be_hidden()
        assert page.url == f"{shop}/"
        window.look("sdk-shop-react-paid")
    assert tenders_of(CheckoutSession.objects.get())[0][1] == 3000


@pytest.mark.parametrize("folder", ["html", "react", "django"])
def test_a_shop_is_shorter_than_a_hundred_lines(folder: str) -> None:
    files = [path for path in (SDK / "examples" / folder).iterdir() if path.is_file()]

    assert 0 < sum(len(path.read_text("utf-8").splitlines()) for path in files) < 100


def type_in(inside: FrameLocator, role: str, number: str) -> None:
    fields = inside.frame_locator(f"#{role}-frame iframe")
    for field, text in (("number", number), ("expiry", "1230"), ("cvc", "123")):
        fields.locator(f"#{field}").press_sequentially(text)
    fields.locator("#cvc").blur()
