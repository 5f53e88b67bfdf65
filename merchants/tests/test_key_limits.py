"""From where, until when and in which mode a key opens anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from merchants.errors import KeyLimitInvalid, KeyNotActive
from merchants.keys import limits
from merchants.keys.services import OVERLAPS, change_api_key, create_api_key, revoke_api_key, roll_api_key
from merchants.keys.text import KEY_PATTERN, check_sum, is_mistyped
from merchants.models import ApiKey
from merchants.page_keys import page_key
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db
SECRET, PUBLISHABLE, RESTRICTED = ApiKey.Kind.SECRET, ApiKey.Kind.PUBLISHABLE, ApiKey.Kind.RESTRICTED
CARD = {"number": "9999490000000007", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
SHOP = "https://shop.example"


def get(key, path="/v1/balance", address="203.0.113.7", **headers):
    return Client(REMOTE_ADDR=address).get(path, headers={"Authorization": f"Bearer {key}", **headers})


def make_token(key, **headers):
    bearer = {"Authorization": f"Bearer {key}", **headers}
    return Client().post("/v1/card_tokens", CARD, content_type="application/json", headers=bearer)


def outcome(response):
    return response.status_code, response.json().get("error", {}).get("code")


# --- How a key is written ---


@pytest.mark.parametrize(("kind", "prefix"), [(SECRET, "sk_test_"), (PUBLISHABLE, "pk_test_"), (RESTRICTED, "rk_test_")])
def test_a_key_tells_its_kind_and_mode_and_ends_with_its_check_sum(acme, kind, prefix):
    key, text = create_api_key(merchant=acme, kind=kind, scopes={"balance": "read"} if kind == RESTRICTED else None)

    assert text.startswith(prefix)
    assert KEY_PATTERN.fullmatch(text)
    assert text[-6:] == check_sum(text[:-6])
    assert key.prefix == prefix


def test_a_mistyped_key_is_refused_without_a_look_up(acme, django_assert_num_queries):
    _, text = create_api_key(merchant=acme, kind=SECRET)
    wrong = text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:]

    with django_assert_num_queries(0):
        assert outcome(get(wrong)) == (401, "api_key_invalid")
    assert (is_mistyped(wrong), is_mistyped(text), is_mistyped("sk_test_" + "a" * 32)) == (True, False, False)


# --- Modes ---


@pytest.mark.parametrize("key", ["sk_live_" + "a" * 38, "rk_live_" + "a" * 38, "pk_live_" + "a" * 38, "pk_live_page.x"])
def test_a_live_key_in_the_sandbox_is_told_that_it_is_one(acme, key):
    response = get(key)

    assert outcome(response) == (401, "api_key_wrong_mode")
    assert "sandbox" in response.json()["error"]["message"]


def test_production_makes_live_keys_and_tells_test_keys_what_they_are(acme, settings):
    _, test_key = create_api_key(merchant=acme, kind=SECRET)
    settings.IS_SANDBOX = False

    key, live_key = create_api_key(merchant=acme, kind=SECRET)

    assert (key.prefix, outcome(get(live_key))) == ("sk_live_", (200, None))
    assert outcome(get(test_key)) == (401, "api_key_wrong_mode")
    assert page_key(acme, "cs_1").startswith("pk_live_page.")


# --- Rolling ---


@pytest.mark.parametrize("overlap", ["hour", "day", "week"])
def test_a_rolled_key_works_until_its_overlap_is_over(acme, overlap):
    start = timezone.now()
    key, old = create_api_key(merchant=acme, kind=SECRET, name="Shop", allowed_networks=["203.0.113.0/24"])

    with freeze_time(start):
        successor, new = roll_api_key(key=key, overlap=OVERLAPS[overlap])

    with freeze_time(start + OVERLAPS[overlap] - timedelta(seconds=1)):
        assert [outcome(get(text)) for text in (old, new)] == [(200, None)] * 2
    with freeze_time(start + OVERLAPS[overlap]):
        assert [outcome(get(text)) for text in (old, new)] == [(401, "api_key_expired"), (200, None)]
    key.refresh_from_db()
    assert key.rolled_to == successor
    assert (successor.name, successor.allowed_networks) == ("Shop", ["203.0.113.0/24"])


def test_rolling_without_an_overlap_ends_the_old_key_at_once(acme):
    key, old = create_api_key(merchant=acme, kind=SECRET)

    _, new = roll_api_key(key=key, overlap=OVERLAPS["now"])

    assert [outcome(get(text)) for text in (old, new)] == [(401, "api_key_expired"), (200, None)]


def test_rolling_again_never_lengthens_the_life_of_the_old_key(acme):
    key, _ = create_api_key(merchant=acme, kind=SECRET)
    roll_api_key(key=key, overlap=OVERLAPS["hour"])
    key.refresh_from_db()
    ends = key.expires_at

    roll_api_key(key=key, overlap=OVERLAPS["week"])

    key.refresh_from_db()
    assert key.expires_at == ends


@pytest.mark.parametrize("end", ["revoke", "expire"])
def test_a_key_that_is_over_is_neither_rolled_nor_changed(acme, end):
    key, _ = create_api_key(merchant=acme, kind=SECRET, name="Shop")
    revoke_api_key(key=key) if end == "revoke" else roll_api_key(key=key, overlap=OVERLAPS["now"])
    count = ApiKey.objects.count()

    with pytest.raises(KeyNotActive):
        roll_api_key(key=key, overlap=OVERLAPS["day"])
    with pytest.raises(KeyNotActive):
        change_api_key(key=key, name="Till", scopes={}, allowed_networks=[], allowed_origins=[])

    key.refresh_from_db()
    assert (ApiKey.objects.count(), key.name) == (count, "Shop")


# --- Addresses ---


@pytest.mark.parametrize(("address", "expected"), [
    ("203.0.113.7", 200), ("203.0.113.8", 403), ("198.51.100.200", 200), ("198.51.101.1", 403), ("::ffff:203.0.113.7", 200),
    ("2001:db8:7::1", 200), ("2001:db8:8::1", 403), ("", 403), ("unix", 403),
])  # fmt: skip
def test_a_key_for_some_networks_opens_nothing_from_others(acme, address, expected):
    allowed = ["203.0.113.7", "198.51.100.0/24", "2001:db8:7::/48"]
    _, text = create_api_key(merchant=acme, kind=SECRET, allowed_networks=allowed)

    response = get(text, address=address)

    assert response.status_code == expected
    if expected == 403:
        assert response.json()["error"]["code"] == "address_not_allowed"
        assert ApiKey.objects.get().last_used_at is None


def test_what_a_caller_says_of_its_own_address_is_not_believed(acme):
    _, text = create_api_key(merchant=acme, kind=SECRET, allowed_networks=["203.0.113.7"])

    told = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7"}

    assert outcome(get(text, address="192.0.2.1", **told)) == (403, "address_not_allowed")


@pytest.mark.parametrize(("address", "kept"), [
    ("203.0.113.77", "203.0.113.0/24"), ("2001:db8:7:8::9", "2001:db8:7::/48"), ("::ffff:203.0.113.77", "203.0.113.0/24"), ("", ""),
])  # fmt: skip
def test_the_last_use_is_kept_with_the_neighbourhood_alone(acme, address, kept):
    key, text = create_api_key(merchant=acme, kind=SECRET)

    get(text, address=address)

    key.refresh_from_db()
    assert (key.last_used_from, key.last_used_at is not None) == (kept, True)


@pytest.mark.parametrize("entry", ["203.0.113", "shop.example", "0.0.0.0/0", "::/0", "203.0.113.0/33", "203.0.113.7:80"])
def test_what_is_no_network_is_refused(entry):
    with pytest.raises(KeyLimitInvalid, match=entry.split("/")[0].replace(".", r"\.")):
        limits.networks([entry])


def test_networks_are_kept_in_one_form_each_once():
    assert limits.networks(["203.0.113.9/24", " 203.0.113.0/24", "2001:DB8::1", ""]) == ["2001:db8::1/128", "203.0.113.0/24"]


# --- Sites ---


@pytest.mark.parametrize(("headers", "expected"), [
    ({"Origin": SHOP}, 201), ({"Origin": "https://evil.example"}, 403), ({"Origin": "https://shop.example.evil.example"}, 403),
    ({"Origin": "http://shop.example"}, 403), ({"Origin": "null"}, 403), ({}, 403),
])  # fmt: skip
def test_a_publishable_key_for_some_sites_works_on_these_alone(acme, headers, expected):
    _, text = create_api_key(merchant=acme, kind=PUBLISHABLE, allowed_origins=[SHOP])

    response = make_token(text, **headers)

    assert response.status_code == expected
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    if expected == 403:
        assert response.json()["error"]["code"] == "origin_not_allowed"


def test_a_publishable_key_without_a_list_works_anywhere(acme):
    _, text = create_api_key(merchant=acme, kind=PUBLISHABLE)

    assert [make_token(text, **headers).status_code for headers in ({}, {"Origin": "https://any.example"})] == [201, 201]


def test_a_pages_key_works_in_the_card_frame_and_on_no_other_site(acme, settings):
    key = page_key(acme, "cs_1")

    assert make_token(key, Origin=settings.CARD_FRAME_ORIGIN).status_code == 201
    assert outcome(make_token(key, Origin="https://evil.example")) == (403, "origin_not_allowed")


@pytest.mark.parametrize("written", [
    "shop.example", "http://shop.example", "https://shop.example/cart", "https://*.example", "https://a@shop.example",
    "https://shop.example?x=1", "javascript:alert(1)", "https://shop.example; script-src *", "https://shop example", "https://",
])  # fmt: skip
def test_what_is_no_origin_is_refused(written):
    with pytest.raises(KeyLimitInvalid):
        limits.origins([written])


def test_origins_are_kept_as_browsers_send_them():
    written = ["HTTPS://Shop.Example/", "https://shop.example:443", "https://shop.example:8443", "http://localhost:3000"]

    assert limits.origins(written) == ["http://localhost:3000", SHOP, f"{SHOP}:8443"]


# --- Browsers ask first ---


def test_a_browser_may_ask_before_it_sends_a_publishable_key(client):
    asks = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    response = client.options("/v1/card_tokens", headers=asks)

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "POST"
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("path", ["/v1/balance", "/v1/checkout/sessions", "/v1/payments"])
def test_no_page_reads_what_a_servers_key_opens(acme_api, path):
    asked = acme_api.options(path, headers={"Origin": SHOP, "Access-Control-Request-Method": "GET"})
    answered = acme_api.get(path, headers={"Origin": SHOP})

    assert not [name for response in (asked, answered) for name in response.headers if name.startswith("Access-Control")]


# --- Keys in addresses ---


@pytest.mark.parametrize("query", ["?key={}", "?api_key={}", "?q=a%20{}", "?{}", "?a=1&token={}#x"])
@pytest.mark.parametrize("path", ["/v1/balance", "/sales/", "/v1/nowhere"])
def test_a_key_in_an_address_is_refused_with_a_sentence(client, acme, path, query):
    _, text = create_api_key(merchant=acme, kind=SECRET)

    response = client.get(path + query.format(text), headers={"Authorization": f"Bearer {text}"})

    assert response.status_code == 400
    assert "Authorization header" in response.content.decode()
    assert text not in response.content.decode()


# --- What a key may be cut to ---


@pytest.mark.parametrize(("kind", "fields"), [
    (RESTRICTED, {}), (RESTRICTED, {"scopes": {"nothing": "read"}}), (RESTRICTED, {"scopes": {"balance": "all"}}),
    (SECRET, {"scopes": {"balance": "read"}}), (SECRET, {"allowed_origins": [SHOP]}), (PUBLISHABLE, {"allowed_networks": ["203.0.113.7"]}),
])  # fmt: skip
def test_a_limit_that_makes_no_sense_makes_no_key(acme, kind, fields):
    with pytest.raises(KeyLimitInvalid):
        create_api_key(merchant=acme, kind=kind, **fields)

    assert not ApiKey.objects.exists()


def test_each_change_is_in_the_audit_trail_without_the_key(acme, acme_owner, django_capture_on_commit_callbacks):
    key, text = create_api_key(merchant=acme, kind=RESTRICTED, scopes={"balance": "read"}, created_by=acme_owner)

    change_api_key(key=key, name="Books", scopes={"balance": "read", "payments": "read"}, allowed_networks=[], allowed_origins=[])
    roll_api_key(key=key, overlap=OVERLAPS["day"])
    revoke_api_key(key=key)

    ends = {"api_key.created", "api_key.changed", "api_key.rolled", "api_key.revoked"}
    assert {entry.action for entry in AuditEntry.objects.all()} >= ends
    assert text not in str([vars(entry) for entry in AuditEntry.objects.all()])
