"""Strings that break queries, headers, parsers and paths: at every door they are refused or mean nothing, and never a failure of ours."""

from __future__ import annotations

import gzip
import json
import logging
import re

import pytest
from django.contrib import admin
from django.test import Client

from checkout.models import CheckoutSession, Payment
from fsa_platform.tests.access.callers import browser_of, server_with
from fsa_platform.tests.access.samples import make_samples
from fsa_platform.tests.access.table import TABLE
from merchants.models import Merchant

pytestmark = pytest.mark.django_db

INJECTIONS = [
    "' OR 1=1--", "1; DROP TABLE merchants_merchant--", "') UNION SELECT digest FROM merchants_apikey--", "%' OR '1'='1", "\\", "%s%s%n",
    "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "\u202e\u0000", "a" * 5000, "💥" * 300,
    "-1", "99999999999999999999999999", "1e999", "NaN", "[]", "{}", "null", "\r\nSet-Cookie: a=b", "%0d%0aSet-Cookie:%20a=b",
]  # fmt: skip
PARAMETERS = ("q", "cursor", "limit", "status", "from", "to", "o", "p", "e", "all", "_popup", "_to_field", "merchant__id__exact",
              "ordering", "search", "next", "card", "merchant", "created", "state", "days", "format")  # fmt: skip


@pytest.fixture
def samples(acme):
    logging.disable(logging.ERROR)
    yield make_samples(acme)
    logging.disable(logging.NOTSET)


def told_nothing(response) -> bool:
    """No failure of ours, no stack, no word of the database."""
    body = b"" if response.streaming else response.content
    return response.status_code < 500 and not re.search(rb"Traceback|psycopg|ProgrammingError|syntax error at", body)


@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_no_parameter_of_a_list_reaches_the_database_as_sql(text, acme, globex, samples):
    owner, secret = browser_of("owner", acme, globex), server_with("secret", acme, globex, samples.session)
    pages = [row.address for row in TABLE if row.method == "get" and "<" not in row.address and "(" not in row.address]
    query = dict.fromkeys(PARAMETERS, text)

    for address in pages:
        if not address.startswith("admin/"):
            client = secret if address.startswith("v1/") else owner
            response = client.get(f"/{address}", query)
            assert told_nothing(response), (address, text)
            assert not response.has_header("Set-Cookie") or "a=b" not in str(response.cookies)
    assert Merchant.objects.count() == 2


@pytest.mark.parametrize("text", INJECTIONS[:8], ids=range(8))
def test_no_search_filter_or_order_of_the_admin_does(text, acme, globex, samples):
    superuser = browser_of("superuser", acme, globex)

    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for query in ({"q": text}, {"o": text, "p": text}, {"merchant__id__exact": text}, {"state": text, "created": text}):
            assert told_nothing(superuser.get(address, query)), (address, query)


@pytest.mark.parametrize(
    "text", ["../x", "..%2f..%2fetc%2fpasswd", "%00", "x'--", "a" * 3000, "%F0%9F%92%A5", "%0d%0aX-Evil:%201", "pay_%25s"]
)
def test_an_id_is_an_id_or_nothing(text, acme, globex, samples):
    owner, secret = browser_of("owner", acme, globex), server_with("secret", acme, globex, samples.session)

    for row in TABLE:
        if "<str:public_id>" in row.address and not row.address.startswith("admin/"):
            client = secret if row.address.startswith("v1/") else owner
            response = getattr(client, row.method)("/" + row.address.replace("<str:public_id>", text), row.body)
            assert response.status_code in {301, 302, 400, 402, 403, 404, 405}, (row, text, response.status_code)
            assert not response.has_header("X-Evil")


DEEP = "[" * 100_000 + "]" * 100_000
BODIES = {
    "deep": DEEP, "deep in a field": '{"metadata": ' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}",
    "huge number": '{"unit_price_cents": ' + "9" * 4_000 + "}", "exponent": '{"line_items": [{"unit_price_cents": 1e400}]}',
    "not a number": '{"a": NaN}', "surrogate": '{"title": "\\ud800", "sku": "\\udfff", "client_reference_id": "\\ud83d"}',
    "nul": '{"title": "a\\u0000b", "sku": "\\u0000"}', "wrong kind": "[1, 2, 3]", "text": '"x"', "null": "null", "empty": "",
    "half": '{"a": ', "latin": b'{"title": "\xe9"}', "utf-16": '{"title": "x"}'.encode("utf-16"), "bom": b'\xef\xbb\xbf{"title": "x"}',
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_no_body_makes_the_api_fail(name, acme, globex, samples):
    secret = server_with("secret", acme, globex, samples.session)
    before = CheckoutSession.objects.count(), Payment.objects.count()
    data = BODIES[name] if isinstance(BODIES[name], bytes) else BODIES[name].encode()

    for row in TABLE:
        if "secret" in row.who and row.method in {"post", "patch"}:
            response = secret.generic(row.method.upper(), samples.path(row.address), data, content_type="application/json")
            assert response.status_code < 500, (row, response.content[:300])
    assert CheckoutSession.objects.count() == before[0]
    assert Payment.objects.count() == before[1]


STRANGE_TEXTS = ["\ud800", "\x00", "\x1b[31m", "\u202e", "a\r\nBcc: x@y.example", "é" * 50_000]


