"""The merchants' portal in a real browser: signing in, looking, and what may be changed there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser_testing import WIDTHS, Site, Window
from checkout.models import CheckoutSession
from conftest import make_member, make_merchant
from eligibility.decision import Item
from eligibility.models import Product
from eligibility.services.reviews import record_review
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Member, Merchant
from people.models import User
from people.tests.factors import add_app, code_of
from portal.tests.admin_samples import make_sale

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]
PASSWORD = "correct horse battery"


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def sign_in(page: Page, user: User, password: str = PASSWORD) -> None:
    page.get_by_label("Username or email").or_(page.locator("input[name=login]")).first.fill(user.username)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()


def make_products(merchant: Merchant, count: int = 3) -> None:
    """Products that a person has judged, so that no model is asked."""
    for number in range(count):
        title = f"Ibuprofen 200 mg, bottle {number}"
        Product.objects.create(
            merchant=merchant, sku=f"SKU-{number}", title=title, brand="Acme", gtin14="", price_cents=1197 + number
        )
        record_review(merchant=merchant, item=Item(title=title, brand="Acme"), category_code="pain-relievers-oral", reviewer=None)


@pytest.fixture
def busy_acme(site: Site, acme: Merchant) -> CheckoutSession:
    """Sales, products and keys of acme; returns its latest sale."""
    make_products(acme)
    create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Shop server")
    sales = [make_sale(acme, order=f"A-{1000 + n}", number=n, email=f"jo{n}@example.com") for n in range(1, 4)]
    return sales[-1]


def test_a_person_signs_in_with_a_password_and_a_code(window: Window, acme_owner: User) -> None:
    secret = add_app(acme_owner)
    page = window.open("/sales/")
    sign_in(page, acme_owner, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("password")
    sign_in(page, acme_owner)
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    page.locator("input[name=code]").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()

    page.locator("input[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sales")
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_an_empty_portal_teaches_the_first_steps(open_window: OpenWindow, acme_owner: User) -> None:
    window = open_window(user=acme_owner)
    for path, words in (
        ("/", "Your first sale in three steps"),
        ("/sales/", "No sales yet"),
        ("/products/", "No products yet"),
        ("/balance/", "No movement yet"),
        ("/keys/", "No key yet"),
        ("/webhooks/", "No endpoint yet"),
    ):
        expect(window.open(path).get_by_text(words)).to_be_visible()
    expect(window.open("/").get_by_role("link", name="Create an API key").first).to_be_visible()


def test_home_says_what_came_in(open_window: OpenWindow, acme_owner: User, busy_acme: CheckoutSession) -> None:
    page = open_window(user=acme_owner).open("/")
    stats = page.locator("dl.stats")
    expect(stats).to_contain_text("$90.00")
    expect(stats).to_contain_text("$60.00")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(4)


def test_sales_are_found_by_what_a_customer_says_on_the_phone(
    open_window: OpenWindow, acme_owner: User, busy_acme: CheckoutSession
) -> None:
    page = open_window(user=acme_owner).open("/sales/")
    expect(page.locator("tbody tr")).to_have_count(3)
    for words in ("A-1002", "jo2@example.com"):
        page.get_by_label("Order number, last four or e-mail").fill(words)
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody")).to_contain_text("A-1002")

    page.get_by_label("Order number, last four or e-mail").fill("")
    page.get_by_label("Status").select_option("Expired")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("No sale matches")).to_be_visible()
    page.get_by_role("link", name="Show all sales").click()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_a_sale_shows_its_items_cards_and_book(open_window: OpenWindow, acme_owner: User, busy_acme: CheckoutSession) -> None:
    page = open_window(user=acme_owner).open("/sales/")
    page.get_by_role("link", name="A-1003").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A-1003")
    for words in ("Ibuprofen 200 mg", "Potato chips", "Visa ending 0005", "Visa ending 4242", "jo3@example.com"):
        expect(page.locator("main")).to_contain_text(words)
    page.get_by_role("link", name="Receipt").click()
    expect(page.locator(".receipt")).to_contain_text("$30.00")


def test_nobody_sees_the_sale_of_another_merchant(
    open_window: OpenWindow, globex_owner: User, busy_acme: CheckoutSession
) -> None:
    window = open_window(user=globex_owner)
    page = window.open(f"/sales/{busy_acme.public_id}/")
    assert page.get_by_text("A-1003").count() == 0
    assert heading(page) != "Sale A-1003"


def test_products_show_their_verdicts_and_are_found(
    open_window: OpenWindow, acme_owner: User, busy_acme: CheckoutSession
) -> None:
    page = open_window(user=acme_owner).open("/products/")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr").first).to_contain_text("Eligible")
    page.get_by_label("Title, brand, GTIN or SKU").fill("bottle 2")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_balance_is_the_sum_of_its_movements(open_window: OpenWindow, acme_owner: User, busy_acme: CheckoutSession) -> None:
    page = open_window(user=acme_owner).open("/balance/")
    expect(page.locator("dl.stats")).to_contain_text("$90.00")
    expect(page.locator("tbody tr")).to_have_count(3)


def test_a_key_is_shown_once_and_revoked_by_its_last_four(open_window: OpenWindow, acme: Merchant, acme_owner: User) -> None:
    page = open_window(user=acme_owner).open("/keys/")
    page.get_by_role("link", name="Make your first key").click()
    page.get_by_label("Name, to know it again").fill("Shop server")
    page.get_by_role("button", name="Create key").click()
    secret = page.locator(".key-new code").inner_text().strip()
    assert secret.startswith("sk_test_")
    key = ApiKey.objects.get(merchant=acme)
    assert secret.endswith(key.last4)
    page.goto(page.url.replace("create/", ""))
    assert secret not in page.content()

    page.get_by_role("link", name="Shop server").click()
    page.get_by_role("button", name="Revoke key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("zzzz")
    dialog.get_by_role("button", name="Revoke key").click()
    expect(dialog).to_be_visible()  # the browser itself refuses
    key.refresh_from_db()
    assert key.is_active
    dialog.get_by_role("textbox").fill(key.last4)
    dialog.get_by_role("button", name="Revoke key").click()

    expect(page.get_by_text(f"The key ending {key.last4} is revoked.")).to_be_visible()
    key.refresh_from_db()
    assert not key.is_active


def test_one_person_sees_each_of_their_merchants(open_window: OpenWindow, acme_owner: User, busy_acme: CheckoutSession) -> None:
    initech = make_merchant("Initech")
    Member.objects.create(merchant=initech, user=acme_owner, role="viewer")
    page = open_window(user=acme_owner).open("/sales/")
    expect(page.locator("tbody tr")).to_have_count(3)

    page.get_by_label("Merchant").select_option("Initech")
    page.get_by_role("button", name="Switch").click()

    expect(page.locator("dl.stats")).not_to_contain_text("$90.00")
    page.get_by_role("link", name="Sales", exact=True).click()
    expect(page.get_by_text("No sales yet")).to_be_visible()


def test_a_viewer_may_not_make_keys(
    open_window: OpenWindow, acme: Merchant, acme_viewer: User, busy_acme: CheckoutSession
) -> None:
    window = open_window(user=acme_viewer)
    page = window.open("/keys/")
    expect(page.get_by_role("link", name="New key")).to_have_count(0)
    expect(page.get_by_role("link", name="Shop server")).to_have_count(0)

    token = page.evaluate("document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? ''")
    answer = page.request.post(
        f"{window.site.url}/keys/create/", form={"name": "Mine", "kind": "secret", "csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
    )  # fmt: skip

    assert answer.status == 403
    assert ApiKey.objects.filter(merchant=acme).count() == 1


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_of_the_portal_is_sound(
    open_window: OpenWindow, size: str, acme_owner: User, busy_acme: CheckoutSession
) -> None:
    window = open_window(size, acme_owner)
    for path, name in (
        ("/", "home"),
        ("/sales/", "sales"),
        ("/sales/?q=nobody", "sales-none-match"),
        (f"/sales/{busy_acme.public_id}/", "sale"),
        ("/products/", "products"),
        ("/tills/", "tills"),
        ("/balance/", "balance"),
        ("/keys/", "keys"),
        ("/webhooks/", "webhooks"),
        ("/notices/", "notices"),
        ("/notices/preferences/", "notice-preferences"),
        ("/accounts/logout/", "sign-out"),
        ("/v1/docs/errors/", "error-codes"),
        ("/nowhere/", "not-found"),
    ):
        window.open(path)
        window.look(name)
    window.open("/keys/").get_by_role("link", name="Shop server").click()
    expect(window.page.get_by_role("button", name="Revoke key")).to_be_visible()
    window.look("key")
    window.page.get_by_role("button", name="Revoke key").click()
    window.look("key-dialog")
    window.page.get_by_role("button", name="Cancel").click()
    window.open("/keys/").get_by_role("link", name="New key").click()
    window.page.get_by_label("Name, to know it again").fill("Books")
    window.page.get_by_label("Restricted: for one task of a server").check()
    window.look("key-form")
    window.page.get_by_role("button", name="Create key").click()
    expect(window.page.get_by_role("alert")).to_contain_text("Grant at least one permission")
    window.page.locator("input[name='grant.balance'][value=read]").check()
    window.page.get_by_role("button", name="Create key").click()
    expect(window.page.get_by_text("shown only this once")).to_be_visible()
    window.look("keys-new")


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_without_data_or_without_a_person_is_sound(
    open_window: OpenWindow, size: str, site: Site, globex: Merchant
) -> None:
    owner = make_member(globex, "owner")
    window = open_window(size, owner)
    for name in ("", "sales", "products", "balance", "keys"):
        window.open(f"/{name}/" if name else "/")
        window.look(f"{name or 'home'}-empty")
    stranger = open_window(size)
    for path, name in (("/accounts/login/", "sign-in"), ("/accounts/password/reset/", "password-reset")):
        stranger.open(path)
        stranger.look(name)
    sign_in(stranger.open("/accounts/login/"), owner, "not the password")
    expect(stranger.page.get_by_role("alert")).to_be_visible()
    stranger.look("sign-in-refused")
    sign_in(stranger.page, owner)
    expect(stranger.page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    stranger.look("code")
