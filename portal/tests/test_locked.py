"""A merchant whose key the bank has locked: every door says so, nothing changes, and nobody else notices."""

from __future__ import annotations

import pytest
from django.urls import reverse

from checkout.models import CheckoutSession, Receipt
from conftest import api_for
from merchants.models import ApiKey, Member
from merchants.page_keys import page_key
from portal.tests.admin_samples import make_sale, superuser
from vault import keyring, merchant_keys

pytestmark = pytest.mark.django_db
CARD = {"number": "9999410000000005", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
BASKET = {
    "line_items": [{"title": "Aspirin", "quantity": 1, "unit_price_cents": 500}], "success_url": "https://a.example",
    "cancel_url": "https://a.example",
}  # fmt: skip


@pytest.fixture
def sale(acme):
    return make_sale(acme)


@pytest.fixture
def locked(acme, sale):
    merchant_keys.lock_key(merchant_id=acme.pk)
    return acme


CALLS = [
    ("get", "/v1/payments", None), ("get", "/v1/products", None), ("get", "/v1/events", None), ("get", "/v1/balance", None),
    ("post", "/v1/checkout/sessions", BASKET), ("post", "/v1/card_tokens", CARD), ("post", "/v1/eligibility/check", {"items": []}),
    ("get", "/v1/checkout/sessions/cs_nothing", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_every_call_of_a_locked_merchant_is_answered_403(locked, globex, method, path, body):
    sessions = CheckoutSession.objects.count()

    answer = getattr(api_for(locked), method)(path, body)

    assert answer.status_code == 403
    assert (answer.json()["error"]["type"], answer.json()["error"]["code"]) == ("permission_error", "merchant_key_revoked")
    assert CheckoutSession.objects.count() == sessions
    assert getattr(api_for(globex), method)(path, body).status_code != 403


def test_publishable_and_page_keys_are_refused_too(locked, sale):
    publishable = api_for(locked, ApiKey.Kind.PUBLISHABLE)
    page = api_for(locked)
    page.credentials(HTTP_AUTHORIZATION=f"Bearer {page_key(locked, sale.public_id)}")

    for client in (publishable, page):
        assert client.post("/v1/card_tokens", CARD).json()["error"]["code"] == "merchant_key_revoked"


def test_an_unknown_key_learns_nothing_of_locks(locked):
    client = api_for(locked)
    client.credentials(HTTP_AUTHORIZATION="Bearer sk_test_nothing")

    assert client.get("/v1/payments").status_code == 401


@pytest.mark.parametrize("name", ["checkout:pay", "checkout:card_frame"])
def test_the_hosted_pages_say_that_the_store_is_locked(locked, sale, client, name):
    answer = client.get(reverse(name, args=[sale.public_id]))

    assert answer.status_code == 403
    assert "This store is locked by its bank" in answer.content.decode()
    assert sale.merchant.name not in answer.content.decode()


def test_what_the_page_asks_is_answered_in_json(locked, sale, client):
    answer = client.get(reverse("checkout:status", args=[sale.public_id]))

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "merchant_key_revoked")


def test_receipts_are_locked_too(locked, sale, client):
    receipt = Receipt.objects.filter(payment__session=sale).first()
    assert receipt is not None

    for name in ("checkout:receipt", "checkout:receipt_pdf"):
        assert client.get(reverse(name, args=[receipt.public_id])).status_code == 403


@pytest.mark.parametrize("name", ["home", "sales", "products", "balance", "keys"])
def test_the_portal_says_that_the_bank_has_locked_it(locked, acme_owner, signed_in, name):
    answer = signed_in(acme_owner).get(reverse(f"portal:{name}"))

    assert answer.status_code == 403
    assert "Acme cannot be opened now" in answer.content.decode()


def test_a_person_of_two_merchants_goes_on_to_the_other(locked, globex, acme_owner, signed_in):
    Member.objects.create(merchant=globex, user=acme_owner, role="owner")
    browser = signed_in(acme_owner)
    assert browser.get(reverse("portal:home")).status_code == 403

    browser.post(reverse("portal:switch"), {"merchant": globex.public_id})

    assert browser.get(reverse("portal:home")).status_code == 200


def test_everything_is_back_when_the_bank_unlocks_it(locked, sale, acme_owner, signed_in, client):
    assert client.get(reverse("checkout:pay", args=[sale.public_id])).status_code == 403

    merchant_keys.unlock_key(merchant_id=locked.pk)

    assert client.get(reverse("checkout:pay", args=[sale.public_id])).status_code == 200
    assert api_for(locked).get("/v1/payments").status_code == 200
    page = signed_in(acme_owner).get(reverse("portal:sale", args=[sale.public_id]))
    assert "jo@example.com" in page.content.decode()


def test_a_silent_keeper_of_keys_is_a_503_that_may_be_repeated(acme, sale, client, custodian_server):
    api = api_for(acme)
    keyring.forget_all()
    custodian_server.is_down = True

    answer, page = api.get("/v1/payments"), client.get(reverse("checkout:pay", args=[sale.public_id]))

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "custodian_unavailable")
    assert (page.status_code, page["Retry-After"]) == (503, answer["Retry-After"])
    assert "not available just now" in page.content.decode()


def test_admin_lists_show_locked_for_its_rows_and_the_others_as_ever(locked, globex, root_client):
    make_sale(globex, order="B-2", number=2, email="bob@example.com")

    shoppers = root_client.get("/admin/shoppers/shopper/").content.decode()
    sales = root_client.get("/admin/checkout/checkoutsession/")

    assert "b•••@example.com" in shoppers
    assert "Locked" in shoppers
    assert "j•••@example.com" not in shoppers
    assert sales.status_code == 200


@pytest.fixture
def root_client(db, signed_in):

    return signed_in(superuser())
