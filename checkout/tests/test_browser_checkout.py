"""The hosted page in a real browser, with real frames, a real card network and a real book."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import FrameLocator, Locator, Page, expect

from browser_testing import WIDTHS, Window, save_picture
from checkout.models import CheckoutSession, NetworkAdvice, Payment, Receipt, Tender
from checkout.services.pay import pay_session
from checkout.tests.conftest import (
    CHIPS,
    FSA,
    FSA_DECLINED,
    FSA_PARTIAL,
    FSA_SILENT,
    FSA_SLOW,
    FSA_WRONG_CVC,
    HSA,
    LPFSA,
    VISA,
    VISA_DECLINED,
    VITAMINS,
    line,
)
from eligibility.decision import Item
from eligibility.services.reviews import record_review
from merchants.models import Merchant
from people.models import User

pytestmark = pytest.mark.browser
Opened = Callable[..., CheckoutSession]
OpenWindow = Callable[..., Window]
LENSES, LENS_CARE = "Contact lens solution", "contact-lens-solution-and-lens-care"


def card_fields(page: Page, role: str) -> FrameLocator:
    return page.frame_locator(f"#{role}-frame iframe")


def type_card(page: Page, role: str, number: str, *, expiry: str = "1230", cvc: str = "123") -> None:
    fields = card_fields(page, role)
    for field, text in (("number", number), ("expiry", expiry), ("cvc", cvc)):
        fields.locator(f"#{field}").fill("")
        fields.locator(f"#{field}").press_sequentially(text)
    fields.locator("#cvc").blur()


def open_pay_page(window: Window, session: CheckoutSession) -> Page:
    """The page with its frames: the load event waits for them and for their scripts."""
    return window.open(f"/pay/{session.public_id}/")


def point_at(target: Locator) -> None:
    """Bring the mouse over it. Just after scrolling, Chromium may still send the mouse into a frame that was there before."""
    for _ in range(100):
        target.hover()
        if target.evaluate("e => e.matches(':hover')"):
            return
    raise AssertionError("the mouse never came there")


def press(target: Locator) -> None:
    point_at(target)
    target.click()


def pay(page: Page) -> None:
    press(page.locator("#pay-button"))


def is_paid(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Paid $")


def tenders_of(session: CheckoutSession) -> list[tuple[str, int, str, str]]:
    """Kind, cents, last four and state of each tender of the payment that was captured."""
    payment = Payment.objects.get(session=session, status="captured")
    return [(t.kind, t.approved_cents, t.last4, t.status) for t in payment.tenders.order_by("position")]


def test_a_basket_is_paid_with_a_benefit_card_and_an_ordinary_one(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA)
    expect(page.locator("#benefit-title")).to_have_text("FSA card")
    expect(card_fields(page, "benefit").locator("#number")).to_have_value("9999 4100 0000 0005")
    expect(card_fields(page, "benefit").locator("#expiry")).to_have_value("12 / 30")
    type_card(page, "card", VISA)
    page.locator("#email").fill("ann@example.com")

    pay(page)

    is_paid(page)
    expect(page.locator("dl.sums")).to_contain_text("FSA card · Visa ending 0005")
    session.refresh_from_db()
    assert session.status == "complete"
    assert session.shopper.email == "ann@example.com"
    assert tenders_of(session) == [("benefit", 3000, "0005", "captured"), ("ordinary", 1200, "0007", "captured")]


def test_the_split_follows_the_kind_of_card_that_is_typed(
    window: Window, acme: Merchant, ann: User, bob: User, open_session: Opened
) -> None:
    for user in (ann, bob):
        record_review(merchant=acme, item=Item(title=LENSES), category_code=LENS_CARE, reviewer=user)
    page = open_pay_page(window, open_session(acme, [line(cents=3000), line(LENSES, 2000), line(CHIPS, 700)]))

    for number, word, benefit, other in (
        (FSA, "FSA card", "$50.00", "$7.00"),
        (HSA, "HSA card", "$50.00", "$7.00"),
        (LPFSA, "Limited-purpose FSA card", "$20.00", "$37.00"),
    ):
        type_card(page, "benefit", number)
        expect(page.locator("#split-benefit-word")).to_have_text(word)
        expect(page.locator("#split-benefit")).to_have_text(benefit)
        expect(page.locator("#split-other")).to_have_text(other)
    expect(page.locator("[data-line='0'] [data-note]")).to_contain_text("dental, vision and preventive care only")

    type_card(page, "benefit", VISA)
    expect(page.locator("#benefit-note")).to_contain_text("not an FSA or HSA card")
    expect(page.locator("#card")).to_be_hidden()


def test_at_a_store_that_is_not_certified_an_hsa_pays_and_an_fsa_does_not(
    window: Window, acme: Merchant, open_session: Opened
) -> None:
    Merchant.objects.filter(pk=acme.pk).update(is_iias_certified=False, mcc="5999")
    acme.refresh_from_db()
    page = open_pay_page(window, open_session(acme))

    expect(page.locator("#split-benefit")).to_have_text("up to $30.00")
    expect(page.locator("#split-other")).to_have_text("$12.00 or more")
    expect(page.locator("[data-line='0'] [data-payer]")).to_have_text("Depends on the card")
    card_fields(page, "benefit").locator("#number").fill(FSA)
    expect(page.locator("#split-benefit")).to_have_text("$0.00")
    expect(page.locator("#benefit-note")).to_contain_text("use another card below")
    expect(card_fields(page, "benefit").locator("#expiry")).to_be_hidden()
    expect(page.locator("#no-benefit")).to_have_text("Pay without it")
    card_fields(page, "benefit").locator("#number").fill("")
    expect(card_fields(page, "benefit").locator("#expiry")).to_be_visible()
    type_card(page, "benefit", HSA)
    expect(page.locator("#split-benefit")).to_have_text("$30.00")


@pytest.mark.parametrize("size", WIDTHS)
def test_a_declined_second_card_says_so_beside_it_and_another_one_pays(
    open_window: OpenWindow, size: str, acme: Merchant, open_session: Opened
) -> None:
    session = open_session(acme)
    window = open_window(size)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA)
    type_card(page, "card", VISA_DECLINED)
    save_picture(page, f"pay-before-decline-{window.name}", whole=False)

    pay(page)

    error = page.locator("#card-error")
    expect(error).to_contain_text("Your card was declined: the bank gave no reason. Nothing was charged.")
    expect(error).to_contain_text("Use another card, or ask the bank")
    expect(error).to_be_in_viewport()
    expect(page.locator("#pay-button")).to_have_attribute("aria-disabled", "false")
    save_picture(page, f"pay-after-decline-{window.name}", whole=False)
    window.look("pay-declined")
    assert Tender.objects.filter(status="captured").count() == 0
    type_card(page, "card", VISA)
    expect(error).to_be_hidden()
    pay(page)
    is_paid(page)
    assert tenders_of(session) == [("benefit", 3000, "0005", "captured"), ("ordinary", 1200, "0007", "captured")]


def test_a_declined_benefit_card_offers_to_pay_everything_with_one_card(
    window: Window, acme: Merchant, open_session: Opened
) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA_DECLINED)
    type_card(page, "card", VISA)
    pay(page)
    expect(page.locator("#benefit-error")).to_contain_text("Your benefit card was declined")

    press(page.locator("#benefit-error button"))

    expect(page.locator("#benefit")).to_be_hidden()
    pay(page)
    is_paid(page)
    assert tenders_of(session) == [("ordinary", 4200, "0007", "captured")]


def test_a_refused_security_code_is_named_beside_the_card(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA_WRONG_CVC, cvc="124")
    type_card(page, "card", VISA)

    pay(page)

    expect(page.locator("#benefit-error")).to_contain_text("Check the security code")


def test_a_partial_approval_moves_the_rest_to_the_other_card(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA_PARTIAL)
    type_card(page, "card", VISA)

    pay(page)

    is_paid(page)
    expect(page.locator("dl.sums")).to_contain_text("$20.00")
    assert tenders_of(session) == [("benefit", 2000, "0104", "captured"), ("ordinary", 2200, "0007", "captured")]


def test_a_partial_approval_of_a_lone_card_asks_for_another(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme, [line(cents=3000)])
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA_PARTIAL)
    expect(page.locator("#card")).to_be_hidden()
    pay(page)
    expect(page.locator("#split-benefit")).to_have_text("$20.00")
    expect(page.locator("#split-other")).to_have_text("$10.00")
    expect(page.locator("#benefit-error")).to_contain_text("Add another card for the rest")
    window.look("pay-partial")

    type_card(page, "card", VISA)
    pay(page)

    is_paid(page)
    assert tenders_of(session) == [("benefit", 2000, "0104", "captured"), ("ordinary", 1000, "0007", "captured")]


def test_a_double_click_pays_once(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA_SLOW)
    type_card(page, "card", VISA)

    point_at(page.locator("#pay-button"))
    page.locator("#pay-button").dblclick()

    is_paid(page)
    assert Payment.objects.count() == 1
    assert tenders_of(session) == [("benefit", 3000, "0302", "captured"), ("ordinary", 1200, "0007", "captured")]


def test_two_tabs_pay_once(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme, success_url=f"{window.site.url}/test-cards/?session={{SESSION_ID}}")
    other = Window(window.site, window.context, window.context.new_page(), window.name, window.faults)
    tabs = [open_pay_page(window, session), open_pay_page(other, session)]
    for tab in tabs:
        type_card(tab, "benefit", FSA_SLOW)
        type_card(tab, "card", VISA)

    for tab in tabs:
        pay(tab)

    for tab in tabs:  # the one that paid shows it; the other waits for it and goes on to the shop
        expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile("^(Paid .*|Test cards)$"))
    assert Payment.objects.filter(status="captured").count() == 1
    assert tenders_of(session) == [("benefit", 3000, "0302", "captured"), ("ordinary", 1200, "0007", "captured")]


def test_a_silent_network_says_that_nothing_was_charged(
    window: Window, acme: Merchant, open_session: Opened, settings: Any
) -> None:
    settings.ACQUIRER_TIMEOUT_S = 0.5
    session = open_session(acme)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA_SILENT)
    type_card(page, "card", VISA)

    pay(page)

    expect(page.locator("#benefit-error")).to_contain_text("bank did not answer. Nothing was charged")
    expect(page.locator("#benefit-error")).to_contain_text("try again, or use another card")
    session.refresh_from_db()
    assert session.status == "open"
    assert not Tender.objects.filter(status="captured").exists()
    assert list(NetworkAdvice.objects.values_list("kind", flat=True)) == ["reversal"]


def test_one_card_pays_everything(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    press(page.locator("#no-benefit"))
    expect(page.locator("#benefit")).to_be_hidden()
    expect(page.locator("#split")).to_be_hidden()
    expect(page.locator("#card-pays")).to_have_text("$42.00")
    type_card(page, "card", VISA)

    pay(page)

    is_paid(page)
    assert tenders_of(session) == [("ordinary", 4200, "0007", "captured")]


def test_nothing_is_sent_while_a_field_is_wrong(window: Window, acme: Merchant, open_session: Opened) -> None:
    page = open_pay_page(window, open_session(acme))
    pay(page)
    fields = card_fields(page, "benefit")
    expect(fields.locator("#number-error")).to_have_text("Enter the card number.")
    expect(fields.locator("#number")).to_be_focused()
    expect(page.locator("#pay-status")).to_have_text("")  # the answer of the frame has come

    type_card(page, "benefit", FSA[:-1] + "6", expiry="0120", cvc="12")
    expect(fields.locator("#number-error")).to_contain_text("typing error")
    expect(fields.locator("#expiry-error")).to_have_text("This card has expired.")
    expect(fields.locator("#cvc-error")).to_have_text("The code has 3 digits.")
    page.locator("#email").fill("ann@")
    page.locator("#email").blur()
    expect(page.locator("#email-error")).to_contain_text("not complete")
    window.look("pay-invalid")
    assert not Payment.objects.exists()


def test_an_order_can_be_paid_without_a_mouse(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    keys = page.keyboard

    def walk_to(accessible: Callable[[], bool]) -> None:
        for _ in range(30):
            keys.press("Tab")
            if accessible():
                return
        raise AssertionError("Tab never came there")

    def in_frame(role: str, field: str) -> Callable[[], bool]:
        body = card_fields(page, role).locator("body")
        return lambda: body.evaluate("(b, f) => document.hasFocus() && document.activeElement.id === f", field)

    for role, number in (("benefit", FSA), ("card", VISA)):
        walk_to(in_frame(role, "number"))
        keys.type(number)
        for text in ("1230", "123"):
            keys.press("Tab")
            keys.type(text)
    walk_to(lambda: page.locator("#pay-button").evaluate("b => document.activeElement === b"))
    keys.press("Enter")

    is_paid(page)
    assert tenders_of(session) == [("benefit", 3000, "0005", "captured"), ("ordinary", 1200, "0007", "captured")]


def test_enter_in_a_card_field_pays(window: Window, acme: Merchant, open_session: Opened) -> None:
    page = open_pay_page(window, open_session(acme))
    press(page.locator("#no-benefit"))
    type_card(page, "card", VISA)

    card_fields(page, "card").locator("#cvc").press("Enter")

    is_paid(page)


def test_a_card_number_never_enters_the_shops_page(window: Window, acme: Merchant, open_session: Opened) -> None:
    bodies: list[str] = []
    window.page.on("request", lambda asked: bodies.append(f"{asked.url} {asked.post_data or ''}"))
    page = open_pay_page(window, open_session(acme))
    type_card(page, "benefit", FSA)
    type_card(page, "card", VISA)
    pay(page)
    is_paid(page)

    with_number = [body for body in bodies if FSA in body or VISA in body]
    assert [body.split(" ")[0] for body in with_number] == [f"{window.site.card_frame_url}/v1/card_tokens"] * 2
    assert not any("9999 4" in body for body in bodies)


def test_pages_of_sessions_that_cannot_be_paid_say_why(window: Window, acme: Merchant, open_session: Opened) -> None:
    expired, cancelled = open_session(acme), open_session(acme)
    CheckoutSession.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    CheckoutSession.objects.filter(pk=cancelled.pk).update(status="cancelled")

    for public_id, heading in (
        (expired.public_id, "This checkout has expired"),
        (cancelled.public_id, "This checkout was cancelled"),
        ("cs_unknown", "There is no checkout at this address"),
    ):
        page = window.open(f"/pay/{public_id}/")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.get_by_text("othing was charged")).to_be_visible()


@pytest.mark.needs("pdftotext")
def test_the_receipt_and_its_pdf_name_the_total_and_every_card(
    window: Window, paid_session: CheckoutSession, tmp_path: Path
) -> None:
    page = window.open(f"/pay/{paid_session.public_id}/")
    page.get_by_role("link", name="See the receipt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme LLC")
    for words in ("FSA card · Visa ending 0005", "Credit card · Visa ending 0007", "$30.00", "$12.00", "$42.00"):
        expect(page.locator(".receipt__sums")).to_contain_text(words)

    # Chromium without a window shows no PDF: fetch it as its link would.
    link = page.get_by_role("link", name="PDF").get_attribute("href")
    answer = page.request.get(window.site.url + str(link))
    assert answer.headers["content-type"] == "application/pdf"
    (tmp_path / "receipt.pdf").write_bytes(answer.body())
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "receipt.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    for words in ("Visa FSA card ending 0005", "Visa Credit card ending 0007", "30.00", "12.00", "42.00", "Acme LLC"):
        assert words in text


@pytest.fixture
def paid_session(acme: Merchant, open_session: Opened, token: Callable[..., str]) -> CheckoutSession:
    """$30.00 on an FSA card and $12.00 on a Visa."""
    session = open_session(acme, client_reference_id="W-10442")
    return pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA), email="ann@example.com")


@pytest.mark.parametrize("size", WIDTHS)
def test_every_page_of_a_shopper_is_sound(
    open_window: OpenWindow, size: str, acme: Merchant, open_session: Opened, paid_session: CheckoutSession
) -> None:
    window = open_window(size)
    basket = [line(cents=1500, quantity=2, tax_cents=90), line(CHIPS, 700), line(VITAMINS, 500), *[line(CHIPS, 100)] * 4]
    expired, busy, cancelled = open_session(acme), open_session(acme), open_session(acme)
    CheckoutSession.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    CheckoutSession.objects.filter(pk=busy.pk).update(status="processing", processing_since=timezone.now())
    CheckoutSession.objects.filter(pk=cancelled.pk).update(status="cancelled")

    page = open_pay_page(window, open_session(acme, basket, client_reference_id="W-10443"))
    save_picture(page, f"pay-first-sight-{window.name}", whole=False)
    window.look("pay")
    type_card(page, "benefit", FSA)
    type_card(page, "card", VISA)
    page.locator("details.more").first.evaluate("d => d.open = true")
    window.look("pay-filled")
    for path, name in (
        (f"/pay/{paid_session.public_id}/", "complete"),
        (f"/pay/{busy.public_id}/", "processing"),
        (f"/pay/{expired.public_id}/", "expired"),
        (f"/pay/{cancelled.public_id}/", "cancelled"),
        ("/pay/cs_unknown/", "no-checkout"),
        ("/test-cards/", "test-cards"),
        (f"/receipts/{Receipt.objects.get().public_id}/", "receipt"),
    ):
        window.open(path)
        window.look(name)