@pytest.mark.parametrize("text", STRANGE_TEXTS, ids=range(len(STRANGE_TEXTS)))
def test_strange_text_in_each_field_is_refused_or_mended(text, acme_api, listed_gtin):
    item = {"title": "Ibuprofen", "gtin": listed_gtin, "unit_price_cents": 899, "quantity": 1}
    whole = {"line_items": [item], "success_url": "https://s.example/a", "cancel_url": "https://s.example/b"}
    bodies = [
        {**whole, name: text} for name in ("success_url", "cancel_url", "client_reference_id", "capture_method", "currency")
    ]
    bodies += [
        {**whole, "line_items": [{**item, name: text}]} for name in ("title", "brand", "sku", "gtin", "category", "description")
    ]
    bodies += [{**whole, "metadata": {"k": text}}, {**whole, "metadata": {text: "v"}}]

    for body in bodies:
        response = acme_api.generic("POST", "/v1/checkout/sessions", json.dumps(body).encode(), content_type="application/json")
        assert response.status_code in {201, 400}, (body, response.content[:300])


def test_a_compressed_body_is_not_unpacked(acme_api):
    bomb = gzip.compress(b'{"items": [' + b" " * 50_000_000 + b"]}")

    response = acme_api.generic(
        "POST", "/v1/eligibility/check", bomb, content_type="application/json", HTTP_CONTENT_ENCODING="gzip"
    )

    assert response.status_code in {400, 415}


# --- Headers


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_is_the_one_of_the_request_line(header, acme, globex, samples):
    secret = server_with("secret", acme, globex, samples.session)
    address = f"/v1/webhook_endpoints/{samples.values['v1/webhook_endpoints/']}"

    assert secret.get(address, headers={header: "DELETE"}).status_code == 200
    assert secret.get(address).status_code == 200
    assert secret.post("/v1/balance?_method=GET", {"_method": "GET"}, headers={header: "GET"}).status_code == 405


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil.example:80", "[::1]:x"]
)
@pytest.mark.parametrize(
    "address", ["/", "/accounts/login/", "/accounts/password/reset/", "/pay/cs_x/", "/v1/balance", "/admin/", "/healthz"]
)
def test_a_host_that_is_not_ours_is_refused_or_ignored(host, address, client):
    client.raise_request_exception = False
    response = client.get(address, headers={"Host": host}, HTTP_HOST=host)

    assert response.status_code in {200, 302, 400, 401, 404}
    assert b"evil.example" not in response.content
    assert "evil.example" not in response.get("Location", "")


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Host", "Forwarded", "X-Forwarded-Prefix", "X-Forwarded-Scheme"],
)
@pytest.mark.parametrize("address", ["/accounts/login/", "/test-cards/", "/v1/docs/errors/", "/v1/openapi.json"])
def test_a_header_that_a_cache_does_not_see_changes_no_page(header, address, client):
    plain, poisoned = client.get(address), client.get(address, headers={header: "evil.example/admin/"})

    assert poisoned.status_code == plain.status_code
    assert b"evil.example" not in poisoned.content
    assert "evil.example" not in str(poisoned.headers)


@pytest.mark.parametrize("address", ["/", "/sales/", "/balance/", "/keys/", "/products/"])
def test_pages_of_somebody_are_kept_by_no_cache(address, acme, globex, samples):
    owner = browser_of("owner", acme, globex)

    kept = owner.get(address).get("Cache-Control", "")

    assert "no-store" in kept or "private" in kept


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "/%09/evil.example",
        "http://testserver@evil.example/",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(target, acme, globex, acme_owner):
    signing_in = Client()
    signed = browser_of("owner", acme, globex)

    responses = [
        signing_in.post(f"/accounts/login/?next={target}", {"login": "acme_owner", "password": "correct horse battery", "next": target}),
        signed.get("/accounts/login/", {"next": target}), signed.get("/admin/login/", {"next": target}),
        signed.post("/switch/", {"merchant": acme.public_id, "next": target}), signed.post(f"/accounts/logout/?next={target}", {"next": target}),
    ]  # fmt: skip

    for response in responses:
        where = response.get("Location", "")
        assert not where or (where.startswith("/") and not re.match(r"/[/\\\t]", where)), where


@pytest.mark.parametrize("value", ["req\r\nX-Evil: 1", "a b", "<script>", "x" * 65, "short"])
def test_an_offered_request_id_that_is_malformed_comes_back_as_one_of_ours(value, client):
    response = client.get("/healthz", headers={"X-Request-Id": value})

    assert response["X-Request-Id"].startswith("req_")
    assert not response.has_header("X-Evil")


# --- Forms


def test_every_page_that_changes_something_asks_for_its_csrf_token(acme, globex, samples):
    """Somebody who may do it is refused without the token of the page. The hosted page's door has a token of its own, and the API no session."""
    browsers = {role: browser_of(role, acme, globex) for role in ("owner", "superuser", "bank")}
    tried = 0

    # A payment link's button opens a session for whoever presses it, knows nobody, and comes from pages without a referrer.
    doors = [row for row in TABLE if row.method != "get" and not row.address.startswith(("v1/", "l/"))]
    for row in samples.reachable(doors):
        may = [role for role in browsers if row.who[role] not in {403, 404} and not str(row.who[role]).startswith("→")]
        if may:
            browsers[may[0]].handler.enforce_csrf_checks = True
            assert getattr(browsers[may[0]], row.method)(samples.path(row.address), row.body).status_code == 403, row
            tried += 1
    assert tried > 20
