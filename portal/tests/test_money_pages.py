"""Taking, letting go and giving back on the page of a sale."""

from __future__ import annotations

import pytest
from django.urls import reverse

from checkout.models import Capture, CheckoutSession, Payment, Refund
from checkout.refunds.settling import settle_answered_refunds
from checkout.tests.conftest import evidence, open_session  # noqa: F401  (fixtures)
from checkout.tests.held import TOTAL, send_everything, taken
from conftest import make_member
from ledger.selectors import merchant_balance

pytestmark = pytest.mark.django_db


def at(name, session):
    return reverse(f"portal:{name}", args=[session.public_id])


def test_units_are_taken_and_the_rest_is_let_go(signed_in, acme, acme_owner, held):
    client = signed_in(acme_owner)
    assert "Capture these units" in client.get(at("sale", held)).content.decode()

    client.post(at("sale_capture", held), {"what": "units", "units-0": "2", "units-1": "", "final": "yes"})

    assert taken(held) == {("benefit", 0): 2002}
    assert CheckoutSession.objects.get().status == "complete"
    html = client.get(at("sale", held)).content.decode()
    assert "Capture these units" not in html
    assert "Released" in html  # the other card
    assert merchant_balance(acme).total_cents == 2002


def test_a_held_sale_shows_what_the_benefit_card_promised_each_item(signed_in, acme_owner, held):
    html = signed_in(acme_owner).get(at("sale", held)).content.decode()

    assert "The benefit card paid nothing of it." not in html
    assert html.count("$30.03") >= 2  # the line and the card


def test_everything_is_taken_by_one_button(signed_in, acme, acme_owner, held):
    signed_in(acme_owner).post(at("sale_capture", held))

    assert merchant_balance(acme).total_cents == TOTAL


def test_what_is_held_is_let_go(signed_in, acme_owner, held):
    client = signed_in(acme_owner)
    client.post(at("sale_void", held))

    assert Payment.objects.get().status == "voided"
    assert "holds nothing" in client.post(at("sale_void", held), follow=True).content.decode()


def test_what_cannot_be_taken_is_said(signed_in, acme_owner, held):
    answer = signed_in(acme_owner).post(at("sale_capture", held), {"what": "units", "units-0": "9"}, follow=True)

    assert "3 of 3 are left to ship, not 9" in answer.content.decode()
    assert not Capture.objects.exists()


def test_a_refund_is_looked_at_before_it_is_made(signed_in, acme, acme_owner, sold):
    client, url = signed_in(acme_owner), at("sale_refund", sold.session)
    typed = {"what": "units", "units-0": "1", "reason": "returned", "note": "Box was open", "refunded_before_cents": "0"}

    html = client.post(url, {**typed, "preview": "yes"}).content.decode()

    assert "a benefit card gets its part back first" in html
    assert "$10.01" in html
    assert not Refund.objects.exists()
    answer = client.post(url, {**typed, "confirm": "yes"})
    assert answer.url == at("sale", sold.session)
    assert (Refund.objects.get().amount_cents, Refund.objects.get().note) == (1001, "Box was open")
    again = client.post(url, {**typed, "confirm": "yes"})
    assert (again.status_code, Refund.objects.count()) == (409, 1)
    assert merchant_balance(acme).total_cents == TOTAL - 1001
    send_everything()
    settle_answered_refunds()
    page = client.get(at("sale", sold.session)).content.decode()
    for words in ("Given back", "Box was open", "Goods came back", "refund.succeeded"):
        assert words in page
    assert "Refund" in client.get(reverse("portal:balance")).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"what": "amount", "amount": "1.5"}, "dollars and cents"),
        ({"what": "amount", "amount": "0"}, "dollars and cents"),
        ({"what": "amount", "amount": "999.00"}, "At most $41.69"),
        ({"what": "units"}, "how many units"),
        ({"what": "units", "units-0": "9"}, "can come back, not 9"),
        ({"what": "all", "note": "Card 4111 1111 1111 1111"}, "card number"),
        ({}, "Choose what goes back"),
    ],
)
def test_what_cannot_be_given_back_is_said(signed_in, acme_owner, sold, typed, words):
    answer = signed_in(acme_owner).post(
        at("sale_refund", sold.session), {**typed, "confirm": "yes", "refunded_before_cents": "0"}
    )

    assert words in answer.content.decode()
    assert answer.status_code in {400, 409}
    assert not Refund.objects.exists()


def test_only_who_handles_money_takes_and_gives_back(signed_in, acme, sold, globex_owner):
    for role in ("developer", "viewer"):
        client = signed_in(make_member(acme, role))
        assert client.get(at("sale_refund", sold.session)).status_code == 403
        assert client.post(at("sale_void", sold.session)).status_code == 403
        assert "Refund" not in client.get(at("sale", sold.session)).content.decode()
    assert signed_in(globex_owner).get(at("sale_refund", sold.session)).status_code == 404


def test_the_receipt_shows_what_went_back(client, sold):
    from checkout.refunds.allocation import Asked
    from checkout.refunds.services import create_refund

    create_refund(payment=sold, asked=[Asked(0, quantity=1), Asked(2)])

    answer = client.get(f"/receipts/{sold.receipt.public_id}/")
    shown = answer.context["receipt"]
    assert [line["amount_cents"] for line in shown["refunds"][0]["lines"]] == [1001, 500]
    assert (shown["net_cents"], shown["healthcare_net_cents"]) == (TOTAL - 1501, 2002)
    assert "Paid after refunds" in answer.content.decode()
    assert client.get(f"/receipts/{sold.receipt.public_id}/receipt.pdf").content.startswith(b"%PDF")


def test_the_receipt_of_a_part_says_what_was_charged(client, held):
    from checkout.services.capture import capture_session

    capture_session(session=held, units={0: 1})
    shown = client.get(f"/receipts/{Payment.objects.get().receipt.public_id}/").context["receipt"]

    assert [(line["total_cents"], line["charged_note"]) for line in shown["lines"]] == [
        (1001, "1 of 3 shipped; $10.01 of $30.03 charged")
    ]
    assert (shown["total_cents"], shown["healthcare_total_cents"]) == (1001, 1001)
