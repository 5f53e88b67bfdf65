"""Verdicts and cart previews for a shop's own pages, through the doors that its scripts call."""

from __future__ import annotations

import pytest
from django.test import Client

from checkout.models import CheckoutSession, LineItem
from checkout.tests.conftest import CHIPS, IBUPROFEN, VITAMINS
from conftest import api_for
from eligibility.catalogue.products import save_product
from eligibility.models import ReviewRequest
from merchants.keys.services import create_api_key
from merchants.models import ApiKey

pytestmark = pytest.mark.django_db
PUBLISHABLE = ApiKey.Kind.PUBLISHABLE
SHOP = "https://shop.example"


@pytest.fixture
def catalogue(acme, evidence):
    """Ibuprofen (list), vitamins (need a letter), chips (not eligible) and one that is off sale."""
    rows = {
        "IBU-1": {"title": "Ibuprofen 200 mg", "gtin14": IBUPROFEN, "price_cents": 1299},
        "VIT/3": {"title": VITAMINS, "price_cents": 500},
        "CHIPS": {"title": CHIPS, "price_cents": 399},
        "OLD": {"title": CHIPS, "price_cents": 100, "is_active": False},
    }
    return {sku: save_product(merchant=acme, sku=sku, **fields).product for sku, fields in rows.items()}


@pytest.fixture
def shop_page(acme):
    """A script on one of the shop's pages."""
    _, text = create_api_key(merchant=acme, kind=PUBLISHABLE, allowed_origins=[SHOP])
    return Client(headers={"Authorization": f"Bearer {text}", "Origin": SHOP})


def told(response):
    return response.status_code, response.json().get("error", {}).get("code")


# --- Verdicts ---


@pytest.mark.parametrize("ref", ["IBU-1", IBUPROFEN, IBUPROFEN.lstrip("0"), "id"])
def test_a_product_is_found_by_its_id_its_sku_and_its_gtin(catalogue, shop_page, ref):
    product = catalogue["IBU-1"]

    answer = shop_page.get(f"/v1/public/products/{product.public_id if ref == 'id' else ref}/verdict")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["product"], body["status"], body["label"]) == (product.public_id, "eligible", "FSA/HSA eligible")
    assert body["reason"]
    assert "hsa" in body["account_kinds"]
    assert body["as_of"]


def test_what_needs_a_letter_says_so_and_what_is_not_eligible_has_no_label(catalogue, shop_page):
    found = shop_page.get("/v1/public/verdicts?ref=VIT/3&ref=CHIPS&ref=nobody&ref=OLD").json()["data"]

    assert [(one["ref"], one["status"], one["label"]) for one in found] == [
        ("VIT/3", "letter", "FSA/HSA eligible with a letter"), ("CHIPS", "not_eligible", ""), ("nobody", "unknown", ""), ("OLD", "unknown", ""),
    ]  # fmt: skip
    assert [one["product"] is None for one in found] == [False, False, True, True]


def test_a_sku_with_a_slash_has_an_address(catalogue, shop_page):
    assert shop_page.get("/v1/public/products/VIT/3/verdict").json()["status"] == "letter"


def test_another_merchants_product_is_not_there(catalogue, globex):
    assert told(api_for(globex, PUBLISHABLE).get("/v1/public/products/IBU-1/verdict")) == (404, "not_found")


def test_an_answer_may_be_kept_for_minutes_and_is_asked_for_again_without_a_body(catalogue, shop_page):
    first = shop_page.get("/v1/public/verdicts?ref=IBU-1")

    again = shop_page.get("/v1/public/verdicts?ref=IBU-1", headers={"If-None-Match": first["ETag"]})

    assert first["Cache-Control"] == "private, max-age=300, stale-while-revalidate=3600"
    assert first["Vary"] == "Authorization, Origin"
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_a_refusal_is_never_kept(catalogue, shop_page):
    missing = shop_page.get("/v1/public/products/nobody/verdict")

    assert (missing.status_code, missing["Cache-Control"]) == (404, "no-store")


def test_more_than_a_hundred_references_are_refused(catalogue, shop_page):
    assert told(shop_page.get("/v1/public/verdicts?" + "&".join(["ref=IBU-1"] * 101))) == (400, "parameter_invalid")
    assert told(shop_page.get("/v1/public/verdicts")) == (400, "parameter_invalid")


# --- Who may ask ---


def test_a_key_for_sites_answers_these_alone(catalogue, shop_page):
    assert told(shop_page.get("/v1/public/verdicts?ref=IBU-1", headers={"Origin": "https://evil.example"})) == (
        403,
        "origin_not_allowed",
    )


