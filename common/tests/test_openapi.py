"""The API's description of itself: valid, true, and readable without the internet."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager

import pytest
import schemathesis
from django.apps import apps
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from common.scopes import across_merchants
from conftest import api_for

pytestmark = pytest.mark.django_db
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CHROMIUM = "/usr/bin/chromium"
IN_FRONT = "/v1/telemetry"  # answered before Django sees it, so not over WSGI: pos_monitor's tests send it what is described


@pytest.fixture
def described(client):
    return client.get("/v1/openapi.json").json()


def operations(described):
    return [(path, method, operation) for path, methods in described["paths"].items() for method, operation in methods.items()]


def test_the_description_is_valid_openapi(described):
    validate(described)

    assert described["info"]["version"] == settings.API_VERSIONS[-1]


def test_every_operation_has_a_name_of_its_own_a_summary_and_the_shape_of_its_refusals(described):
    names = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(names) == len(set(names)) >= 92
    for path, method, operation in operations(described):
        assert operation["summary"], path
        assert operation["responses"]["default"]["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/ErrorResponse"
        }
        assert operation.get("security") in (
            [{"secretKey": []}],
            [{"anyKey": []}],
            [{"keyOrCustomerToken": []}],
            [{"terminalToken": []}],
            [{"tillToken": []}, {"secretKey": []}],
        ) or path in {"/v1/card_tokens", "/v1/terminals/enrol"}, (path, method)


def test_every_schema_has_a_name_that_people_would_choose(described):
    names = set(described["components"]["schemas"])

    assert names >= {"CheckRequest", "SessionRequest", "LineItemRequest", "EligibilityStatusEnum", "WebhookEndpointStateEnum"}
    assert [name for name in names if "RequestRequest" in name or re.search(r"[0-9a-f]{3}Enum$", name)] == []


def test_bodies_are_json_or_a_file(described):
    kinds = {kind for _, _, operation in operations(described) for kind in operation.get("requestBody", {}).get("content", {})}

    assert "application/json" in kinds
    assert "*/*" not in kinds


def test_an_idempotency_key_is_described_wherever_something_is_made(described):
    heedless = {
        path
        for path, method, operation in operations(described)
        if method == "post" and "Idempotency-Key" not in {p["name"] for p in operation["parameters"]}
    }

    assert heedless == {
        "/v1/card_tokens", "/v1/terminals/{public_id}/card_tokens", "/v1/eligibility/check",  # a card's number is never kept with an answer; a check makes nothing
        "/v1/public/split",  # nor does a preview
        "/v1/telemetry", "/v1/terminal/commands/{command}/log", "/v1/terminal/token",  # a terminal's own numbers tell repeats
        "/v1/terminals/enrol", "/v1/terminals/{public_id}/enrolment_code",  # secrets are told once
        "/v1/terminals/{public_id}/revoke_token", "/v1/terminals/{public_id}/rotate_token",
    }  # fmt: skip
    assert not any(
        "Idempotency-Key" in {p["name"] for p in operation["parameters"]}
        for _, method, operation in operations(described)
        if method != "post"
    )


def test_nothing_internal_is_described(described):
    assert "A view of the API" not in str(described)
    assert not re.search(r"serializer|django|pk\b", str(described), re.IGNORECASE)


@pytest.mark.parametrize("path", ["/v1/docs/", "/v1/docs/?script=", "/v1/docs/errors/"])
def test_the_documentation_takes_nothing_from_elsewhere(client, path):
    page = client.get(path)

    text = page.content.decode()
    assert page.status_code == 200
    assert not re.search(r"""(?:src|href|url)\s*[=(:]\s*["']?(?:https?:)?//""", text)
    assert "'unsafe-eval'" not in page.headers["Content-Security-Policy"]
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag


def test_what_the_documentation_loads_is_there(client):
    text = client.get("/v1/docs/").content.decode()

    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(addresses) == 14  # six files, eight links
    for address in addresses:
        assert client.get(address.replace("&amp;", "&")).status_code in {200, 302}, address


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_documentation_shows_itself_under_its_security_policy(live_server, tmp_path):
    seen = subprocess.run(
        [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--enable-logging=stderr",
         "--window-size=1440,9000",  # of so many operations it draws those in sight
         "--virtual-time-budget=15000", "--dump-dom", f"{live_server.url}/v1/docs/"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert "Open a checkout session" in seen.stdout
    assert "Content Security Policy" not in seen.stderr


@contextmanager
def connection_stays_open():
    """As with Django's test client: the end of a request does not end the test's database transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize(("caller", "examples"), [("secret", 25), ("restricted", 8), ("publishable", 8), ("nobody", 8)])
def test_whatever_is_sent_the_api_answers_as_it_says(acme, acme_api, listed_gtin, caller, examples):
    """Requests of every kind, made from the description: none fails, and each answer has the described shape, whoever asks."""
    headers = headers_of(caller, acme, acme_api)
    ids = rows_of(acme_api, listed_gtin)

    with connection_stays_open():
        schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", get_wsgi_application()).exclude(path=IN_FRONT)
        for result in schema.get_all_operations():
            send_many(result.ok(), headers, ids, examples)


def headers_of(caller, acme, acme_api):
    """What this caller shows: the secret key, one that may do a little, a page's key, or nothing."""
    if caller == "nobody":
        return {}
    if caller == "secret":
        return {"Authorization": acme_api._credentials["HTTP_AUTHORIZATION"]}
    limits = {"scopes": {"payments": "read", "products": "write"}} if caller == "restricted" else {}
    return {"Authorization": api_for(acme, caller, **limits)._credentials["HTTP_AUTHORIZATION"]}


def rows_of(api, gtin):
    """A row behind each address that names one, so that not every answer is a 404."""
    item = {"title": "Ibuprofen", "gtin": gtin, "unit_price_cents": 899}
    urls = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}
    endpoint = api.post("/v1/webhook_endpoints", {"url": "https://hooks.example.com/in"}).json()["id"]
    delivery = api.post(f"/v1/webhook_endpoints/{endpoint}/test").json()
    with across_merchants("a test"):
        merchant = apps.get_model("merchants.Merchant").objects.get(name="Acme")
        customer = apps.get_model("rules.Customer").objects.create(kind="merchant", merchant=merchant)
    return {
        "customers": customer.public_id,
        "webhook_endpoints": endpoint,
        "webhook_deliveries": delivery["id"],
        "events": delivery["event"]["id"],
        "eligibility": api.post("/v1/eligibility/jobs", "title\nIbuprofen\n", content_type="text/csv").json()["id"],
        "products": api.post("/v1/products", {"sku": "IBU", "title": "Ibuprofen", "gtin": gtin}).json()["id"],
        "checkout": api.post("/v1/checkout/sessions", {"line_items": [item], **urls}).json()["id"],
    }


def send_many(operation, headers, ids, examples):
    known = ids.get(operation.path.split("/")[2])

    @budget(
        max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def send(case, is_known):
        case.headers.pop("Fsa-Version", None)
        if is_known and known and "public_id" in case.path_parameters:
            case.path_parameters["public_id"] = known
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()
