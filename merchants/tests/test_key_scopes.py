"""A restricted key opens what it was given, and nothing else: asked of every address and method of the API."""

from __future__ import annotations

import itertools

import pytest
from rest_framework.test import APIClient

from common.api.resources import METHODS, READ, WRITE, api_routes, is_enough, needed_level, resources
from common.api.views import ApiView
from merchants.keys.services import create_api_key
from merchants.models import ApiKey

pytestmark = pytest.mark.django_db
CALLS = sorted(
    (address, method, view.resource, needed_level(view, method))
    for address, view in api_routes()
    for method in METHODS
    if hasattr(view, method) and not view.needs_no_scope
)
NAMES = [f"{method} {address}" for address, method, _, _ in CALLS]
OF_THE_KEY_ITSELF = ["v1/account"]  # whose it is and what it may do: every restricted key is told
GRANTS = [{name: level} for name in resources() for level in (READ, WRITE)]


@pytest.fixture
def restricted(acme):
    def make(scopes):
        _, text = create_api_key(merchant=acme, kind=ApiKey.Kind.RESTRICTED, scopes=scopes)
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        client.default_format = "json"
        return client

    return make


def call(client, address, method):
    path = "/" + "".join(part.partition(">")[2] if ">" in part else part for part in address.replace("<", "\0<").split("\0"))
    return getattr(client, method)(
        path.replace("//", "/x/") + ("x" if path.endswith("/") else ""), {} if method != "get" else None
    )


def test_every_address_that_asks_for_a_key_says_what_it_is_about():
    undeclared = [address for address, view in api_routes() if not (issubclass(view, ApiView) and view.resource)]

    assert undeclared == OF_THE_KEY_ITSELF
    assert [address for address, view in api_routes() if view.needs_no_scope] == OF_THE_KEY_ITSELF
    assert len(CALLS) >= 16


@pytest.mark.parametrize(("address", "method", "resource", "level"), CALLS, ids=NAMES)
def test_a_key_that_grants_everything_else_is_refused_and_told_what_is_missing(restricted, address, method, resource, level):
    everything_else = {name: WRITE for name in resources() if name != resource}

    response = call(restricted(everything_else), address, method)

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["required_scope"]) == (403, "key_scope_missing", f"{resource}: {level}")
    assert f"{resource}: {level}" in error["message"]


@pytest.mark.parametrize(("address", "method", "resource", "level"), [row for row in CALLS if row[3] == WRITE],
                         ids=[name for name, row in zip(NAMES, CALLS, strict=True) if row[3] == WRITE])  # fmt: skip
def test_a_key_that_may_only_look_changes_nothing(restricted, address, method, resource, level):
    response = call(restricted({resource: READ}), address, method)

    assert (response.status_code, response.json()["error"]["code"]) == (403, "key_scope_missing")


@pytest.mark.parametrize(("address", "method", "resource", "level"), CALLS, ids=NAMES)
def test_the_permission_that_is_asked_for_is_enough(restricted, address, method, resource, level):
    response = call(restricted({resource: level}), address, method)

    assert response.status_code not in {401, 403}


def test_every_key_of_one_permission_opens_just_what_it_should(restricted):
    wrong = []
    for grant in GRANTS:
        client, (name, level) = restricted(grant), next(iter(grant.items()))
        for address, method, resource, needed in CALLS:
            is_granted = resource == name and is_enough(level, needed)
            if (call(client, address, method).status_code == 403) is is_granted:
                wrong.append((grant, method, address))

    assert wrong == []


@pytest.mark.parametrize(("granted", "needed"), list(itertools.product([None, READ, WRITE], [READ, WRITE])))
def test_write_includes_read_and_nothing_includes_write(granted, needed):
    assert is_enough(granted, needed) is ((granted, needed) in {(READ, READ), (WRITE, READ), (WRITE, WRITE)})


def test_a_view_that_declares_nothing_is_closed_to_restricted_keys(restricted, monkeypatch):
    from merchants.api.views import EventList

    client = restricted({"events": WRITE})
    monkeypatch.setattr(EventList, "resource", "")

    assert client.get("/v1/events").json()["error"]["code"] == "key_scope_missing"


def test_the_description_tells_the_permission_of_each_operation(client):
    described = client.get("/v1/openapi.json").json()["paths"]

    told = {
        (path.strip("/"), method): operation.get("x-required-scope")
        for path, methods in described.items()
        for method, operation in methods.items()
        if not {"secretKey", "anyKey"}.isdisjoint(name for way in operation.get("security", []) for name in way)
    }

    assert len(told) >= len(CALLS) - 5
    assert [path for (path, _), scope in told.items() if scope is None] == OF_THE_KEY_ITSELF
    assert told["v1/payments", "get"] == "payments: read"
    assert told["v1/eligibility/check", "post"] == "eligibility: read"
    assert told["v1/card_tokens", "post"] == "card_tokens: write"
