"""A field that a call does not have is refused by name, and nothing happens; the description says the same."""

from __future__ import annotations

import pytest

from checkout.models import CheckoutSession
from eligibility.models import Product
from webhooks.models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db
SESSIONS = "/v1/checkout/sessions"
URLS = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}
ITEM = {"title": "Ibuprofen", "unit_price_cents": 899}


def refusal(answer):
    assert answer.status_code == 400, answer.content
    return {name: answer.json()["error"][name] for name in ("code", "param")}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"currency": "EUR"}, "currency"),
        ({"shiping_cents": 500}, "shiping_cents"),
        ({"line_items": [ITEM | {"taxcents": 50}]}, "line_items[0].taxcents"),
        ({"line_items": [ITEM, ITEM | {"status": "eligible"}]}, "line_items[1].status"),
        ({"x" * 300: 1}, "x" * 60),
    ],
)
def test_a_session_with_a_misspelt_field_is_not_opened(acme_api, fields, param):
    answer = acme_api.post(SESSIONS, {"line_items": [ITEM], **URLS} | fields)

    assert refusal(answer) == {"code": "parameter_unknown", "param": param}
    assert not CheckoutSession.objects.exists()


def test_the_refusal_names_the_field_that_was_meant(acme_api):
    answer = acme_api.post(SESSIONS, {"line_items": [ITEM], "shiping_cents": 500, **URLS})

    assert answer.json()["error"]["message"] == "shiping_cents: There is no such field here. Did you mean shipping_cents?"


def test_metadata_takes_what_is_the_shops_own(acme_api, listed_gtin):
    answer = acme_api.post(SESSIONS, {"line_items": [ITEM | {"gtin": listed_gtin}], "metadata": {"currency": "EUR"}, **URLS})

    assert (answer.status_code, answer.json()["metadata"]) == (201, {"currency": "EUR"})


def test_a_product_is_neither_made_nor_changed_by_a_misspelt_field(acme, acme_api):
    product = Product.objects.create(merchant=acme, sku="IBU", title="Ibuprofen", price_cents=899)

    made = acme_api.post("/v1/products", {"sku": "NEW", "title": "Aspirin", "price": 5})
    changed = acme_api.patch(f"/v1/products/{product.public_id}", {"title": "Other", "sku": "X"})

    assert refusal(made) == {"code": "parameter_unknown", "param": "price"}
    assert refusal(changed) == {"code": "parameter_unknown", "param": "sku"}
    assert list(Product.objects.values_list("sku", "title", "price_cents")) == [("IBU", "Ibuprofen", 899)]


def test_a_call_that_takes_no_fields_does_not_pass_over_an_amount(acme_api, listed_gtin):
    items = [ITEM | {"gtin": listed_gtin}]
    session = acme_api.post(SESSIONS, {"line_items": items, "capture_method": "manual", **URLS}).json()["id"]

    answers = [acme_api.post(f"{SESSIONS}/{session}/{verb}", {"amount": 100}) for verb in ("capture", "void", "expire")]

    assert [refusal(answer) for answer in answers] == [{"code": "parameter_unknown", "param": "amount"}] * 3
    assert CheckoutSession.objects.get().status == "open"


def test_neither_do_the_doors_of_webhooks(acme_api):
    endpoint = acme_api.post("/v1/webhook_endpoints", {"url": "https://hooks.example.com/in"}).json()["id"]
    path = f"/v1/webhook_endpoints/{endpoint}"

    answers = [
        acme_api.post(f"{path}/test", {"type": "payment.captured"}),
        acme_api.patch(path, {"enabled": False}),
        acme_api.delete(path, {"soft": True}),
    ]

    assert [refusal(answer)["param"] for answer in answers] == ["type", "enabled", "soft"]
    assert WebhookEndpoint.objects.get().state == "enabled"
    assert not WebhookDelivery.objects.exists()


def test_the_description_says_that_request_bodies_are_closed_and_answers_are_not(client):
    described = client.get("/v1/openapi.json").json()
    schemas = described["components"]["schemas"]
    bodies = [
        content["schema"]["$ref"].rpartition("/")[2]
        for methods in described["paths"].values()
        for operation in methods.values()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    ]

    assert len(bodies) >= 9
    newer_firmware_says_more = {"TelemetryMessage"}
    assert {name for name in bodies if schemas[name].get("additionalProperties") is not False} == newer_firmware_says_more
    assert "additionalProperties" not in schemas["SessionResponse"]
