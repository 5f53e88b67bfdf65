"""`Idempotency-Key`, through the API: the same POST twice has one effect and one answer."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.api.idempotency import forget_old_keys
from common.models import IdempotencyKey

pytestmark = pytest.mark.django_db
SLOW_CARD = "9999490000000304"


@pytest.fixture
def product(listed_gtin):
    """The body of a POST /v1/products that the list judges."""
    return {"sku": "IBU-200", "title": "Ibuprofen 200 mg", "gtin": listed_gtin, "price_cents": 899}


@pytest.fixture
def basket(listed_gtin):
    line = {"title": "Ibuprofen 200 mg", "gtin": listed_gtin, "quantity": 1, "unit_price_cents": 899}
    return {"line_items": [line], "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}


def post(api, body, key, path="/v1/products"):
    return api.post(path, body, headers={"Idempotency-Key": key})


def sessions_of(api):
    """How many sessions this merchant has: each POST that runs opens one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM checkout_checkoutsession")
        return cursor.fetchone()[0]


def test_a_repeat_gets_the_first_answer_byte_for_byte_and_says_so(acme_api, basket):
    first = post(acme_api, basket, "order-1", "/v1/checkout/sessions")

    again = post(acme_api, basket, "order-1", "/v1/checkout/sessions")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert sessions_of(acme_api) == 1


def test_without_a_key_every_call_runs(acme_api, basket):
    acme_api.post("/v1/checkout/sessions", basket)
    acme_api.post("/v1/checkout/sessions", basket)

    assert sessions_of(acme_api) == 2


@pytest.mark.parametrize("change", [{"title": "Ibuprofen 400 mg"}, {"price_cents": 900}])
def test_the_same_key_with_another_body_is_refused_and_changes_nothing(acme_api, product, change):
    post(acme_api, product, "k")

    refused = post(acme_api, product | change, "k")

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert refused.json()["error"]["type"] == "idempotency_error"
    assert acme_api.get("/v1/products").json()["data"][0]["title"] == "Ibuprofen 200 mg"


def test_the_same_key_on_another_path_is_refused(acme_api, product):
    post(acme_api, product, "k")

    refused = post(acme_api, product, "k", "/v1/checkout/sessions")

    assert refused.status_code == 422


def test_while_the_first_call_runs_a_repeat_is_told_to_wait(acme_api, product):
    post(acme_api, product, "k")
    IdempotencyKey.objects.update(status_code=None, body=None)

    refused = post(acme_api, product, "k")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_runs(acme_api, basket):
    start, answers = threading.Barrier(6), []

    def call():
        try:
            start.wait()
            answers.append(post(acme_api, basket, "order-1", "/v1/checkout/sessions"))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert [answer.status_code == 201 and "Idempotent-Replayed" not in answer.headers for answer in answers].count(True) == 1
    assert sessions_of(acme_api) == 1


def test_when_the_process_of_the_first_call_died_a_repeat_runs(acme_api, product):
    post(acme_api, product, "k")
    IdempotencyKey.objects.update(status_code=None, body=None, leased_until=timezone.now() - timedelta(seconds=1))

    again = post(acme_api, product, "k")

    assert again.status_code == 200  # the product was there: it ran
    assert "Idempotent-Replayed" not in again.headers
    assert IdempotencyKey.objects.get().status_code == 200


@pytest.mark.parametrize("mended", [True, False])
def test_a_refusal_before_anything_happened_is_not_remembered(acme_api, product, mended):
    refused = post(acme_api, product | {"price_cents": -1}, "k")

    again = post(acme_api, product if mended else product | {"price_cents": -1}, "k")

    assert refused.status_code == 400
    assert again.status_code == (201 if mended else 400)
    assert "Idempotent-Replayed" not in again.headers


def test_a_decline_is_remembered(acme_api, basket):
    session = acme_api.post("/v1/checkout/sessions", basket).json()["id"]

    first = post(acme_api, {}, "pay-1", f"/v1/checkout/sessions/{session}/confirm")
    again = post(acme_api, {}, "pay-1", f"/v1/checkout/sessions/{session}/confirm")

    assert (first.status_code, again.status_code) == (402, 402)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()


def test_keys_of_two_merchants_never_meet(acme_api, globex_api, product):
    post(acme_api, product, "k")

    other = post(globex_api, product | {"title": "Ibuprofen of Globex"}, "k")

    assert other.status_code == 201
    assert acme_api.get("/v1/products").json()["data"][0]["title"] == "Ibuprofen 200 mg"
    assert globex_api.get("/v1/products").json()["data"][0]["title"] == "Ibuprofen of Globex"


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel", "a\x7fb", "ключ", "a\tb"])
def test_a_key_that_is_not_1_to_255_printable_ascii_characters_is_refused(acme_api, product, key):
    refused = acme_api.post("/v1/products", product, HTTP_IDEMPOTENCY_KEY=key)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "idempotency_key_invalid")
    assert acme_api.get("/v1/products").json()["data"] == []


@pytest.mark.parametrize("key", ["k", "k" * 255, "9f1c2c1e-6f0e-4a44-8d2e-3a6f0d9f2b11", "a b/c:d~"])
def test_a_key_of_1_to_255_printable_ascii_characters_is_taken(acme_api, product, key):
    assert post(acme_api, product, key).status_code == 201
    assert post(acme_api, product, key).headers["Idempotent-Replayed"] == "true"


def test_an_answer_is_kept_for_a_day_and_forgotten_later(acme_api, product):
    post(acme_api, product, "old")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=49))
    post(acme_api, product, "yesterday")
    IdempotencyKey.objects.filter(key="yesterday").update(created_at=timezone.now() - timedelta(hours=24, minutes=1))

    forgotten = forget_old_keys()

    assert forgotten == 1
    assert post(acme_api, product, "yesterday").headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in post(acme_api, product, "old").headers


@pytest.mark.django_db(transaction=True)
def test_a_slow_call_that_outlives_its_lease_still_leaves_its_answer(acme, acme_api, basket, token, settings):
    """The repeat ran beside it and was told that the payment is under way: that must not be the last word."""
    settings.IDEMPOTENCY_LEASE_S = 0
    session = acme_api.post("/v1/checkout/sessions", basket).json()["id"]
    confirm, body = f"/v1/checkout/sessions/{session}/confirm", {"card_token": token(acme, SLOW_CARD)}
    first = []

    def call():
        try:
            first.append(post(acme_api, body, "pay-1", confirm))
        finally:
            connection.close()

    thread = threading.Thread(target=call)
    thread.start()
    while acme_api.get(f"/v1/checkout/sessions/{session}").json()["status"] == "open":
        pass
    beside = post(acme_api, body, "pay-1", confirm)
    thread.join()
    again = post(acme_api, body, "pay-1", confirm)

    assert (beside.status_code, beside.json()["error"]["code"]) == (409, "session_processing")
    assert first[0].status_code == 200
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first[0].content


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.text(min_size=1, max_size=60).filter(lambda text: any(char.isalnum() for char in text)), price=st.integers(0, 10**9)
)
def test_a_repeat_is_the_same_whatever_was_said(acme_api, product, title, price):
    body = json.loads(json.dumps(product | {"title": title, "price_cents": price}))
    key = f"{price}-{title.encode('utf-8', 'replace').hex()}"[:255]

    assert post(acme_api, body, key).content == post(acme_api, body, key).content
