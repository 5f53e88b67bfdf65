"""Orders that a shop's own calendar renews: the first is paid with consent to renewals, later ones without the shopper."""

from __future__ import annotations

import pytest

from checkout.models import Payment, SavedCard
from checkout.services.advices import send_due_advices
from checkout.services.saved_cards import finish_saved_cards
from checkout.tests.conftest import FSA, IBUPROFEN, VISA
from shoppers.services import shopper_for_email

pytestmark = pytest.mark.django_db
TO_RENEWALS = {"version": "2026-11", "covers": "subscriptions"}
TO_PURCHASES = {"version": "2026-11", "covers": "checkout"}
URLS = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}


@pytest.fixture
def ann(acme):
    return shopper_for_email(merchant=acme, email="ann@example.com")


@pytest.fixture
def opened(acme_api, evidence, ann):
    def open_one(**fields):
        item = {"title": "Ibuprofen 200 mg", "gtin": IBUPROFEN, "unit_price_cents": 1500}
        body = {"line_items": [item], "shopper": ann.public_id, **URLS, **fields}
        return acme_api.post("/v1/checkout/sessions", body)

    return open_one


@pytest.fixture
def confirm(acme_api):
    return lambda session, **body: acme_api.post(f"/v1/checkout/sessions/{session['id']}/confirm", body)


def told(response):
    return response.status_code, response.json().get("error", {}).get("code")


@pytest.fixture
def kept(acme, opened, confirm, token):
    """A card of Ann's that paid an order which renews, and is saved."""

    def keep(number=VISA):
        first = opened(save_cards="subscriptions").json()
        assert confirm(first, cards=[{"token": token(acme, number), "save": TO_RENEWALS}]).status_code == 200
        send_due_advices()
        finish_saved_cards()
        return SavedCard.objects.latest("pk")

    return keep


def test_an_order_that_renews_is_paid_with_consent_and_later_ones_without_the_shopper(kept, opened, confirm):
    card = kept(FSA)

    later = confirm(opened().json(), cards=[{"payment_method": card.public_id}], off_session=True)

    assert (later.status_code, later.json()["status"]) == (200, "complete")
    assert card.consent_covers == "subscriptions"
    assert Payment.objects.filter(status="captured").count() == 2


@pytest.mark.parametrize("save", [None, TO_PURCHASES])
def test_it_is_not_paid_by_a_card_that_may_not_be_charged_again(acme, opened, confirm, token, save):
    first = opened(save_cards="subscriptions").json()

    answer = confirm(first, cards=[{"token": token(acme, VISA), "save": save}])

    assert told(answer) == (403, "consent_missing")
    assert Payment.objects.count() == 0


def test_a_card_kept_for_purchases_pays_neither_an_order_that_renews_nor_without_the_shopper(acme, opened, confirm, token):
    bought = confirm(opened().json(), cards=[{"token": token(acme, VISA), "save": TO_PURCHASES}])
    assert bought.status_code == 200
    send_due_advices()
    finish_saved_cards()
    by_card = [{"payment_method": SavedCard.objects.latest("pk").public_id}]

    assert told(confirm(opened(save_cards="subscriptions").json(), cards=by_card)) == (403, "consent_missing")
    assert told(confirm(opened().json(), cards=by_card, off_session=True)) == (403, "consent_missing")
    assert Payment.objects.count() == 1


def test_without_the_shopper_no_typed_card_pays(acme, opened, confirm, token):
    answer = confirm(opened().json(), cards=[{"token": token(acme, VISA)}], off_session=True)

    assert told(answer) == (400, "parameter_invalid")
    assert "saved cards alone" in answer.json()["error"]["message"]


def test_only_a_shopper_who_is_signed_in_can_order_what_renews(opened):
    assert told(opened(save_cards="subscriptions", shopper="")) == (400, "shopper_needed")


def test_the_page_asks_for_consent_to_renewals_and_offers_only_cards_that_have_it(acme, opened, confirm, token, kept, client):
    for_renewals = kept(FSA)
    confirm(opened().json(), cards=[{"token": token(acme, VISA), "save": TO_PURCHASES}])
    send_due_advices()
    finish_saved_cards()
    for_purchases = SavedCard.objects.exclude(pk=for_renewals.pk).get()

    page = client.get(f"/pay/{opened(save_cards='subscriptions').json()['id']}/").content.decode()

    assert "renewals of what I subscribe to there" in page
    assert 'id="save-cards" type="checkbox" required' in page
    assert for_renewals.public_id in page
    assert for_purchases.public_id not in page
