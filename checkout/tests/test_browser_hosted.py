"""The hosted page where things go wrong or are convenient: a reload, a dead network, saved cards, a link, a store's own looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from browser_testing import WIDTHS, Window
from checkout.models import CheckoutSession, LetterHold, Payment, SaleMail
from checkout.payment_links.services import create_link
from checkout.services.pay import pay_session
from checkout.services.saved_cards import Consent, finish_saved_cards
from checkout.services.wallet import CardOffer
from checkout.tests.conftest import CHIPS, FSA, FSA_DECLINED, HSA, VISA, VITAMINS, line
from checkout.tests.test_browser_checkout import card_fields, is_paid, open_pay_page, pay, press, tenders_of, type_card
from merchants.branding.services import set_brand
from merchants.models import Merchant
from merchants.tests.test_branding import png
from shoppers.services import shopper_for_email

pytestmark = pytest.mark.browser
Opened = Callable[..., CheckoutSession]
OpenWindow = Callable[..., Window]
AGREED = Consent("2026-11", "checkout")
LONG = "Extra strength pain reliever and fever reducer caplets with a name that goes on and on, and-one-word-that-cannot-be-broken-anywhere-at-all"


def test_a_reload_keeps_all_that_was_chosen_and_nothing_of_a_card(window: Window, acme: Merchant, open_session: Opened) -> None:
    set_brand(merchant=acme, colour="", mails_reminders=True)
    session = open_session(acme, [line(cents=1500, quantity=2), line(cents=500), line(CHIPS, 700)])
    page = open_pay_page(window, session)
    page.locator("#email").fill("ann@example.com")
    page.locator("#remind").check()
    expect(page.locator("#remind-note")).to_contain_text("one e-mail if you do not finish")
    type_card(page, "benefit", FSA)
    press(page.locator("[data-line='1'] [data-keep-off]"))
    expect(page.locator("[data-line='1'] [data-payer]")).to_have_text("Other card")
    expect(page.locator("#split-benefit")).to_have_text("$30.00")

    page.reload()

    expect(page.locator("#email")).to_have_value("ann@example.com")
    expect(page.locator("#remind")).to_be_checked()
    expect(page.locator("[data-line='1'] [data-note]")).to_contain_text("You keep this off")
    expect(card_fields(page, "benefit").locator("#number")).to_have_value("")
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert FSA not in kept
    assert "tok_" not in kept
    assert SaleMail.objects.get(session=session).address == "ann@example.com"
    type_card(page, "benefit", FSA)
    type_card(page, "card", VISA)
    pay(page)
    is_paid(page)
    assert tenders_of(session) == [("benefit", 3000, "0005", "captured"), ("ordinary", 1200, "0007", "captured")]


def test_offline_nothing_is_sent_and_all_is_kept(window: Window, acme: Merchant, open_session: Opened) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    type_card(page, "benefit", FSA)
    type_card(page, "card", VISA)
    window.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    pay(page)
    expect(page.locator("#pay-error")).to_contain_text("Nothing was charged")
    expect(page.locator("#pay-error")).to_be_focused()
    assert not Payment.objects.exists()

    window.context.set_offline(False)

    expect(page.locator("#offline")).to_be_hidden()
    pay(page)
    is_paid(page)


def test_an_answer_that_is_lost_is_asked_for_again_by_itself_and_charged_once(
    window: Window, acme: Merchant, open_session: Opened
) -> None:
    session = open_session(acme)
    page = open_pay_page(window, session)
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            return route.continue_()
        route.fetch()  # the server has it, and has charged
        return route.abort("connectionreset")

    page.route("**/confirm/", lose_the_first_answer)
    type_card(page, "benefit", FSA)
    type_card(page, "card", VISA)

    pay(page)

    expect(page.locator("#pay-error")).to_contain_text("you cannot be charged twice")
    window.look("pay-connection-lost")
    is_paid(page)  # nobody pressed anything
    assert len(set(keys)) == 1 < len(keys)
    assert Payment.objects.filter(session=session).count() == 1


def test_saved_cards_are_chosen_first_and_one_press_pays(
    window: Window, acme: Merchant, open_session: Opened, token: Callable[..., str]
) -> None:
    ann = shopper_for_email(merchant=acme, email="ann@example.com")
    first = open_session(acme, shopper=ann, letters_of=ann)
    offers = [CardOffer(param=f"cards[{i}]", token=token(acme, number), save=AGREED) for i, number in enumerate((FSA, VISA))]
    pay_session(session=first, cards=offers)
    assert finish_saved_cards() == 2
    session = open_session(acme, shopper=ann, letters_of=ann)

    page = open_pay_page(window, session)
    expect(page.locator("#pay-with")).to_contain_text("FSA card · Visa ending 0005")
    expect(page.locator("#benefit-frame")).to_be_hidden()
    window.look("pay-saved-cards")
    pay(page)

    is_paid(page)
    assert tenders_of(session) == [("benefit", 3000, "0005", "captured"), ("ordinary", 1200, "0007", "captured")]


@pytest.mark.parametrize("size", WIDTHS)
def test_many_items_with_long_names_in_a_stores_own_looks_are_sound(
    open_window: OpenWindow, size: str, acme: Merchant, open_session: Opened
) -> None:
    set_brand(merchant=acme, colour="#ffcc00", logo=png(600, 150), mails_reminders=True)
    window = open_window(size)
    lines = [line(cents=500 + i) for i in range(30)] + [line(CHIPS, 100 + i) for i in range(29)] + [line(LONG, 900)]
    page = open_pay_page(window, open_session(acme, lines))
    window.look("pay-60-lines-branded")
    small = page.evaluate(
        "[...document.querySelectorAll('.pay button, .pay summary, .pay input:not([type=checkbox]), .pay select')]"
        ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 90))"
    )
    assert small == []


@pytest.mark.parametrize("size", WIDTHS)
def test_a_payment_link_leads_to_its_payment_and_then_is_closed(
    open_window: OpenWindow, size: str, acme: Merchant, evidence: Any
) -> None:
    link = create_link(merchant=acme, lines=[line(cents=1500, quantity=2), line(CHIPS, 700)], title="Order by phone", max_sales=1)
    window = open_window(size)
    page = window.open(f"/l/{link.public_id}/")
    window.look("link")

    press(page.get_by_role("button", name="Continue to payment"))
    type_card(page, "benefit", FSA)
    type_card(page, "card", VISA)
    pay(page)
    is_paid(page)

    page = window.open(f"/l/{link.public_id}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link takes no more payments")
    window.look("link-closed")


@pytest.mark.parametrize(("choice", "fallback"), [("card", "card"), ("drop", "drop")])
def test_a_shopper_lets_the_order_wait_for_a_letter(
    window: Window, acme: Merchant, open_session: Opened, choice: str, fallback: str
) -> None:
    acme.letter_hold_days = 20
    acme.save(update_fields=["letter_hold_days"])
    shopper = shopper_for_email(merchant=acme, email="ann@example.com")
    session = open_session(acme, [line(cents=3000), line(VITAMINS, 1500), line(CHIPS, 700)], shopper=shopper, letters_of=shopper)
    page = open_pay_page(window, session)
    type_card(page, "benefit", HSA)
    expect(page.locator("#split-benefit")).to_have_text("$30.00")

    page.locator(f"input[name=letters][value={choice}]").check()

    expect(page.locator("#split-benefit")).to_have_text("$45.00")
    expect(page.locator("#split-other")).to_have_text("$7.00")
    expect(page.locator("#benefit-limit-field")).to_be_hidden()
    window.look("letters")
    page.reload()
    expect(page.locator(f"input[name=letters][value={choice}]")).to_be_checked()
    type_card(page, "benefit", HSA)
    type_card(page, "card", VISA)
    pay(page)
    expect(page.locator(".outcome")).to_contain_text("waits for your doctor’s letter")
    hold = LetterHold.objects.get()
    assert (hold.status, hold.fallback, hold.held_cents) == ("awaiting_letter", fallback, 1500)
    session.refresh_from_db()
    assert session.status == "authorised"


def test_nobody_is_asked_about_letters_where_the_store_does_not_wait(
    window: Window, acme: Merchant, open_session: Opened
) -> None:
    page = open_pay_page(window, open_session(acme, [line(cents=3000), line(VITAMINS, 1500)]))

    expect(page.locator("#letters-title")).to_have_count(0)


def test_the_page_and_its_refusals_are_spanish_for_who_reads_spanish(
    open_window: OpenWindow, acme: Merchant, open_session: Opened
) -> None:
    window = open_window("phone", locale="es-US")
    page = open_pay_page(window, open_session(acme))
    expect(page.locator("html")).to_have_attribute("lang", "es")
    type_card(page, "benefit", FSA_DECLINED)
    page.locator("#benefit-limit-field summary").click()
    page.locator("#benefit-limit").fill("25,00")
    expect(page.locator("#split-benefit")).to_have_text("$25.00")
    type_card(page, "card", VISA)

    pay(page)

    expect(page.locator("#benefit-error")).to_contain_text(
        "Su tarjeta de beneficios fue rechazada: el banco no dio ningún motivo."
    )
    expect(page.locator("#pay-button-word")).to_have_text("Pagar $42.00")
    expect(card_fields(page, "card").locator("label[for='number']")).to_have_text("Número de tarjeta")
    window.look("pay-spanish")