def test_pages_may_ask_before_they_call(catalogue):
    answer = Client().options("/v1/public/split", headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"})

    assert (answer.status_code, answer["Access-Control-Allow-Methods"]) == (204, "POST")


def test_one_shopper_who_floods_is_slowed_and_no_other(catalogue, shop_page, settings):
    settings.PUBLIC_RATE_PER_S, settings.PUBLIC_BURST = 0.001, 2

    answers = [shop_page.get("/v1/public/verdicts?ref=IBU-1") for _ in range(3)]
    other = shop_page.get("/v1/public/verdicts?ref=IBU-1", REMOTE_ADDR="203.0.113.9")

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert other.status_code == 200


def test_a_flood_of_badges_leaves_card_tokens_alone(catalogue, shop_page, settings):
    settings.PUBLIC_RATE_PER_S, settings.PUBLIC_BURST = 0.001, 1
    card = {"number": "9999490000000007", "exp_month": 12, "exp_year": 2030, "cvc": "123"}

    answers = [shop_page.get("/v1/public/verdicts?ref=IBU-1").status_code for _ in range(2)]

    assert answers == [200, 429]
    assert shop_page.post("/v1/card_tokens", card, content_type="application/json").status_code == 201


# --- Splits ---


def split(shop_page, **cart):
    return shop_page.post("/v1/public/split", cart, content_type="application/json")


def test_a_cart_is_divided_to_the_cent(catalogue, shop_page):
    lines = [
        {"product": "IBU-1", "quantity": 2, "tax_cents": 100},
        {"product": "VIT/3", "discount_cents": 100},
        {"product": "CHIPS", "unit_price_cents": 300},
        {"title": "Gift wrap", "unit_price_cents": 250},
    ]

    body = split(shop_page, line_items=lines, shipping_cents=500).json()

    assert [(one["status"], one["total_cents"], one["eligible_cents"]) for one in body["line_items"]] == [
        ("eligible", 3064, 3064), ("letter", 457, 0), ("not_eligible", 342, 0), ("unknown", 285, 0),
    ]  # fmt: skip
    assert [one["title"] for one in body["line_items"]] == ["Ibuprofen 200 mg", VITAMINS, CHIPS, "Gift wrap"]
    amounts = {name: body[name] for name in body if name.startswith("amount_")}
    assert amounts == {
        "amount_total_cents": 4148, "amount_eligible_cents": 3064, "amount_with_letter_cents": 457, "amount_other_cents": 1084,
    }  # fmt: skip


def test_the_preview_is_what_a_session_of_the_same_cart_says(catalogue, shop_page, acme_api):
    previewed = split(
        shop_page, line_items=[{"product": "IBU-1", "quantity": 3}, {"product": "CHIPS"}], shipping_cents=333, discount_cents=77
    ).json()
    lines = [{"product": catalogue["IBU-1"].public_id, "quantity": 3}, {"product": catalogue["CHIPS"].public_id}]
    urls = {"success_url": f"{SHOP}/thanks", "cancel_url": f"{SHOP}/cart"}

    session = acme_api.post(
        "/v1/checkout/sessions", {"line_items": lines, "shipping_cents": 333, "discount_cents": 77, **urls}
    ).json()

    assert session["amount_total_cents"] == previewed["amount_total_cents"]
    assert session["amount_eligible_cents"] == previewed["amount_eligible_cents"]


def test_asking_leaves_nothing_behind(catalogue, shop_page):
    asked = ReviewRequest.objects.count()

    assert split(shop_page, line_items=[{"product": "IBU-1"}, {"product": "nobody", "unit_price_cents": 100}]).status_code == 200
    assert (CheckoutSession.objects.count(), LineItem.objects.count(), ReviewRequest.objects.count()) == (0, 0, asked)


def test_what_is_no_product_needs_a_price(catalogue, shop_page):
    answer = split(shop_page, line_items=[{"product": "IBU-1"}, {"product": "nobody"}])

    assert told(answer) == (400, "product_unknown")
    assert answer.json()["error"]["param"] == "line_items[1].unit_price_cents"


def test_a_discount_larger_than_its_line_is_refused(catalogue, shop_page):
    answer = split(shop_page, line_items=[{"product": "CHIPS"}, {"product": "IBU-1", "discount_cents": 1300}])

    assert told(answer) == (400, "amount_invalid")
    assert answer.json()["error"]["param"] == "line_items[1].discount_cents"
