"""The API keys page: made, limited, rolled, revoked; by whom; and what it never shows twice."""

from __future__ import annotations

import pytest
from django.urls import reverse

from common.api.resources import resources
from conftest import make_member
from merchants.keys.services import OVERLAPS, create_api_key, revoke_api_key, roll_api_key
from merchants.models import ApiKey

pytestmark = pytest.mark.django_db
CREATE, LIST, EMBEDDING = reverse("portal:key_create"), reverse("portal:keys"), reverse("portal:embedding")
SHOP = "https://shop.example"


@pytest.fixture
def key(acme):
    return create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Shop server")[0]


def page_of(key, name="portal:key"):
    return reverse(name, args=[key.public_id])


@pytest.mark.parametrize(("kind", "fields", "kept"), [
    ("secret", {"networks": "203.0.113.7\r\n2001:db8::/48", "origins": SHOP, "grant.balance": "read"},
     {"allowed_networks": ["2001:db8::/48", "203.0.113.7/32"]}),
    ("restricted", {"grant.balance": "read", "grant.payments": "", "networks": "203.0.113.7"},
     {"scopes": {"balance": "read"}, "allowed_networks": ["203.0.113.7/32"]}),
    ("publishable", {"origins": f"{SHOP}\nhttps://www.shop.example", "networks": "nonsense"},
     {"allowed_origins": [SHOP, "https://www.shop.example"]}),
])  # fmt: skip
def test_a_key_is_made_with_the_limits_of_its_kind_and_shown_once(signed_in, acme, acme_owner, kind, fields, kept):
    page = signed_in(acme_owner).post(CREATE, {"name": "Till", "kind": kind, **fields})

    made = ApiKey.objects.get()
    limits = {"scopes": {}, "allowed_networks": [], "allowed_origins": []} | kept
    assert {name: getattr(made, name) for name in limits} == limits
    assert (made.kind, made.name, made.created_by) == (kind, "Till", acme_owner)
    text = page.context["new_key"]["secret"]
    assert text in page.content.decode()
    assert text not in signed_in(acme_owner).get(LIST).content.decode()
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("fields", [
    {"name": ""}, {"name": "x" * 61}, {"kind": "restricted"}, {"networks": "nonsense"}, {"kind": "publishable", "origins": "nonsense"},
    {"kind": "restricted", "grant.nothing": "read"}, {"kind": "restricted", "grant.balance": "all"},
])  # fmt: skip
def test_a_mistake_is_told_beside_the_form_which_keeps_what_was_typed(signed_in, acme_owner, fields):
    page = signed_in(acme_owner).post(CREATE, {"name": "Till", "kind": "secret", **fields})

    assert page.status_code == 400
    assert not ApiKey.objects.exists()
    assert page.context["errors"]
    assert all(page.context[field] == fields[field] for field in ("name", "networks", "origins", "kind") if field in fields)


def test_the_table_of_permissions_knows_every_resource_of_the_api(signed_in, acme_owner):
    offered = {choice.name for choice in signed_in(acme_owner).get(CREATE).context["choices"]}

    assert offered == set(resources())


def test_a_key_gets_another_name_and_other_limits(signed_in, acme_owner, key):
    answer = signed_in(acme_owner).post(page_of(key), {"name": "Till", "networks": "203.0.113.0/24"})

    key.refresh_from_db()
    assert (answer.status_code, key.name, key.allowed_networks) == (302, "Till", ["203.0.113.0/24"])


def test_a_wrong_limit_changes_nothing(signed_in, acme_owner, key):
    answer = signed_in(acme_owner).post(page_of(key), {"name": "Till", "networks": "0.0.0.0/0"})

    key.refresh_from_db()
    assert (answer.status_code, key.name, key.allowed_networks) == (400, "Shop server", [])
    assert "every address there is" in answer.content.decode()


