"""Sales that rest on a letter of medical necessity: opened, paid, proved; and stopped when the letter is gone."""

from __future__ import annotations

import subprocess

import pytest
from django.urls import reverse

from checkout.models import Payment, Tender
from checkout.tests.conftest import FSA, VISA
from eligibility.letters import services
from eligibility.services.reviews import record_review
from eligibility.tests.letter_samples import MASSAGE, a_clinician, issued, item

pytestmark = pytest.mark.django_db
URLS = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}
BASKET = [
    {"title": "Therapeutic massage gun", "unit_price_cents": 14900},
    {"title": "Phone charger", "unit_price_cents": 1900},
]


@pytest.fixture
def doctor(db):
    return a_clinician()


@pytest.fixture
def letter(acme, doctor):
    for title, category in (("Therapeutic massage gun", MASSAGE), ("Phone charger", "electronics-and-computers")):
        record_review(merchant=acme, item=item(title), category_code=category, reviewer=None)
    return issued(acme, doctor, items=[item("Therapeutic massage gun")])


def opened(api, **fields):
    return api.post("/v1/checkout/sessions", {"line_items": BASKET, **URLS, **fields})


def test_with_the_letter_the_item_goes_on_the_benefit_card_and_the_receipt_names_it(
    acme, acme_api, letter, token, client, tmp_path
):
    session = opened(acme_api, shopper=letter.shopper.public_id).json()
    assert (session["amount_eligible_cents"], session["shopper"]) == (14900, letter.shopper.public_id)
    assert session["line_items"][0]["decision"]["letter"] == letter.public_id

    paid = acme_api.post(
        f"/v1/checkout/sessions/{session['id']}/confirm",
        {"benefit_card_token": token(acme, FSA), "card_token": token(acme, VISA)},
    ).json()

    assert paid["status"] == "complete"
    benefit = Tender.objects.get(kind="benefit")
    assert (benefit.approved_cents, benefit.is_substantiated) == (14900, True)
    receipt = Payment.objects.get().receipt
    page = client.get(reverse("checkout:receipt", args=[receipt.public_id])).content.decode()
    path = tmp_path / "receipt.pdf"
    path.write_bytes(client.get(reverse("checkout:receipt_pdf", args=[receipt.public_id])).content)
    words = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    for shown in (page, "".join(words.split())):
        assert letter.public_id in shown
        assert "E-LMN" in shown
        assert "back pain" not in shown


def test_an_address_names_the_shopper_and_brings_no_letter(acme_api, letter, client):
    session = opened(acme_api, shopper_email="PIP@example.com").json()

    assert (session["shopper"], session["amount_eligible_cents"]) == (letter.shopper.public_id, 0)
    assert (session["line_items"][0]["decision"]["status"], session["line_items"][0]["decision"]["letter"]) == ("letter", "")
    page = client.get(session["url"]).content.decode()
    assert "Therapeutic massage gun" in page
    dates = [f"{day:%B} {day.day}, {day.year}" for day in (letter.issued_on, letter.expires_on)]
    assert [word for word in (letter.public_id, "Covered by", *dates) if word in page] == []


@pytest.mark.parametrize("who", [{}, {"shopper_email": "other@example.com"}])
def test_without_the_shopper_or_with_another_nothing_is_covered(acme_api, letter, who):
    answer = opened(acme_api, **who).json()

    assert answer["amount_eligible_cents"] == 0
    assert answer["line_items"][0]["decision"]["status"] == "letter"


def test_another_merchants_shopper_is_no_shopper_of_yours(globex_api, letter):
    answer = opened(globex_api, shopper=letter.shopper.public_id)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "shopper_unknown")


def confirm(api, session, tokens):
    return api.post(f"/v1/checkout/sessions/{session['id']}/confirm", tokens)


def test_a_letter_revoked_between_opening_and_paying_stops_the_sale_and_charges_nothing(acme, acme_api, letter, doctor, token):
    session = opened(acme_api, shopper=letter.shopper.public_id).json()
    cards = {"benefit_card_token": token(acme, FSA), "card_token": token(acme, VISA)}
    services.revoke_letter(letter=letter, by=doctor, reason="Signed for the wrong patient")

    answer = confirm(acme_api, session, cards)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "letter_no_longer_valid")
    assert "start again" in answer.json()["error"]["advice"]
    assert (Payment.objects.count(), Tender.objects.count()) == (0, 0)
    assert acme_api.get(f"/v1/checkout/sessions/{session['id']}").json()["status"] == "open"
    again = opened(acme_api, shopper=letter.shopper.public_id).json()
    assert again["amount_eligible_cents"] == 0
    assert (
        confirm(acme_api, again, {"card_token": cards["card_token"]}).json()["status"] == "complete"
    )  # the token was not used up


def test_an_ordinary_card_pays_whatever_became_of_the_letter(acme, acme_api, letter, doctor, token):
    session = opened(acme_api, shopper=letter.shopper.public_id).json()
    services.revoke_letter(letter=letter, by=doctor, reason="Signed for the wrong patient")

    paid = confirm(acme_api, session, {"card_token": token(acme, VISA)}).json()

    assert paid["status"] == "complete"
    assert [tender.kind for tender in Tender.objects.all()] == ["ordinary"]


def test_a_letter_revoked_after_the_sale_changes_nothing_of_it(acme, acme_api, letter, doctor, token):
    session = opened(acme_api, shopper=letter.shopper.public_id).json()
    confirm(acme_api, session, {"benefit_card_token": token(acme, FSA), "card_token": token(acme, VISA)})

    services.revoke_letter(letter=letter, by=doctor, reason="No longer needed")

    shown = acme_api.get(f"/v1/checkout/sessions/{session['id']}").json()
    assert (shown["status"], shown["line_items"][0]["decision"]["status"]) == ("complete", "eligible")


def test_an_address_typed_at_the_payment_does_not_change_whose_letter_counts(acme, acme_api, letter, token):
    session = opened(acme_api, shopper=letter.shopper.public_id).json()

    paid = confirm(
        acme_api, session, {"benefit_card_token": token(acme, FSA), "card_token": token(acme, VISA), "email": "other@example.com"}
    ).json()

    assert (paid["status"], paid["shopper"]) == ("complete", letter.shopper.public_id)


def test_an_address_typed_at_the_payment_brings_no_letter_along(acme, acme_api, letter, token):
    session = opened(acme_api).json()

    paid = confirm(acme_api, session, {"card_token": token(acme, VISA), "email": "pip@example.com"}).json()

    assert (paid["status"], paid["amount_eligible_cents"]) == ("complete", 0)
