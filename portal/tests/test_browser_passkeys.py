"""Passkeys in a real browser, with Chromium's own virtual authenticator (WebAuthn domain of the DevTools protocol)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from browser_testing import WIDTHS, Site, Window
from people.models import User
from people.tests.factors import PASSWORD, add_app, code_of, staff_person
from people.tests.post import Received
from shoppers.models import ShopperPasskey

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]


@pytest.fixture
def named_site(site: Site, settings: object) -> Site:
    """The platform under a host name, as passkeys need it; the card frame then has the number."""
    name = f"http://localhost:{urlsplit(site.url).port}"
    settings.BASE_URL, settings.CARD_FRAME_ORIGIN = name, site.url  # type: ignore[attr-defined]
    object.__setattr__(site, "card_frame_url", site.url)
    object.__setattr__(site, "url", name)
    return site


def plug_in(window: Window, **options: object) -> tuple[object, str]:
    """Give the browser an authenticator that says yes by itself; returns the wire to it and its id."""
    wire = window.context.new_cdp_session(window.page)
    wire.send("WebAuthn.enable")
    chosen = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True, **options,
    }  # fmt: skip
    return wire, wire.send("WebAuthn.addVirtualAuthenticator", {"options": chosen})["authenticatorId"]


def type_in(page: Page, login: str) -> None:
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def h1(page: Page) -> object:
    return page.get_by_role("heading", level=1)


def sign_out(page: Page) -> None:
    page.goto(f"http://{urlsplit(page.url).netloc}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()


def test_an_owner_sets_up_a_passkey_and_signs_in_with_it_alone(
    named_site: Site, open_window: OpenWindow, acme_owner: User
) -> None:
    window = open_window()
    plug_in(window)
    page = window.open("/sales/")
    type_in(page, "acme_owner")
    expect(page.get_by_text("Set up a second factor to go on")).to_be_visible()

    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_label("Sign me in with it alone").check()
    page.get_by_role("button", name="Add the passkey").click()
    expect(h1(page)).to_have_text("Recovery codes")
    page.goto(window.site.url + "/sales/")
    expect(h1(page)).to_have_text("Sales")
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/")
    expect(h1(page)).to_have_text("Home")
    page.goto(window.site.url + "/accounts/2fa/webauthn/")
    expect(page.get_by_text("Work laptop")).to_be_visible()


def test_a_passkey_stands_in_for_the_code_and_proves_oneself_again(
    named_site: Site, open_window: OpenWindow, acme_owner: User
) -> None:
    window = open_window()
    plug_in(window)
    page = window.open("/")
    type_in(page, "acme_owner")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(h1(page)).to_have_text("Recovery codes")
    sign_out(page)

    type_in(page, "acme_owner")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(h1(page)).to_have_text("Home")
    page.goto(window.site.url + "/accounts/2fa/recovery-codes/generate/")
    expect(h1(page)).to_have_text("Is it still you?")
    page.get_by_role("link", name=re.compile("passkey|security key", re.IGNORECASE)).click()
    page.get_by_role("button", name="Use a passkey").click()

    expect(h1(page)).to_have_text("Make new recovery codes?")


def test_the_only_passkey_is_renamed_but_not_removed(named_site: Site, open_window: OpenWindow, acme_owner: User) -> None:
    window = open_window()
    plug_in(window)
    page = window.open("/")
    type_in(page, "acme_owner")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(h1(page)).to_have_text("Recovery codes")
    page.goto(window.site.url + "/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Rename Passkey 1").click()
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Phone").click()
    page.get_by_role("button", name="Remove it").click()

    expect(page.get_by_text("your only second factor")).to_be_visible()
    assert Authenticator.objects.filter(user=acme_owner, type="webauthn").count() == 1


def test_when_the_device_says_no_the_page_says_so_and_nothing_is_set_up(
    named_site: Site, open_window: OpenWindow, acme_owner: User
) -> None:
    window = open_window()
    plug_in(window, isUserVerified=False)
    page = window.open("/")
    type_in(page, "acme_owner")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Sign me in with it alone").check()
    page.get_by_role("button", name="Add the passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    assert not Authenticator.objects.exists()


def letter_link(window: Window) -> str:
    return window.site.url + re.search(r"/me/open/[^/\s]+/", str(Received()[-1].body))[0]  # type: ignore[index]


def test_a_shopper_signs_in_by_letter_and_then_by_passkey(named_site: Site, open_window: OpenWindow) -> None:
    window = open_window()
    plug_in(window)
    page = window.open("/me/")
    page.get_by_label("E-mail address").fill("jo@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(h1(page)).to_have_text("Look into your mail")
    page.goto(letter_link(window))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing kept yet")).to_be_visible()

    page.get_by_role("link", name="Signing in").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_text("The passkey is added")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(h1(page)).to_have_text("Your purchases")
    expect(page.get_by_text("Signed in as jo@example.com")).to_be_visible()

    page.get_by_role("link", name="Signing in").click()
    page.get_by_role("button", name="Remove Passkey 1").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("passkey")
    assert not ShopperPasskey.objects.exists()


def test_a_staff_persons_passkey_opens_no_shoppers_account(named_site: Site, open_window: OpenWindow) -> None:
    window, staff = open_window(), staff_person()
    plug_in(window)
    secret = add_app(staff)
    page = window.open("/accounts/login/")
    type_in(page, staff.username)
    page.locator("input[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#content")).to_be_visible()
    page.goto(window.site.url + "/accounts/2fa/webauthn/add/")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Sign me in with it alone").check()
    page.get_by_role("button", name="Add the passkey").click()
    expect(h1(page)).to_have_text("Recovery codes")

    page.goto(window.site.url + "/me/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("none of ours")


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_of_the_account_is_sound(named_site: Site, open_window: OpenWindow, size: str, acme_owner: User) -> None:
    window = open_window(size)
    plug_in(window)
    page = window.open("/accounts/login/")
    window.look("account-sign-in")
    type_in(page, "acme_owner")
    expect(page.get_by_text("Set up a second factor to go on")).to_be_visible()
    window.look("account-must-set-up")
    for path, name in (("2fa/totp/activate/", "app"), ("2fa/webauthn/", "passkeys-none"), ("2fa/webauthn/add/", "passkey-add")):
        window.open(f"/accounts/{path}")
        window.look(f"account-{name}")
    page.get_by_role("button", name="Add the passkey").click()
    expect(h1(page)).to_have_text("Recovery codes")
    window.look("account-codes")
    add_app(acme_owner)
    for path, name in (
        ("2fa/", "factors"), ("2fa/webauthn/", "passkeys"), ("2fa/recovery-codes/generate/", "codes-make"), ("password/change/", "password"),
        ("sessions/", "sessions"), ("reauthenticate/", "again"), ("2fa/reauthenticate/", "again-code"), ("2fa/webauthn/reauthenticate/", "again-passkey"),
        ("2fa/totp/deactivate/", "app-off"), ("logout/", "sign-out"),
    ):  # fmt: skip
        window.open(f"/accounts/{path}")
        window.look(f"account-{name}")
    stranger = open_window(size)
    for path, name in (("password/reset/", "forgotten"), ("password/reset/done/", "forgotten-sent"), ("password/reset/key/1-x/", "reset-over"),
                       ("password/reset/key/done/", "reset-done"), ("inactive/", "inactive"), ("signup/", "by-invitation")):  # fmt: skip
        stranger.open(f"/accounts/{path}")
        stranger.look(f"account-{name}")


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_of_a_shopper_is_sound(named_site: Site, open_window: OpenWindow, size: str) -> None:
    window = open_window(size)
    page = window.open("/me/sign-in/?receipt=rcp_1")
    window.look("me-sign-in")
    page.get_by_label("E-mail address").fill("jo@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(h1(page)).to_have_text("Look into your mail")
    window.look("me-sent")
    link = letter_link(window)
    other = open_window(size)
    other.page.goto(link)
    other.look("me-open-elsewhere")
    page.goto(link)
    window.look("me-open")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("nothing was added")).to_be_visible()
    window.look("me-empty")
    for path, name in (("account/", "account"), ("passkeys/add/", "passkey-add"), ("open/none/", "over")):
        window.open(f"/me/{path}")
        window.look(f"me-{name}")
