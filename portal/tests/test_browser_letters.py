"""Letters in a real browser: the clinician writes and signs one, the shopper reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser_testing import WIDTHS, Window
from common.scopes import across_merchants
from eligibility.models import Letter
from eligibility.tests.letter_samples import CONTENT, a_clinician, a_shopper, issued, requested
from merchants.models import Merchant
from people.tests.factors import add_app, code_of
from shoppers.accounts import ShopperAccount, account_index
from shoppers.claims import claim
from shoppers.sign_in import begin_session

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]


@pytest.mark.parametrize("size", WIDTHS)
def test_a_clinician_writes_and_signs_a_letter(open_window: OpenWindow, size: str, acme: Merchant) -> None:
    doctor = a_clinician()
    secret = add_app(doctor)
    window = open_window(size, doctor)
    page = window.open("/staff/letters/")
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    window.look("letters-empty")
    with across_merchants("a test"):
        requested(
            acme,
            answers={"Since when does it hurt?": "Since I moved house in May", "What have you tried?": "Heat, and ibuprofen"},
        )
        for number in range(6):
            requested(acme, shopper=a_shopper(acme, f"pip{number}@example.com"))
    window.open("/staff/letters/")
    window.look("letters-queue")
    page.get_by_role("button", name="Take up").first.click()
    expect(page.get_by_text("Since I moved house in May")).to_be_visible()
    expect(page.get_by_text("Mend").first).to_be_visible()
    window.look("letter-open")

    page.get_by_label("Diagnosed condition").fill(CONTENT["condition"])
    page.get_by_label("ICD-10-CM code").fill("m5450")
    page.get_by_label("Why it is medically necessary").fill(CONTENT["rationale"])
    page.get_by_role("button", name="Keep and check").click()
    expect(page.get_by_role("button", name="Sign the letter")).to_be_visible()
    window.look("letter-to-sign")
    page.get_by_label("Code of your authenticator app").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not signed")).to_be_visible()
    window.look("letter-not-signed")
    page.get_by_label("Code of your authenticator app").fill(code_of(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed. The letter counts from now on")).to_be_visible()
    window.look("letter-signed")
    with across_merchants("a test"):
        assert Letter.objects.filter(status="issued").count() == 1


@pytest.mark.parametrize("size", WIDTHS)
def test_a_shopper_reads_a_letter(open_window: OpenWindow, size: str, acme: Merchant) -> None:
    with across_merchants("a test"):
        letter = issued(acme, a_clinician())
        account = ShopperAccount.objects.create(email="pip@example.com", email_index=account_index("pip@example.com"))
    window = open_window(size)
    token = begin_session(account=account, device="a browser", network=None)
    window.context.add_cookies([{"name": "fsa_shopper", "value": token, "url": f"{window.site.url}/me/"}])
    page = window.open("/me/letters/")
    expect(page.get_by_text("No letter yet")).to_be_visible()
    window.look("me-letters-empty")
    with across_merchants("a test"):
        claim(account=account, shopper=letter.shopper)
    window.open("/me/letters/")
    window.look("me-letters")
    page.get_by_role("link", name="Acme").click()
    expect(page.get_by_text("Chronic low back pain (M54.50)")).to_be_visible()
    window.look("me-letter")
