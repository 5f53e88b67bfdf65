"""Payment links and branding in the portal, in a real browser, at both widths, light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, expect

from browser_testing import WIDTHS, Window
from checkout.models import PaymentLink
from merchants.branding.selectors import looks_of
from merchants.models import Merchant
from merchants.tests.test_branding import png
from people.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenWindow = Callable[..., Window]


@pytest.mark.parametrize("size", WIDTHS)
def test_a_link_is_made_shown_with_its_code_and_switched_off(
    open_window: OpenWindow, size: str, acme: Merchant, acme_owner: User
) -> None:
    window = open_window(size, acme_owner)
    page = window.open("/links/")
    window.look("links-empty")
    page.get_by_role("link", name="New link").click()
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#title-0-error")).to_be_visible()
    window.look("link-new-refused")

    page.locator("#title-0").fill("Eye examination with a long name that is longer than a narrow screen is wide")
    page.locator("#price-0").fill("99.00")
    page.get_by_role("button", name="Make the link").click()

    expect(page.get_by_role("img", name="QR code of this payment link")).to_be_visible()
    expect(page.locator(".link-qr img")).not_to_have_js_property("naturalWidth", 0)
    window.look("link-portal")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Switched off")).to_be_visible()
    link = PaymentLink.objects.get()
    assert (link.amount_total_cents, link.max_sales, link.deactivated_at is None) == (9900, 1, False)
    window.open("/links/")
    window.look("links")


@pytest.mark.parametrize("size", WIDTHS)
def test_colour_and_logo_are_set_with_a_preview_and_a_word_on_what_was_darkened(
    open_window: OpenWindow, size: str, acme: Merchant, acme_owner: User
) -> None:
    window = open_window(size, acme_owner)
    page = window.open("/branding/")
    window.look("branding-empty")
    page.locator("#colour").fill("#ffcc00")
    page.locator("#logo").set_input_files(FilePayload(name="logo.png", mimeType="image/png", buffer=png(600, 150)))
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("White text cannot be read on #ffcc00")).to_be_visible()
    expect(page.locator(".brand-preview img")).to_be_visible()
    window.look("branding")
    assert looks_of(acme).has_logo

    page.locator("#logo").set_input_files(FilePayload(name="logo.svg", mimeType="image/svg+xml", buffer=b"<svg/>"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#logo-error")).to_contain_text("SVG is not taken")
    window.look("branding-refused")
