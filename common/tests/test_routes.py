"""Who may do what: one table of every address of the API, every method and every kind of key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from conftest import api_for

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")
CARD = {"number": "9999490000000007", "exp_month": 12, "exp_year": 2030, "cvc": "123"}

# Address, method: the status with no key, with acme's secret key (whose rows they are), with globex's, with acme's publishable key.
TABLE = {
    ("checkout/sessions", "post"): (401, 400, 400, 403),
    ("checkout/sessions/<str:public_id>", "get"): (401, 200, 404, 403),
    ("checkout/sessions/<str:public_id>/confirm", "post"): (401, 402, 404, 403),
    ("checkout/sessions/<str:public_id>/capture", "post"): (401, 409, 404, 403),
    ("checkout/sessions/<str:public_id>/expire", "post"): (401, 200, 404, 403),
    ("card_tokens", "post"): (401, 201, 201, 201),
    ("payments", "get"): (401, 200, 200, 403),
    ("payments/<str:public_id>", "get"): (401, 200, 404, 403),
    ("eligibility/check", "post"): (401, 400, 400, 403),
    ("products", "get"): (401, 200, 200, 403),
    ("products", "post"): (401, 400, 400, 403),
    ("products/<str:public_id>", "get"): (401, 200, 404, 403),
    ("products/<str:public_id>", "patch"): (401, 200, 404, 403),
    ("balance", "get"): (401, 200, 200, 403),
    ("balance/entries", "get"): (401, 200, 200, 403),
    ("events", "get"): (401, 200, 200, 403),
    ("events/<str:public_id>", "get"): (401, 200, 404, 403),
    ("webhook_endpoints", "get"): (401, 200, 200, 403),
    ("webhook_endpoints", "post"): (401, 400, 400, 403),
    ("webhook_endpoints/<str:public_id>", "get"): (401, 200, 404, 403),
    ("webhook_endpoints/<str:public_id>", "patch"): (401, 200, 404, 403),
    ("webhook_endpoints/<str:public_id>", "delete"): (401, 200, 404, 403),
    ("webhook_endpoints/<str:public_id>/rotate_secret", "post"): (401, 200, 404, 403),
    ("webhook_endpoints/<str:public_id>/test", "post"): (401, 201, 404, 403),
    ("webhook_endpoints/<str:public_id>/deliveries", "get"): (401, 200, 404, 403),
    ("webhook_endpoints/<str:public_id>/replay", "post"): (401, 400, 404, 403),
    ("webhook_deliveries/<str:public_id>/replay", "post"): (401, 200, 404, 403),
}
OPEN_TO_ALL = {"openapi.json", "docs/", "docs/errors/"}
ROUTES = sorted({route for route, _ in TABLE})


@pytest.fixture
def ids(acme, acme_api, listed_gtin) -> dict[str, str]:
    """One row of acme's behind every address that names one."""
    item = {"title": "Ibuprofen", "gtin": listed_gtin, "unit_price_cents": 899}
    urls = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}
    product = acme_api.post("/v1/products", {"sku": "IBU", "title": "Ibuprofen", "gtin": listed_gtin}).json()["id"]
    paid, still_open = (acme_api.post("/v1/checkout/sessions", {"line_items": [item], **urls}).json()["id"] for _ in range(2))
    card = acme_api.post("/v1/card_tokens", CARD).json()["id"]
    payment = acme_api.post(f"/v1/checkout/sessions/{paid}/confirm", {"card_token": card}).json()["payment"]["id"]
    endpoint = acme_api.post("/v1/webhook_endpoints", {"url": "https://hooks.example.com/in"}).json()["id"]
    delivery = acme_api.post(f"/v1/webhook_endpoints/{endpoint}/test").json()
    return {
        "checkout": still_open, "payments": payment, "products": product, "events": delivery["event"]["id"],
        "webhook_endpoints": endpoint, "webhook_deliveries": delivery["id"],
    }  # fmt: skip


@pytest.fixture
def callers(acme, acme_api, globex_api) -> list[APIClient]:
    nobody = APIClient(raise_request_exception=False)
    nobody.default_format = "json"
    return [nobody, acme_api, globex_api, api_for(acme, "publishable")]


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        else:
            yield address


def call(client: APIClient, route: str, method: str, ids: dict[str, str]) -> int:
    path = "/v1/" + route.replace("<str:public_id>", ids[route.split("/")[0]] if "<" in route else "")
    response = getattr(client, method)(path, CARD if (route, method) == ("card_tokens", "post") else {})
    if response.status_code >= 400:
        assert set(response.json()["error"]) >= {"type", "code", "message", "param", "doc_url", "request_id"}
    return response.status_code


def test_every_address_under_v1_stands_in_the_table():
    known = {address.removeprefix("v1/") for address in routes(get_resolver().url_patterns) if address.startswith("v1/")}

    assert known == set(ROUTES) | OPEN_TO_ALL


@pytest.mark.parametrize(("route", "method"), TABLE)
def test_each_caller_gets_what_the_table_says(callers, ids, route, method):
    # The owner comes last, so that what is refused to the others is still there to be done.
    order = (0, 2, 3, 1)

    statuses = {index: call(callers[index], route, method, ids) for index in order}

    assert tuple(statuses[index] for index in range(4)) == TABLE[route, method]


@pytest.mark.parametrize("route", ROUTES)
def test_every_other_method_is_refused_and_first_of_all_the_key_is_asked_for(callers, ids, route):
    for method in METHODS:
        if (route, method) not in TABLE:
            assert call(callers[0], route, method, ids) == 401
            assert call(callers[1], route, method, ids) == 405


@pytest.mark.parametrize("route", [route for route in ROUTES if "<" in route])
def test_an_id_that_is_not_and_an_id_of_another_merchant_are_refused_alike(callers, ids, route):
    method = next(name for address, name in TABLE if address == route)
    _, _, globex, _ = callers

    theirs = getattr(globex, method)("/v1/" + route.replace("<str:public_id>", ids[route.split("/")[0]]), {})
    nobodys = getattr(globex, method)("/v1/" + route.replace("<str:public_id>", "cs_0123456789"), {})

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json()["error"] | {"request_id": ""} == nobodys.json()["error"] | {"request_id": ""}


@pytest.mark.parametrize("route", sorted(OPEN_TO_ALL))
def test_the_documentation_is_open_to_all(client, route):
    assert client.get(f"/v1/{route}").status_code == 200
