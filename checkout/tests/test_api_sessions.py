"""Checkout sessions through the API: opening, paying, capturing, expiring, and everything that is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from checkout.models import CheckoutSession, LineItem, Payment
from checkout.tests.conftest import CHIPS, FSA, FSA_DECLINED, IBUPROFEN, VISA, VITAMINS
from eligibility.decision import Item
from eligibility.lists.by_hand import enter_list
from eligibility.services.reviews import record_review

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evidence")]
SESSIONS = "/v1/checkout/sessions"
IBU = {"title": "Ibuprofen 200 mg", "gtin": IBUPROFEN, "quantity": 2, "unit_price_cents": 1500}
SNACK = {"title": CHIPS, "quantity": 1, "unit_price_cents": 700, "tax_cents": 58}
BODY = {
    "line_items": [IBU, SNACK], "success_url": "https://shop.example/thanks?s={SESSION_ID}", "cancel_url": "https://shop.example/cart",
}  # fmt: skip


def post(api, body):
    """Written with escapes, so that what is no UTF-8 comes through as well."""
    return api.generic("POST", SESSIONS, json.dumps(body), content_type="application/json")


def opened(api, **fields):
    response = post(api, BODY | fields)
    assert response.status_code == 201, response.content
    return response.json()


def assert_refused(response, param, code="parameter_invalid"):
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert response.json()["error"]["param"] == param
    assert not CheckoutSession.objects.exists()


# --- Opening ---


def test_an_open_session_tells_every_amount_to_the_cent(acme_api):
    session = opened(
        acme_api,
        shipping_cents=599,
        discount_cents=333,
        amount_total_cents=4024,
        client_reference_id="A-1",
        metadata={"cart": "17"},
    )

    assert {name: value for name, value in session.items() if name.startswith("amount")} == {
        "amount_subtotal_cents": 3700, "amount_discount_cents": 333, "amount_tax_cents": 58, "amount_shipping_cents": 599,
        "amount_total_cents": 4024, "amount_eligible_cents": 3216,
    }  # fmt: skip
    assert [
        (line["subtotal_cents"], line["discount_cents"], line["tax_cents"], line["shipping_cents"], line["total_cents"])
        for line in session["line_items"]
    ] == [
        (3000, 270, 0, 486, 3216),
        (700, 63, 58, 113, 808),
    ]
    assert [(line["decision"]["status"], line["decision"]["evidence"]) for line in session["line_items"]] == [
        ("eligible", "list"),
        ("not_eligible", "human"),
    ]
    assert (session["status"], session["capture_method"], session["currency"], session["payment"]) == (
        "open",
        "automatic",
        "USD",
        None,
    )
    assert (session["client_reference_id"], session["metadata"]) == ("A-1", {"cart": "17"})
    assert session["url"].endswith(f"/pay/{session['id']}/")


def test_getting_a_session_tells_what_opening_told(acme_api):
    session = opened(acme_api)

    assert acme_api.get(f"{SESSIONS}/{session['id']}").json() == session


def test_a_product_fills_what_the_line_leaves_out(acme_api):
    product = acme_api.post(
        "/v1/products", {"sku": "IBU", "title": "Ibuprofen 200 mg", "brand": "Acme", "gtin": IBUPROFEN, "price_cents": 899}
    ).json()

    session = opened(
        acme_api,
        line_items=[
            {"product": product["id"], "quantity": 3},
            {"product": product["id"], "unit_price_cents": 0, "title": "Sample"},
        ],
    )

    assert [
        (line["product"], line["title"], line["brand"], line["gtin"], line["sku"], line["quantity"], line["total_cents"])
        for line in session["line_items"]
    ] == [
        (product["id"], "Ibuprofen 200 mg", "Acme", IBUPROFEN, "IBU", 3, 2697),
        (product["id"], "Sample", "Acme", IBUPROFEN, "IBU", 1, 0),
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ibuprofen 💊 200 mg", "Ibuprofen 💊 200 mg"),
        ("👩‍⚕️ kit", "👩‍⚕️ kit"),
        ("משכך כאבים", "משכך כאבים"),
        ("مسكن للألم", "مسكن للألم"),
        ("布洛芬片", "布洛芬片"),
        ("Ibu\x00profen", "Ibu profen"),
        ("\x00Ibuprofen\x00", "Ibuprofen"),
        ("Ibu\ud800profen", "Ibu profen"),
        ("Ibuprofen\n200\tmg", "Ibuprofen 200 mg"),
        ("Ibu\u202eprofen", "Ibu profen"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("x" * 500, "x" * 500),
    ],
    ids=range(12),
)
def test_a_title_of_any_script_is_kept_and_control_characters_are_mended(acme_api, written, kept):
    assert opened(acme_api, line_items=[IBU | {"title": written}])["line_items"][0]["title"] == kept


LINE = "line_items[0]"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"title": "x" * 501}, f"{LINE}.title"),
        ({"title": "x" * 10_000}, f"{LINE}.title"),
        ({"title": ""}, f"{LINE}.title"),
        ({"title": "\x00"}, f"{LINE}.title"),
        ({"title": " \u200b "}, f"{LINE}.title"),
        ({"title": None}, f"{LINE}.title"),
        ({"title": 12.5, "unit_price_cents": None}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": -1}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": 12.5}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": 12.0}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": "12"}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": True}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": None}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": 10**11}, f"{LINE}.unit_price_cents"),
        ({"unit_price_cents": 10**1000}, f"{LINE}.unit_price_cents"),
        ({"tax_cents": -1}, f"{LINE}.tax_cents"),
        ({"tax_cents": "0"}, f"{LINE}.tax_cents"),
        ({"quantity": 0}, f"{LINE}.quantity"),
        ({"quantity": -1}, f"{LINE}.quantity"),
        ({"quantity": 1.5}, f"{LINE}.quantity"),
        ({"quantity": "1"}, f"{LINE}.quantity"),
        ({"quantity": True}, f"{LINE}.quantity"),
        ({"quantity": 10_001}, f"{LINE}.quantity"),
        ({"gtin": "00300450449109"}, f"{LINE}.gtin"),
        ({"gtin": "1" * 21}, f"{LINE}.gtin"),
        ({"gtin": "\x00"}, f"{LINE}.gtin"),
        ({"brand": "x" * 121}, f"{LINE}.brand"),
        ({"sku": "x" * 65}, f"{LINE}.sku"),
        ({"product": "prod_\x00"}, f"{LINE}.product"),
    ],
    ids=range(29),
)
def test_a_line_that_cannot_be_is_refused(acme_api, change, param):
    assert_refused(post(acme_api, BODY | {"line_items": [IBU | change]}), param)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"line_items": None}, "line_items"),
        ({"line_items": {"0": IBU}}, "line_items"),
        ({"line_items": [IBU] * 201}, "line_items"),
        ({"shipping_cents": -1}, "shipping_cents"),
        ({"shipping_cents": 1.5}, "shipping_cents"),
        ({"shipping_cents": None}, "shipping_cents"),
        ({"discount_cents": -1}, "discount_cents"),
        ({"discount_cents": "1"}, "discount_cents"),
        ({"amount_total_cents": "3758"}, "amount_total_cents"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"success_url": "JavaScript://shop.example/%0aalert(1)"}, "success_url"),
        ({"success_url": "data:text/html,x"}, "success_url"),
        ({"success_url": "ftp://shop.example/"}, "success_url"),
        ({"success_url": "/thanks"}, "success_url"),
        ({"success_url": "//shop.example/thanks"}, "success_url"),
        ({"success_url": ""}, "success_url"),
        ({"success_url": "https://shop.example/" + "x" * 2000}, "success_url"),
        ({"success_url": "https://shop.example/\r\nSet-Cookie: a=b"}, "success_url"),
        ({"success_url": "https://shop.example/\x00"}, "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"cancel_url": None}, "cancel_url"),
        ({"capture_method": "later"}, "capture_method"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"metadata": {f"key {number}": "x" for number in range(51)}}, "metadata"),
        ({"metadata": {"k" * 41: "x"}}, "metadata"),
        ({"metadata": {"key": "x" * 501}}, "metadata.key"),
        ({"metadata": {"key": {"nested": "x"}}}, "metadata.key"),
        ({"metadata": {"key": None}}, "metadata.key"),
        ({"metadata": ["x"]}, "metadata"),
        ({"metadata": "x"}, "metadata"),
        ({"metadata": {"a\x00b": "x"}}, "metadata"),
        ({"metadata": {"a\ud800b": "x"}}, "metadata"),
        ({"metadata": {"": "x"}}, "metadata"),
    ],
    ids=range(34),
)
def test_a_basket_that_cannot_be_is_refused(acme_api, change, param):
    assert_refused(post(acme_api, BODY | change), param)


@pytest.mark.parametrize("missing", ["line_items", "success_url", "cancel_url"])
def test_what_must_be_said_is_asked_for(acme_api, missing):
    assert_refused(post(acme_api, {name: value for name, value in BODY.items() if name != missing}), missing)


@pytest.mark.parametrize("total", [3757, 3759, 0])
def test_a_total_that_differs_by_a_cent_is_refused_and_ours_is_told(acme_api, total):
    response = post(acme_api, BODY | {"amount_total_cents": total})

    assert_refused(response, "amount_total_cents", "amount_mismatch")
    assert response.json()["error"]["expected_cents"] == 3758


def test_a_discount_above_the_items_is_refused(acme_api):
    assert_refused(post(acme_api, BODY | {"discount_cents": 3701}), "discount_cents", "amount_invalid")


def test_a_basket_that_costs_nothing_is_refused(acme_api):
    response = post(
        acme_api, BODY | {"line_items": [IBU | {"unit_price_cents": 0}, SNACK | {"unit_price_cents": 0, "tax_cents": 0}]}
    )

    assert_refused(response, "line_items", "amount_invalid")


def test_free_items_may_be_sent_for_the_price_of_shipping(acme, acme_api, token):
    session = opened(
        acme_api, line_items=[IBU | {"unit_price_cents": 0}, SNACK | {"unit_price_cents": 0, "tax_cents": 0}], shipping_cents=599
    )

    paid = acme_api.post(f"{SESSIONS}/{session['id']}/confirm", {"card_token": token(acme, VISA)})

    assert [line["total_cents"] for line in session["line_items"]] == [300, 299]
    assert (paid.status_code, paid.json()["payment"]["amount_cents"]) == (200, 599)


def test_a_discount_that_leaves_nothing_to_pay_is_refused(acme_api):
    response = post(acme_api, BODY | {"line_items": [IBU], "discount_cents": 3000})

    assert response.status_code == 400
    assert not CheckoutSession.objects.exists()


def test_a_product_that_costs_nothing_is_nothing_to_pay(acme_api):
    product = acme_api.post("/v1/products", {"sku": "FREE", "title": "Sample", "gtin": IBUPROFEN, "price_cents": 0}).json()

    response = post(acme_api, BODY | {"line_items": [{"product": product["id"]}]})

    assert response.status_code == 400
    assert not CheckoutSession.objects.exists()


def test_a_total_that_no_card_network_can_carry_is_refused(acme_api):
    lines = [IBU | {"quantity": 10_000, "unit_price_cents": 99_999_999_99}] * 200

    assert_refused(post(acme_api, BODY | {"line_items": lines}), "line_items", "amount_invalid")


@pytest.mark.parametrize("count", [1, 200])
def test_a_basket_of_up_to_200_lines_is_taken_and_keeps_its_order(acme_api, count):
    lines = [IBU | {"title": f"Ibuprofen {number}", "unit_price_cents": number + 1} for number in range(count)]

    session = opened(acme_api, line_items=lines, shipping_cents=997, discount_cents=101 if count > 1 else 1)

    assert [line["title"] for line in session["line_items"]] == [line["title"] for line in lines]
    assert sum(line["total_cents"] for line in session["line_items"]) == session["amount_total_cents"]


def test_a_body_above_two_megabytes_is_refused(acme_api):
    body = json.dumps(BODY | {"client_reference_id": "x" * 2_000_000})

    response = acme_api.generic("POST", SESSIONS, body, content_type="application/json", headers={"Idempotency-Key": "k"})

    assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("id", ["prod_nothing", "'; DROP TABLE", "x" * 40])
def test_an_unknown_product_is_refused(acme_api, id):
    assert_refused(post(acme_api, BODY | {"line_items": [SNACK, {"product": id}]}), "line_items[1].product", "product_unknown")


def test_another_merchants_product_is_unknown(acme_api, globex_api):
    theirs = globex_api.post("/v1/products", {"sku": "1", "title": "Theirs", "gtin": IBUPROFEN, "price_cents": 5}).json()["id"]

    response = post(acme_api, BODY | {"line_items": [{"product": theirs}]})

    assert_refused(response, f"{LINE}.product", "product_unknown")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/thanks?s={SESSION_ID}&a=b#c",
        "http://localhost:3000/thanks",
        "http://127.0.0.1:8080/",
        "https://магазин.example/",
    ],
)
def test_addresses_of_shops_and_of_their_developers_are_taken(acme_api, url):
    assert opened(acme_api, success_url=url, cancel_url=url)["success_url"] == url


# --- Frozen decisions ---


def test_what_is_learnt_later_does_not_change_an_open_session(acme, acme_api):
    session = opened(acme_api)

    record_review(merchant=acme, item=Item(title=CHIPS), category_code="pain-relievers-oral", reviewer=None)
    enter_list(list_id="test-list", name="s", version="2026-12", rows=[])

    assert acme_api.get(f"{SESSIONS}/{session['id']}").json() == session
    after = opened(acme_api)
    assert after["line_items"][1]["decision"]["status"] == "eligible"
    assert after["line_items"][0]["decision"]["evidence"] != "list"


def test_changing_a_product_does_not_change_an_open_session(acme_api):
    product = acme_api.post("/v1/products", {"sku": "IBU", "title": "Ibuprofen", "gtin": IBUPROFEN, "price_cents": 899}).json()[
        "id"
    ]
    session = opened(acme_api, line_items=[{"product": product}])

    acme_api.patch(f"/v1/products/{product}", {"title": "Gold", "price_cents": 1})

    assert acme_api.get(f"{SESSIONS}/{session['id']}").json() == session


# --- Paying ---


def test_a_sale_from_basket_to_receipt(acme, acme_api, token):
    session = opened(acme_api)

    paid = acme_api.post(
        f"{SESSIONS}/{session['id']}/confirm",
        {"benefit_card_token": token(acme, FSA), "card_token": token(acme, VISA), "email": "ann@example.com"},
    ).json()

    assert paid["status"] == "complete"
    assert paid["line_items"] == session["line_items"]
    assert (paid["payment"]["status"], paid["payment"]["amount_cents"]) == ("captured", 3758)
    assert [
        (t["kind"], t["status"], t["requested_cents"], t["approved_cents"], t["last4"], t["account_kind"], t["is_substantiated"])
        for t in paid["payment"]["tenders"]
    ] == [("benefit", "captured", 3000, 3000, "0005", "fsa", True), ("ordinary", "captured", 758, 758, "0007", "credit", False)]
    assert "/receipts/rcp_" in paid["payment"]["receipt_url"]
    assert acme_api.get(f"/v1/payments/{paid['payment']['id']}").json() == paid["payment"]
    assert acme_api.get("/v1/payments").json()["data"] == [paid["payment"]]
    assert acme_api.get("/v1/balance").json()["pending_cents"] == 3758
    assert [event["type"] for event in acme_api.get("/v1/events").json()["data"]] == [
        "checkout.session.completed",
        "payment.captured",
    ]
    entry = acme_api.get("/v1/balance/entries").json()["data"][0]
    assert (entry["reference"], entry["change_cents"]) == (f"capture:{paid['payment']['id']}", 3758)
    assert sorted((leg["account"], leg["amount_cents"]) for leg in entry["legs"]) == [
        ("merchant_payable", -3758), ("network_receivable_benefit", 3000), ("network_receivable_ordinary", 758),
    ]  # fmt: skip


def test_a_token_made_through_the_api_pays(acme_api):
    session = opened(acme_api, line_items=[SNACK])
    card = acme_api.post("/v1/card_tokens", {"number": VISA, "exp_month": 12, "exp_year": 2030, "cvc": "123"}).json()

    paid = acme_api.post(f"{SESSIONS}/{session['id']}/confirm", {"card_token": card["id"]})

    assert (card["card"]["last4"], card["card"]["account_kind"]) == ("0007", "credit")
    assert (paid.status_code, paid.json()["status"]) == (200, "complete")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "9999490000000008"}, "card_invalid"),
        ({"number": "4242424242424242"}, "card_invalid"),
        ({"number": "not a number"}, "card_invalid"),
        ({"number": "٩٩٩٩٤٩٠٠٠٠٠٠٠٠٠٧"}, "card_invalid"),
        ({"exp_month": 13}, "parameter_invalid"),
        ({"exp_month": "12"}, "parameter_invalid"),
        ({"exp_year": 1999}, "parameter_invalid"),
        ({"exp_year": 2099}, "card_invalid"),
        ({"exp_month": 10, "exp_year": 2020}, "card_invalid"),
        ({"cvc": "12"}, "parameter_invalid"),
        ({"cvc": "١٢٣"}, "card_invalid"),
        ({"cvc": 123}, None),
    ],
)
def test_a_card_that_cannot_be_is_refused_without_repeating_it(acme_api, change, code):
    card = {"number": VISA, "exp_month": 12, "exp_year": 2030, "cvc": "123"} | change

    response = acme_api.post("/v1/card_tokens", card)

    assert (response.status_code, response.json().get("error", {}).get("code")) == ((400, code) if code else (201, None))
    assert str(card["number"]) not in response.content.decode()


def test_a_declined_sale_says_so_and_leaves_the_session_open(acme, acme_api, token):
    session = opened(acme_api)

    declined = acme_api.post(
        f"{SESSIONS}/{session['id']}/confirm", {"benefit_card_token": token(acme, FSA_DECLINED), "card_token": token(acme, VISA)}
    )

    error = declined.json()["error"]
    assert (declined.status_code, error["type"], error["code"], error["param"]) == (
        402,
        "card_error",
        "benefit_card_declined",
        "benefit_card_token",
    )
    assert error["advice"].endswith(".")
    after = acme_api.get(f"{SESSIONS}/{session['id']}").json()
    assert (after["status"], after["payment"]["status"], after["payment"]["failure_code"]) == (
        "open",
        "failed",
        "benefit_card_declined",
    )
    assert acme_api.get("/v1/balance").json()["total_cents"] == 0


@pytest.mark.parametrize(
    "body", [{}, {"card_token": "tok_nothing.x"}, {"card_token": "x" * 300}, {"card_token": "ü"}, {"benefit_card_token": "tok_1"}]
)
def test_a_confirmation_without_a_card_charges_nothing(acme_api, body):
    session = opened(acme_api)

    refused = acme_api.post(f"{SESSIONS}/{session['id']}/confirm", body)

    assert (refused.status_code, refused.json()["error"]["code"]) == (
        (400, "card_token_invalid") if body else (402, "card_needed")
    )
    assert not Payment.objects.exists()


def test_a_confirmation_with_no_email_address_in_it_is_refused(acme, acme_api, token):
    session = opened(acme_api)

    refused = acme_api.post(f"{SESSIONS}/{session['id']}/confirm", {"card_token": token(acme, VISA), "email": "not an address"})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "email")
    assert not Payment.objects.exists()


def test_a_paid_session_is_not_paid_again(acme, acme_api, token):
    session = opened(acme_api)
    confirm = f"{SESSIONS}/{session['id']}/confirm"
    acme_api.post(confirm, {"card_token": token(acme, VISA)})

    again = acme_api.post(confirm, {"card_token": token(acme, VISA)})

    assert (again.status_code, again.json()["error"]["code"]) == (409, "session_already_paid")
    assert acme_api.get("/v1/balance").json()["total_cents"] == 3758


def test_with_the_keys_gone_a_card_does_not_open_and_nothing_is_charged(acme, acme_api, token, settings):
    session, card = opened(acme_api), token(acme, VISA)
    settings.FIELD_ENCRYPTION_KEY = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

    refused = acme_api.post(f"{SESSIONS}/{session['id']}/confirm", {"card_token": card})

    # The number opens with the merchant's key; the security code in the token was sealed with the keys that are gone.
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "card_token_invalid")
    assert acme_api.get(f"{SESSIONS}/{session['id']}").json()["status"] == "open"


# --- Capturing later, and expiring ---


def test_an_authorised_sale_is_captured_once(acme, acme_api, token):
    session = opened(acme_api, capture_method="manual")
    path = f"{SESSIONS}/{session['id']}"
    held = acme_api.post(f"{path}/confirm", {"benefit_card_token": token(acme, FSA), "card_token": token(acme, VISA)}).json()
    assert (held["status"], held["payment"]["status"], held["payment"]["receipt_url"]) == ("authorised", "authorised", None)
    assert acme_api.get("/v1/balance").json()["total_cents"] == 0

    captured = acme_api.post(f"{path}/capture")
    again = acme_api.post(f"{path}/capture")

    assert (captured.status_code, captured.json()["status"], captured.json()["payment"]["status"]) == (
        200,
        "complete",
        "captured",
    )
    assert again.json() == captured.json()
    assert acme_api.get("/v1/balance").json()["total_cents"] == 3758


def test_only_an_authorised_session_is_captured(acme_api):
    session = opened(acme_api)

    refused = acme_api.post(f"{SESSIONS}/{session['id']}/capture")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "session_not_authorised")


def test_an_expired_session_takes_no_money(acme, acme_api, token):
    path = f"{SESSIONS}/{opened(acme_api)['id']}"

    expired = acme_api.post(f"{path}/expire")
    again = acme_api.post(f"{path}/expire")
    refused = acme_api.post(f"{path}/confirm", {"card_token": token(acme, VISA)})

    assert (expired.status_code, expired.json()["status"]) == (200, "expired")
    assert again.json() == expired.json()
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "session_not_open")


def test_a_session_past_its_time_takes_no_money_even_before_the_sweeper_came(acme, acme_api, token):
    session = opened(acme_api)
    CheckoutSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    refused = acme_api.post(f"{SESSIONS}/{session['id']}/confirm", {"card_token": token(acme, VISA)})

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "session_not_open")
    assert not Payment.objects.exists()


def test_a_paid_session_does_not_expire(acme, acme_api, token):
    path = f"{SESSIONS}/{opened(acme_api)['id']}"
    acme_api.post(f"{path}/confirm", {"card_token": token(acme, VISA)})

    refused = acme_api.post(f"{path}/expire")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "session_not_open")
    assert acme_api.get(path).json()["status"] == "complete"


def test_every_part_of_a_sale_is_a_404_for_another_merchant(acme, acme_api, globex_api, token):
    session = opened(acme_api)
    paid = acme_api.post(f"{SESSIONS}/{session['id']}/confirm", {"card_token": token(acme, VISA)}).json()
    path = f"{SESSIONS}/{session['id']}"

    answers = [globex_api.get(path), globex_api.get(f"/v1/payments/{paid['payment']['id']}")]
    answers += [globex_api.post(f"{path}/{verb}", {}) for verb in ("confirm", "capture", "expire")]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert acme_api.get(path).json() == paid
    assert LineItem.objects.count() == 2


def test_vitamins_need_a_letter_and_the_line_says_why(acme_api):
    decision = opened(acme_api, line_items=[{"title": VITAMINS, "unit_price_cents": 500}])["line_items"][0]["decision"]

    assert (decision["status"], decision["evidence"]) == ("letter", "human")
    assert decision["reason"].endswith(".")
    assert decision["citation"]
