"""Every refusal has one shape, whoever refuses, and tells nothing that is ours alone."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import contextmanager

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils.module_loading import import_string
from rest_framework.test import APIClient

from common.api import rate_limit
from common.tests.broken_urls import SECRET

pytestmark = pytest.mark.django_db
KEYS = {"type", "code", "message", "param", "doc_url", "request_id"}
CHECK = "/v1/eligibility/check"


@pytest.fixture(autouse=True)
def _limits_are_on():
    rate_limit._redis.forgive()


def assert_error(response, status, code, type="invalid_request_error"):
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("application/json")
    error = json.loads(response.content)["error"]
    assert set(error) >= KEYS
    assert (error["code"], error["type"]) == (code, type)
    assert error["message"].strip()
    assert error["doc_url"] == f"{settings.BASE_URL}/v1/docs/errors/#{code}"
    assert error["request_id"] == response.headers["X-Request-Id"]
    assert response.headers["Fsa-Version"] == "2026-11-01"
    return error


def key_of(api):
    return api._credentials["HTTP_AUTHORIZATION"]


# --- Addresses and methods ---


@pytest.mark.parametrize(
    "path",
    ["/v1/", "/v1/nothing", "/v1/products/", "/v1/checkout/sessions/cs_1/nothing", "/v1/%00", "/v1/%ff%fe", "/v1/" + "x" * 5000],
)
def test_an_unknown_address(acme_api, path):
    assert_error(acme_api.get(path), 404, "not_found", "not_found_error")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/products/%00",
        "/v1/products/prod_%00x",
        "/v1/payments/%00",
        "/v1/checkout/sessions/a%00b",
        "/v1/products/%ff",
        "/v1/products/" + "x" * 5000,
    ],
)
def test_an_id_that_nothing_can_have(acme_api, path):
    assert_error(acme_api.get(path), 404, "not_found", "not_found_error")


@pytest.mark.parametrize(
    ("method", "path"),
    [("delete", "/v1/products"), ("put", "/v1/payments"), ("get", CHECK), ("post", "/v1/events"), ("patch", "/v1/balance")],
)
def test_a_method_that_the_address_does_not_know(acme_api, method, path):
    response = getattr(acme_api, method)(path, {})

    assert_error(response, 405, "method_not_allowed")
    assert response.headers["Allow"]


def test_an_unknown_host(acme_api):
    response = acme_api.get("/v1/products", HTTP_HOST="evil.example")

    assert_error(response, 400, "request_malformed")


def test_a_query_that_nothing_can_match(acme_api):
    assert_error(acme_api.get("/v1/products?cursor=%00"), 400, "request_malformed")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/pay/%00/", 404),
        ("/receipts/%00/", 404),
        ("/card-frame/%00/", 404),
        ("/sales/?q=%00", 400),
        ("/pay/cs_1/?x=%00", 400),
    ],
)
def test_a_page_whose_address_nothing_can_have_is_a_page(path, status):
    response = Client(raise_request_exception=False).get(path)

    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.headers["X-Request-Id"]


# --- Bodies ---


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"nothing", b"{'items': []}", b'{"items": [],}', b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}',
        b"[" * 100_000, b'{"a":' * 100_000, b'{"a": "\xff\xfe"}', b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"),
        b'{"a": ' + b"9" * 10_000 + b"}", b"\x00", b"items=1",
    ],
    ids=range(15),
)  # fmt: skip
def test_a_body_that_is_no_json(acme_api, body):
    assert_error(acme_api.post(CHECK, body, content_type="application/json"), 400, "json_invalid")


@pytest.mark.parametrize("body", ["[]", "null", "1", '"items"', "true", "[[]]"])
def test_a_body_that_is_no_object(acme_api, body):
    error = assert_error(acme_api.post(CHECK, body, content_type="application/json"), 400, "parameter_invalid")

    assert error["param"] is None


@pytest.mark.parametrize("path", [CHECK, "/v1/products", "/v1/checkout/sessions"])
def test_no_body_at_all(acme_api, path):
    error = assert_error(acme_api.generic("POST", path), 400, "parameter_invalid")

    assert error["param"] in {"items", "sku", "line_items"}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/octet-stream", "", "nonsense", "application/json; charset=latin-1"]
)
def test_json_is_read_whatever_its_declared_type(acme_api, content_type):
    error = assert_error(acme_api.generic("POST", CHECK, b'{"items": []}', content_type=content_type), 400, "parameter_invalid")

    assert error["param"] == "items"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_form_is_refused(acme_api, headers):
    assert_error(acme_api.post("/v1/products", {"sku": "1"}, format="multipart", headers=headers), 400, "json_invalid")


@pytest.mark.parametrize(
    ("items", "param"),
    [
        ([{"title": "a"}, {"title": ""}], "items[1].title"),
        ([{"title": "a"}, {"title": "b"}, {"title": "c", "gtin": "123"}], "items[2].gtin"),
        ([{"title": ["a"]}], "items[0].title"),
        ([{"title": {"a": 1}}], "items[0].title"),
        ([{"title": True}], "items[0].title"),
        ([{"title": None}], "items[0].title"),
        ([{}], "items[0].title"),
        ([5], "items[0]"),
        ([{"title": "a", "price_cents": "12"}], "items[0].price_cents"),
        ([{"title": "a", "price_cents": 12.5}], "items[0].price_cents"),
        ([{"title": "a", "price_cents": True}], "items[0].price_cents"),
        ([{"title": "a", "price_cents": -1}], "items[0].price_cents"),
        ([{"title": "a", "price_cents": 10**30}], "items[0].price_cents"),
        ([{"title": "a", "price_cents": []}], "items[0].price_cents"),
    ],
)
def test_param_names_the_field_of_an_item_by_its_path(acme_api, items, param):
    *_, last = acme_api.post(CHECK, {"items": items}).json()["data"]

    assert (last["error"]["code"], last["error"]["param"]) == ("parameter_invalid", param)


@pytest.mark.parametrize("items", [[], {}, "x"])
def test_param_names_the_field_that_is_wrong_as_a_whole(acme_api, items):
    assert assert_error(acme_api.post(CHECK, {"items": items}), 400, "parameter_invalid")["param"] == "items"


def test_a_body_that_announces_more_than_the_limit(acme_api):
    assert_error(asgi_post(acme_api, CHECK, content=b" " * 2_000_001), 413, "body_too_large")


def test_a_body_that_grows_beyond_the_limit_unannounced(acme_api):
    async def chunks():
        for _ in range(30):
            yield b" " * 100_000

    assert_error(asgi_post(acme_api, CHECK, content=chunks()), 413, "body_too_large")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "k"])
def test_a_chunked_body_is_read(acme_api, listed_gtin, key):
    body = json.dumps({"sku": "IBU", "title": "Ibuprofen", "gtin": listed_gtin}).encode()

    async def chunks():
        yield body[:10]
        yield body[10:]

    response = asgi_post(acme_api, "/v1/products", content=chunks(), headers={"Idempotency-Key": key} if key else {})

    assert (response.status_code, response.json()["sku"]) == (201, "IBU")


def asgi_post(api, path, *, content, headers=None):
    """Send through the door that production uses."""

    async def send():
        transport = httpx.ASGITransport(app=import_string(settings.ASGI_APPLICATION))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.post(path, content=content, headers={"Authorization": key_of(api), **(headers or {})})

    return asyncio.run(send())


# --- Keys ---


@pytest.mark.parametrize("written", [None, "", "Bearer", "Bearer ", "Basic c2s6", "sk_test_1"])
def test_no_key(client, written):
    response = client.get("/v1/products", headers={"Authorization": written} if written is not None else {})

    assert_error(response, 401, "api_key_missing", "authentication_error")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("written", ["sk_test_1", "pk_test_page.x", "pk_test_page.", "x" * 10_000, "sk_test_1 2", "schlüssel"])
def test_an_unknown_key(client, written):
    response = client.get("/v1/products", HTTP_AUTHORIZATION=f"Bearer {written}")

    assert_error(response, 401, "api_key_invalid", "authentication_error")


# --- Limits ---


def test_above_the_rate_a_call_is_told_how_long_to_wait(acme_api, globex_api, settings):
    settings.API_RATE_PER_S, settings.API_BURST = 0.1, 2
    statuses = [acme_api.get("/v1/balance").status_code for _ in range(2)]

    refused = acme_api.get("/v1/balance")

    assert statuses == [200, 200]
    assert_error(refused, 429, "rate_limited", "rate_limit_error")
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert globex_api.get("/v1/balance").status_code == 200


def test_keys_cannot_be_guessed_by_the_thousand(client, acme_api, settings):
    settings.API_RATE_PER_S, settings.API_BURST = 0.1, 2
    guesses = [client.get("/v1/balance", headers={"Authorization": f"Bearer sk_test_{n}"}) for n in range(3)]

    assert [guess.status_code for guess in guesses] == [401, 401, 429]
    assert_error(guesses[2], 429, "rate_limited", "rate_limit_error")
    assert acme_api.get("/v1/balance").status_code == 200


def test_without_redis_nobody_is_limited(acme_api, settings):
    settings.API_RATE_PER_S, settings.API_BURST = 0.1, 1
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    assert [acme_api.get("/v1/balance").status_code for _ in range(3)] == [200, 200, 200]


# --- Failures of ours ---


@contextmanager
def database_away():
    """Nobody answers at the database's address."""
    known = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict.update(HOST="/nowhere", PORT="1")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(HOST=known[0], PORT=known[1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "path"), [("get", "/v1/products"), ("post", CHECK), ("post", "/v1/checkout/sessions")])
