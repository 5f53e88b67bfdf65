"""`GET /v1/account`: what a program asks when somebody has pasted a key into it."""

from __future__ import annotations

import pytest

from conftest import api_for
from merchants.models import ApiKey

pytestmark = pytest.mark.django_db


def test_a_key_learns_whose_it_is_and_in_which_mode(acme, acme_api, settings):
    acme.letter_hold_days = 14
    acme.save()
    key = ApiKey.objects.get(merchant=acme)

    assert acme_api.get("/v1/account").json() == {
        "id": acme.public_id, "name": "Acme", "mode": "test", "currency": "USD", "country": "US", "time_zone": "America/New_York",
        "minimum_charge_cents": 50, "letter_hold_days": 14, "dashboard_url": f"{settings.BASE_URL}/", "api_version": "2026-11-01",
        "key": {"id": key.public_id, "kind": "secret", "name": key.name, "last4": key.last4, "scopes": {}, "expires_at": None},
    }  # fmt: skip


def test_a_restricted_key_may_ask_whatever_it_grants_and_hears_what_it_does(acme):
    answer = api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"balance": "read"}).get("/v1/account")

    assert (answer.status_code, answer.json()["key"]["scopes"]) == (200, {"balance": "read"})


def test_a_publishable_key_may_not(acme):
    answer = api_for(acme, ApiKey.Kind.PUBLISHABLE).get("/v1/account")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "secret_key_required")
