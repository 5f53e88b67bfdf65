"""Card numbers where none is meant: refused in what callers send, hidden in logs; and what only looks like one is left alone."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from checkout.models import CheckoutSession
from common.card_numbers import hide_card_numbers, holds_card_number
from common.log_redaction import RedactingFormatter
from common.models import IdempotencyKey
from eligibility.gtin import check_digit
from eligibility.models import Product

VISA, AMEX, SANDBOX = "4111111111111111", "378282246310005", "9999490000000007"
ITEM = {"title": "Ibuprofen", "unit_price_cents": 899, "quantity": 1}
URLS = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}


@pytest.mark.parametrize("text", [
    VISA, AMEX, SANDBOX, "5555555555554444", "6011111111111117", "3530111333300000", "30569309025904", "6304000000000000",
    "4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111", "3782 822463 10005", "4111\u00a01111\u00a01111\u00a01111",
    f"card{VISA}", f"paid with {VISA}, thanks", f";{VISA}=2912101", "٤١١١١١١١١١١١١١١١",
])  # fmt: skip
def test_a_card_number_is_found_however_it_is_written(text):
    assert holds_card_number(text)
    assert "1111" not in hide_card_numbers(text)
    assert "[card number]" in hide_card_numbers(text)


@pytest.mark.parametrize("text", [
    "", "4111111111111112", "1234567890123456", "4006381333931", "00300450449108", "1732265428000", "202611220000000000123",
    "9999", "order 4111", "0.4111111111111111", "4111 1111", f"a1{VISA}", f"{VISA}b2", "555-0100 555-0101", "41111111111111111111111",
])  # fmt: skip
def test_what_only_looks_like_one_is_left_alone(text):
    assert not holds_card_number(text)
    assert hide_card_numbers(text) == text


@given(st.integers(0, 10**12 - 1))
def test_no_gtin_13_and_no_gtin_14_is_taken_for_a_card(number):
    body = f"{number:012d}"

    assert not holds_card_number(body + check_digit(body))
    assert not holds_card_number("3" + body + check_digit("3" + body))


def test_neither_hashes_nor_uuids_are_taken_for_cards():
    hashes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2000)]
    uuids = [str(uuid.UUID(hash[:32])) for hash in hashes]

    assert [code for code in hashes + uuids if holds_card_number(code)] == []


# --- In what callers send ---


@pytest.mark.django_db
@pytest.mark.parametrize(("fields", "param"), [
    ({"client_reference_id": VISA}, "client_reference_id"), ({"metadata": {"note": f"card {VISA}"}}, "metadata.note"),
    ({"metadata": {VISA: "x"}}, "a name in metadata"), ({"metadata": {"n": int(VISA)}}, "metadata.n"),
    ({"metadata": {"deep": [{"x": AMEX}]}}, "metadata.deep[0].x"), ({"line_items": [ITEM | {"title": f"Gift {VISA}"}]}, "line_items[0].title"),
    ({"success_url": f"https://shop.example/{VISA}"}, "success_url"),
])  # fmt: skip
def test_a_session_with_a_card_number_in_a_text_is_refused_and_nothing_is_kept(acme_api, fields, param):
    body = {"line_items": [ITEM], **URLS, **fields}

    response = acme_api.post("/v1/checkout/sessions", body, headers={"Idempotency-Key": "k"})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "card_number_in_text", param)
    assert not CheckoutSession.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert not {VISA, AMEX} & set(json.dumps(error).split())


@pytest.mark.django_db
def test_an_idempotency_key_is_no_place_for_a_card_number(acme_api):
    response = acme_api.post("/v1/products", {"sku": "A", "title": "Aspirin"}, headers={"Idempotency-Key": f"card-{VISA}"})

    assert response.json()["error"]["code"] == "card_number_in_text"
    assert not IdempotencyKey.objects.exists()
    assert not Product.objects.exists()


@pytest.mark.django_db
def test_codes_of_goods_are_let_through(acme_api):
    # A number that is a right GTIN-14 and has a card's check digit too would be refused in a title.
    response = acme_api.post("/v1/products", {"sku": VISA, "title": "Aspirin"})

    assert response.status_code == 201


@pytest.mark.django_db
def test_a_card_number_is_taken_where_it_is_meant(acme_api):
    card = {"number": SANDBOX, "exp_month": 12, "exp_year": 2030, "cvc": "123"}

    assert acme_api.post("/v1/card_tokens", card).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/sales/?q={}", "/admin/?q={}", "/v1/payments?cursor={}", "/nowhere/{}/", "/pay/{}/", "/sales/?q=4111+1111+1111+1111"],
)
def test_an_address_with_a_card_number_is_refused_before_anything_sees_it(client, address, caplog):
    response = client.get(address.format(VISA))

    assert response.status_code == 400
    assert "last four digits" in response.content.decode()
    assert VISA not in response.content.decode()


@pytest.mark.django_db
def test_a_form_with_a_card_number_is_refused_and_changes_nothing(signed_in, acme_owner, acme):
    answer = signed_in(acme_owner).post(reverse("portal:key_create"), {"name": f"Card {VISA}", "kind": "secret"})

    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()
    assert not acme.api_keys.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("offered", [VISA, "4111-1111-1111-1111", f"req_{VISA}", "sk_test_" + "a" * 38])
def test_a_request_id_that_holds_one_is_replaced(client, offered):
    answered = client.get("/healthz", headers={"X-Request-Id": offered}).headers["X-Request-Id"]

    assert answered != offered
    assert answered.startswith("req_")


# --- In logs ---

SECRETS = f"{VISA} sk_test_abcdefgh12345678 rk_live_abcdefgh12345678 whsec_abcdefgh12345678 ann.example+x@shop.example tok_0123456789abc.gAAAAABsealedsealed"
LEAKS = (VISA, "abcdefgh", "ann.example", "gAAAAAB")


def written(formatter: logging.Formatter) -> str:
    try:
        raise ValueError(SECRETS)
    except ValueError:
        import sys

        record = logging.LogRecord("any", logging.ERROR, __file__, 1, "saw %s", (SECRETS,), sys.exc_info())
    return formatter.format(record)


def test_neither_message_nor_traceback_tells_a_secret():
    text = written(RedactingFormatter("%(message)s"))

    assert [leak for leak in LEAKS if leak in text] == []
    for word in (
        "[card number]",
        "sk_test_[key]",
        "rk_live_[key]",
        "whsec_[key]",
        "[e-mail]",
        "tok_0123456789abc.[sealed]",
        "Traceback",
    ):
        assert word in text


def test_an_ordinary_line_stays_as_it_is():
    record = logging.LogRecord(
        "any", logging.INFO, __file__, 1, "cs_01m819fs5hv1crrsfx50jc0d61 took %s ms at 127.0.0.1:8000", (12,), None
    )

    assert RedactingFormatter("%(message)s").format(record) == "cs_01m819fs5hv1crrsfx50jc0d61 took 12 ms at 127.0.0.1:8000"


def test_every_handler_of_the_platform_redacts(settings):
    handlers = settings.LOGGING["handlers"]

    assert handlers
    for handler in handlers.values():
        assert settings.LOGGING["formatters"][handler["formatter"]]["()"] == "common.log_redaction.RedactingFormatter"