def test_without_the_database_a_call_is_told_to_come_back(acme_api, method, path):
    with database_away():
        refused = getattr(acme_api, method)(path, {})

    error = assert_error(refused, 503, "temporarily_unavailable", "api_error")
    assert int(refused.headers["Retry-After"]) >= 1
    assert "nowhere" not in error["message"]
    assert acme_api.get("/v1/products").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_cuts_is_a_failure_that_passes(acme_api):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()

    refused = acme_api.get("/v1/products")
    connection.close()

    assert_error(refused, 503, "temporarily_unavailable", "api_error")


@pytest.mark.urls("common.tests.broken_urls")
@pytest.mark.parametrize("name", ["unexpected", "our_fault", "outside"])
def test_a_failure_of_ours_tells_nothing_of_it(name, caplog):
    response = APIClient(raise_request_exception=False).get(f"/v1/{name}")

    error = assert_error(response, 500, "internal_error", "api_error")
    assert SECRET not in response.content.decode()
    assert "Traceback" not in response.content.decode()
    assert error["message"].endswith("request id.")
    assert SECRET in caplog.text


@pytest.mark.urls("common.tests.broken_urls")
@pytest.mark.parametrize(
    ("name", "status", "code", "type"),
    [("denied", 403, "permission_denied", "permission_error"), ("suspicious", 400, "request_malformed", "invalid_request_error")],
)
def test_a_refusal_of_djangos_own_has_our_shape(name, status, code, type):
    response = APIClient(raise_request_exception=False).get(f"/v1/{name}")

    assert_error(response, status, code, type)
    assert SECRET not in response.content.decode()


