"""Applications, merchants' files, looks and “Where is my money?” in Chromium, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from checkout.tests.conftest import evidence, open_session  # noqa: F401
from checkout.tests.dispute_samples import a_dispute
from conftest import make_member
from merchants.limits.models import Control
from merchants.onboarding import applying
from merchants.onboarding.models import Application
from merchants.onboarding.papers import checked_paper
from people import roles
from people.letters import send_waiting
from people.tests.factors import staff_person
from portal.tests.test_onboarding import BUSINESS, PDF, PERSON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELDS = {
    **BUSINESS,
    "ein": "12-3456789",
    "monthly_volume_cents": 4_000_000,
    "largest_sale_cents": 90_050,
    "claims_ninety_percent": True,
}
WHO = {**PERSON, "owned_percent": 60, "is_control": True}


def fill(application):
    applying.save(application=application, fields=FIELDS)
    applying.add_person(application=application, **WHO)
    for kind in ("formation", "ein_letter", "identity", "bank", "certification"):
        applying.add_document(
            application=application, kind=kind, paper=checked_paper(f"{kind}.pdf", PDF + kind.encode() + b"%%EOF")
        )


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_business_applies_and_risk_looks_after_it(open_window, acme_owner, mailoutbox, size):
    window = open_window(size)
    page = window.open(reverse("apply:start"))
    window.look("apply-start")
    page.get_by_label("Name of the business").fill("Elm Pharmacy")
    page.get_by_label("Your e-mail address").fill("ann@elm.example")
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    window.look("apply-sent")
    send_waiting()
    link = re.search(r"/apply/[\w-]+/", mailoutbox[-1].body)[0]
    page = window.open(link)
    window.look("apply-empty")
    page.get_by_label("EIN").fill("12")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Not saved yet.").wait_for()
    window.look("apply-error")
    application = Application.objects.get()
    fill(application)
    page = window.open(link)
    window.look("apply-complete")
    page.get_by_role("button", name="Submit the application").click()
    page.get_by_text("Submitted. We read it").wait_for()
    window.look("apply-submitted")
    risk = open_window(size, staff_person(roles.RISK))
    page = risk.open(reverse("staff:applications"))
    risk.look("staff-applications")
    page.get_by_role("link", name="Elm Pharmacy LLC").click()
    page.get_by_role("button", name="Take it up").click()
    page.get_by_text("It is yours to check").wait_for()
    risk.look("staff-application")
    page.get_by_role("button", name="Passed").first.click()
    page.get_by_text("Written down").wait_for()
    page.locator("#question").fill("Please send a newer bank letter.")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("Asked, by mail").wait_for()
    window.open(link)
    window.look("apply-more-needed")

    application.refresh_from_db()
    assert application.status == "more_needed"


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_merchants_file_is_read_and_its_portal_looked_at(open_window, sold, acme, acme_owner, size):
    make_member(acme, "accountant")
    Control.objects.create(merchant=acme, per_sale_cents=50_000, daily_volume_cents=2_000_00, monthly_volume_cents=9_000_00)
    window = open_window(size, staff_person(roles.RISK))
    page = window.open(reverse("staff:merchants"))
    window.look("staff-merchants")
    page.get_by_role("link", name="Acme", exact=True).click()
    page.get_by_label("A note for staff").fill("Calls every Monday about the payout of Friday.")
    page.get_by_label("Keep it on top").check()
    page.get_by_role("button", name="Keep the note").click()
    page.get_by_text("The note is kept").wait_for()
    page.get_by_text("Hold payouts", exact=True).first.click()
    page.locator("#hold_payouts-reason").fill("The chargeback rate has doubled within a week")
    page.get_by_role("button", name="Hold payouts").click()
    page.get_by_text("Payouts are held").wait_for()
    page.get_by_text("Change the limits").click()
    page.get_by_label("Largest sale, in dollars").fill("900")
    page.locator("#limits-reason").fill("Sells wheelchairs from now on, as agreed")
    page.get_by_role("button", name="Want these limits").click()
    page.get_by_text("It waits for a second person").wait_for()
    window.look("staff-merchant")
    page.get_by_label("Ticket or call").fill("T-4711")
    page.locator("#look-reason").fill("The owner cannot find a refund on the page of sales")
    page.get_by_role("button", name="Look for 30 minutes").click()
    page.get_by_text("You look into the portal of Acme").wait_for()
    window.look("looking-home")
    window.open(reverse("portal:sales"))
    window.look("looking-sales")
    window.open(reverse("portal:join", args=["nothing"]))
    window.look("looking-refused")
    page.get_by_role("button", name="End the look").click()
    page.get_by_text("The look is over").wait_for()
    window.open(reverse("staff:merchants"))
    window.look("staff-merchants-waiting")
    owner = open_window(size, acme_owner)
    owner.open(reverse("portal:access_log"))
    owner.look("access-log")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_where_somebodys_money_is(open_window, sold, size):
    payment = a_dispute(sold, number="CB-000017-1", days=3).payment
    window = open_window(size, staff_person())
    page = window.open(reverse("staff:money"))
    window.look("money-empty")
    page.get_by_label("Any number of the sale").fill("no-such-number")
    page.get_by_role("button", name="Find").first.click()
    page.get_by_text("No payment found").wait_for()
    window.look("money-none")
    window.open(f"{reverse('staff:money')}?q={payment.public_id}")
    window.look("money")
    window.open(f"{reverse('staff:money')}?last4=12")
    window.look("money-error")
