"""API keys: what each kind may do, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.core import signing
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from merchants.keys.services import create_api_key, revoke_api_key
from merchants.models import ApiKey
from merchants.page_keys import SALT, page_key

pytestmark = pytest.mark.django_db
SECRET, PUBLISHABLE = ApiKey.Kind.SECRET, ApiKey.Kind.PUBLISHABLE
CARD = {"number": "9999 4900 0000 0007", "exp_month": 12, "exp_year": 2030, "cvc": "123"}


def get(key, path="/v1/balance"):
    return Client().get(path, headers={"Authorization": f"Bearer {key}"})


def make_token(key):
    return Client().post("/v1/card_tokens", CARD, content_type="application/json", headers={"Authorization": f"Bearer {key}"})


def outcome(response):
    return response.status_code, response.json().get("error", {}).get("code")


# --- At rest ---


@pytest.mark.parametrize("kind", [SECRET, PUBLISHABLE])
def test_no_row_of_the_database_holds_a_keys_text(acme, kind, tmp_path):
    key, text = create_api_key(merchant=acme, kind=kind, name="Web shop")

    call_command("dumpdata", output=tmp_path / "dump.json", verbosity=0)

    random_part = text.removeprefix(key.prefix)
    assert random_part not in (tmp_path / "dump.json").read_text()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM merchants_apikey k WHERE id = %s", [key.pk])
        row = cursor.fetchone()[0]
    assert random_part not in row
    assert (key.prefix, key.last4) == (text[:8], text[-4:])


def test_keys_are_long_random_and_never_alike(acme):
    texts = [create_api_key(merchant=acme, kind=SECRET)[1] for _ in range(50)]

    assert len(set(texts)) == 50
    assert all(text.startswith("sk_test_") and len(text) == 46 and text.replace("_", "").isalnum() for text in texts)


# --- What each kind opens ---


def test_a_secret_key_opens_what_is_its_merchants(acme, globex):
    _, key = create_api_key(merchant=acme, kind=SECRET)

    assert outcome(get(key)) == (200, None)
    assert make_token(key).status_code == 201


def test_a_publishable_key_makes_card_tokens_and_nothing_else(acme):
    _, key = create_api_key(merchant=acme, kind=PUBLISHABLE)

    assert make_token(key).status_code == 201
    for path in ("/v1/balance", "/v1/products", "/v1/payments", "/v1/events", "/v1/checkout/sessions/cs_1"):
        assert outcome(get(key, path)) == (403, "secret_key_required")


def test_the_key_of_a_hosted_page_makes_card_tokens_and_nothing_else(acme):
    key = page_key(acme, "cs_1")

    assert make_token(key).status_code == 201
    for path in ("/v1/balance", "/v1/products", "/v1/payments", "/v1/events", "/v1/checkout/sessions/cs_1"):
        assert outcome(get(key, path)) == (403, "secret_key_required")


def test_the_key_of_a_hosted_page_is_good_for_a_day(acme):
    with freeze_time(timezone.now() - timedelta(hours=23, minutes=59)):
        fresh = page_key(acme, "cs_1")
    with freeze_time(timezone.now() - timedelta(hours=24, minutes=1)):
        old = page_key(acme, "cs_1")

    assert make_token(fresh).status_code == 201
    assert outcome(make_token(old)) == (401, "api_key_invalid")


@pytest.mark.parametrize("forge", [
    lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
    lambda text: text.replace("pk_test_page.", "pk_test_page.x"),
    lambda text: "pk_test_page." + signing.dumps(["mer_1", "cs_1"], salt=SALT),
    lambda text: "pk_test_page." + signing.dumps("mer_1", salt=SALT),
    lambda text: "pk_test_page." + signing.dumps("mer_1", salt="another"),
])  # fmt: skip
def test_a_forged_page_key_is_refused(acme, forge):
    assert outcome(make_token(forge(page_key(acme, "cs_1")))) == (401, "api_key_invalid")


def test_a_card_token_belongs_to_the_merchant_of_its_key(acme, globex):
    make_token(create_api_key(merchant=globex, kind=PUBLISHABLE)[1])

    assert apps.get_model("checkout", "CardToken").objects.get().merchant == globex


# --- The end of a key ---


def test_a_revoked_key_is_refused_from_the_next_call_on(acme):
    key, text = create_api_key(merchant=acme, kind=SECRET)
    other = create_api_key(merchant=acme, kind=SECRET)[1]
    assert outcome(get(text)) == (200, None)

    revoke_api_key(key=key)

    assert outcome(get(text)) == (401, "api_key_invalid")
    assert outcome(get(other)) == (200, None)


def test_revoking_twice_keeps_the_first_moment(acme):
    key, _ = create_api_key(merchant=acme, kind=SECRET)
    with freeze_time("2026-11-01"):
        revoke_api_key(key=key)

    revoke_api_key(key=key)

    key.refresh_from_db()
    assert key.revoked_at.isoformat() == "2026-11-01T00:00:00+00:00"


def test_no_key_of_an_inactive_merchant_opens_anything(acme, globex):
    keys = [create_api_key(merchant=acme, kind=kind)[1] for kind in (SECRET, PUBLISHABLE)] + [page_key(acme, "cs_1")]
    other = create_api_key(merchant=globex, kind=SECRET)[1]
    acme.is_active = False
    acme.save()

    assert [outcome(make_token(key)) for key in keys] == [(401, "api_key_invalid")] * 3
    assert outcome(get(other)) == (200, None)


def test_the_refusal_of_a_key_does_not_repeat_it(acme):
    key, text = create_api_key(merchant=acme, kind=SECRET)
    revoke_api_key(key=key)

    assert text not in get(text).content.decode()


# --- When it was used ---


def test_use_is_noted_at_most_once_a_minute(acme):
    key, text = create_api_key(merchant=acme, kind=SECRET)
    seen = []

    for moment in ("12:00:00", "12:00:59", "12:01:01"):
        with freeze_time(f"2026-11-22 {moment}"):
            get(text)
        key.refresh_from_db()
        seen.append(f"{key.last_used_at:%H:%M:%S}")

    assert seen == ["12:00:00", "12:00:00", "12:01:01"]


def test_a_refused_call_is_no_use_of_the_key(acme):
    key, text = create_api_key(merchant=acme, kind=SECRET)
    revoke_api_key(key=key)

    get(text)

    key.refresh_from_db()
    assert key.last_used_at is None


@pytest.mark.parametrize("written", ["bearer {}", "BEARER {}", "Bearer  {}", "Bearer {} "])
def test_the_scheme_is_read_in_any_case_and_spaces_are_overlooked(acme, written):
    _, text = create_api_key(merchant=acme, kind=SECRET)

    assert Client().get("/v1/balance", headers={"Authorization": written.format(text)}).status_code == 200
