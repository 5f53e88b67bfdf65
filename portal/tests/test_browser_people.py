"""The team, emergency access and a shopper's purchases in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser_testing import WIDTHS, Site, Window
from common.scopes import across_merchants
from conftest import make_member
from merchants.models import Merchant
from people.models import User
from people.tests.factors import staff_person
from people.tests.post import Received
from portal.tests.admin_samples import make_sale

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]


@pytest.mark.parametrize("size", WIDTHS)
def test_the_team_is_sound_and_somebody_joins(open_window: OpenWindow, size: str, acme: Merchant, acme_owner: User) -> None:
    for role in ("admin", "developer", "accountant", "viewer"):
        make_member(acme, role)
    window = open_window(size, acme_owner)
    page = window.open("/team/")
    page.get_by_label("E-mail address").fill("new@example.com")
    page.get_by_label("Role", exact=True).select_option("developer")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("The invitation is on its way")).to_be_visible()
    window.look("team")
    page.get_by_role("button", name="Remove acme_viewer").click()
    window.look("team-remove")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("E-mail address").fill("viewer@acme.example")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("already works for this merchant")).to_be_visible()
    window.look("team-refused")

    stranger = open_window(size)
    letter = next(letter for letter in Received() if letter.to == ["new@example.com"])
    path = re.search(r"/team/join/[^/\s]+/", str(letter.body))
    assert path
    joining = stranger.open(path[0])
    stranger.look("team-join")
    joining.get_by_label("First name").fill("Nell")
    joining.get_by_label("Password").fill("a sentence of my own")
    joining.get_by_role("button", name="Join").click()
    expect(joining.get_by_text("You now work for Acme")).to_be_visible()
    stranger.open(path[0])
    stranger.look("team-join-over")


@pytest.mark.parametrize("size", WIDTHS)
def test_emergency_access_is_sound(open_window: OpenWindow, size: str, acme: Merchant, site: Site) -> None:
    with across_merchants("a test"):
        sale = make_sale(acme, email="sam@example.com")
    window = open_window(size, staff_person())
    page = window.open(f"/staff/emergency-access/?for={sale.public_id}")
    window.look("emergency-none")
    page.get_by_label("Why").fill("Ticket 4711: the shopper asks for a lost receipt")
    page.get_by_role("button", name="Open for 30 minutes").click()
    expect(page.get_by_text("You see the clear data now")).to_be_visible()
    window.look("emergency-open")
    window.open("/admin/shoppers/shopper/")
    expect(page.get_by_text("sam@example.com")).to_be_visible()
    window.open("/staff/emergency-access/").get_by_role("button", name="End the access").click()
    window.open("/admin/shoppers/shopper/")
    expect(page.get_by_text("s•••@example.com")).to_be_visible()


@pytest.mark.parametrize("size", WIDTHS)
def test_a_guest_keeps_a_receipt(open_window: OpenWindow, size: str, acme: Merchant, site: Site) -> None:
    with across_merchants("a test"):
        sales = [make_sale(acme, order=f"A-{n}", number=n, email="jo@example.com") for n in range(1, 13)]
        receipt = sales[0].payments.get().receipt.public_id
    window = open_window(size)
    page = window.open(f"/receipts/{receipt}/")
    page.get_by_role("link", name="Keep this in your account").click()
    page.get_by_label("E-mail address").fill("jo@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    path = re.search(r"/me/open/[^/\s]+/", str(Received()[-1].body))
    assert path
    window.open(path[0]).get_by_role("button", name="Sign in").click()

    expect(page.locator(".factors > li")).to_have_count(12)
    window.look("me-purchases")