# --- Request ids and versions ---


@pytest.mark.parametrize("given", ["my-request_01", "a" * 64, "12345678"])
def test_a_callers_own_request_id_is_echoed(acme_api, given):
    assert acme_api.get("/v1/balance", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "with space", "semi;colon", "ümläutümläut", "<script>alert(1)</script>"]
)
def test_an_unfit_request_id_is_replaced(acme_api, given):
    response = acme_api.get("/v1/balance", HTTP_X_REQUEST_ID=given)

    assert re.fullmatch(r"req_[0-9a-z]{26}", response.headers["X-Request-Id"])


def test_each_request_has_an_id_of_its_own(acme_api):
    assert acme_api.get("/v1/balance").headers["X-Request-Id"] != acme_api.get("/v1/balance").headers["X-Request-Id"]


@pytest.mark.parametrize("version", ["2025-01-01", "latest", "", "2026-11-01 ", "x" * 1000])
def test_an_unknown_version_is_refused(acme_api, version):
    response = acme_api.get("/v1/balance", HTTP_FSA_VERSION=version)

    assert assert_error(response, 400, "version_unknown")["param"] == "Fsa-Version"


def test_the_known_version_is_served_and_named(acme_api):
    response = acme_api.get("/v1/balance", headers={"Fsa-Version": "2026-11-01"})

    assert (response.status_code, response.headers["Fsa-Version"]) == (200, "2026-11-01")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_page_for_people_that_is_not_there_is_a_page():
    response = Client(raise_request_exception=False).get("/nothing")

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