def test_rolling_shows_the_successor_once_and_the_old_key_as_being_replaced(signed_in, acme_owner, key, client):
    page = signed_in(acme_owner).post(page_of(key, "portal:key_roll"), {"overlap": "day"})

    text = page.context["new_key"]["secret"]
    assert client.get("/v1/balance", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    html = signed_in(acme_owner).get(LIST).content.decode()
    assert "Being replaced" in html
    assert text not in html
    assert text[-4:] in signed_in(acme_owner).get(page_of(key)).content.decode()


def test_rolling_asks_how_long(signed_in, acme_owner, key):
    signed_in(acme_owner).post(page_of(key, "portal:key_roll"), {"overlap": "year"})

    key.refresh_from_db()
    assert (ApiKey.objects.count(), key.expires_at) == (1, None)


def test_keys_that_are_over_stay_in_sight_without_forms(signed_in, acme, acme_owner, key):
    rolled, _ = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Old shop")
    roll_api_key(key=rolled, overlap=OVERLAPS["now"])
    revoke_api_key(key=key)

    html = signed_in(acme_owner).get(LIST).content.decode()

    assert "Revoked" in html
    assert "Expired" in html
    for over in (key, rolled):
        page = signed_in(acme_owner).get(page_of(over)).content.decode()
        assert "Roll key" not in page
        assert 'name="networks"' not in page
    answer = signed_in(acme_owner).post(page_of(key), {"name": "Till"})
    key.refresh_from_db()
    assert (answer.status_code, key.name) == (400, "Shop server")


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("developer", 200), ("accountant", 403), ("viewer", 403)]
)
def test_only_roles_that_may_reach_the_forms(signed_in, acme, key, role, status):
    person = signed_in(make_member(acme, role))

    assert person.get(CREATE).status_code == status
    assert person.get(page_of(key)).status_code == status
    if status == 403:
        for address, fields in (
            (CREATE, {"name": "x", "kind": "secret"}),
            (page_of(key), {"name": "x"}),
            (page_of(key, "portal:key_roll"), {"overlap": "now"}),
        ):
            assert person.post(address, fields).status_code == 403
        key.refresh_from_db()
        assert (ApiKey.objects.count(), key.name, key.expires_at) == (1, "Shop server", None)


def test_another_merchants_key_is_not_there(signed_in, globex_owner, key):
    person = signed_in(globex_owner)

    assert person.get(page_of(key)).status_code == 404
    assert person.post(page_of(key), {"name": "x"}).status_code == 404
    assert person.post(page_of(key, "portal:key_roll"), {"overlap": "now"}).status_code == 404
    key.refresh_from_db()
    assert (key.name, key.expires_at) == ("Shop server", None)


# --- Sites that may frame the payment page ---


def test_a_site_that_is_named_may_frame_the_payment_page(signed_in, acme, acme_owner):
    signed_in(acme_owner).post(EMBEDDING, {"origins": f"{SHOP}\nhttps://www.shop.example/"})

    acme.refresh_from_db()
    assert acme.embed_origins == [SHOP, "https://www.shop.example"]


@pytest.mark.parametrize(
    "origins", ["*", "https://*.example", "http://shop.example", "shop.example", "'self'", "https://a.example;script-src"]
)
def test_what_is_no_site_changes_nothing(signed_in, acme, acme_owner, origins):
    answer = signed_in(acme_owner).post(EMBEDDING, {"origins": origins})

    acme.refresh_from_db()
    assert (answer.status_code, acme.embed_origins) == (400, [])
    assert answer.context["errors"]["origins"]


@pytest.mark.parametrize(("role", "status"), [("developer", 403), ("viewer", 403), ("admin", 302)])
def test_leaders_alone_name_sites(signed_in, acme, role, status):
    assert signed_in(make_member(acme, role)).post(EMBEDDING, {"origins": SHOP}).status_code == status
    acme.refresh_from_db()
    assert acme.embed_origins == ([SHOP] if status == 302 else [])


def test_a_misspelt_kind_makes_no_key(signed_in, acme_owner):
    page = signed_in(acme_owner).post(CREATE, {"name": "Till", "kind": "restrcted", "grant.balance": "read"})

    assert page.status_code == 400
    assert not ApiKey.objects.exists()
