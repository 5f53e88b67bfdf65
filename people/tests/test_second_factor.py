"""Who must have a second factor reaches nothing without one but the pages where it is set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as project
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from conftest import make_member
from people import roles
from people.models import User
from people.second_factor import OPEN_TO_ALL, SETTING_UP
from people.tests.factors import add_app, code_of, drop_factors

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SETUP_PAGE = "/accounts/2fa/"


def staff(role: str = roles.SUPPORT) -> User:
    user = User.objects.create_user(username=f"the_{role}", email=f"{role}@platform.example", password=PASSWORD)
    roles.give_role(user=user, role=role)
    return user


def by_password(user: User) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    return client


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """Every address of the platform with something in place of its parameters, and its name."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield "/" + address.replace("^", "").replace("$", ""), pattern.name


def filled(address: str) -> str:
    for mark, value in (
        ("<int:pk>", "1"),
        ("<path:object_id>", "1"),
        ("<str:public_id>", "xx_1"),
        ("<int:content_type_id>", "1"),
    ):
        address = address.replace(mark, value)
    return address.replace("\\Z", "")


GUARDED = sorted(
    {
        filled(address)
        for address, name in addresses(get_resolver().url_patterns)
        if name not in SETTING_UP
        and "(?P" not in address
        and "<" not in filled(address)
        and not filled(address).startswith(OPEN_TO_ALL)
    }
)


@pytest.mark.parametrize("kind", ["staff", "owner"])
def test_no_address_but_those_of_the_set_up_opens_without_a_factor(acme, kind):
    client = by_password(staff() if kind == "staff" else make_member(acme, "owner"))

    let_in = []
    for address in GUARDED:
        seen, sent = client.get(address), client.post(address, {})
        if not (seen.status_code == 302 and seen["Location"].startswith(SETUP_PAGE)) or sent.status_code != 403:
            let_in.append((address, seen.status_code, sent.status_code))

    assert len(GUARDED) > 100
    assert let_in == []


def test_the_admins_answers_for_programs_are_refused_as_well(db):
    answer = by_password(staff()).get("/admin/autocomplete/", headers={"Accept": "application/json"})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "second_factor_required"


@pytest.mark.parametrize(
    ("role", "is_led_away"), [("owner", True), ("admin", True), ("developer", False), ("accountant", False), ("viewer", False)]
)
def test_of_a_merchants_people_those_who_lead_it_must_have_one(acme, role, is_led_away):
    answer = by_password(make_member(acme, role)).get("/sales/")

    assert (answer.status_code == 302) is is_led_away


@pytest.mark.parametrize("role", roles.ROLES)
def test_every_staff_role_must_have_one(role):
    assert by_password(staff(role)).get("/").status_code == 302


def test_the_set_up_pages_and_the_way_out_open(acme_owner):
    client = by_password(acme_owner)

    for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "account_logout"):
        assert client.get(reverse(name)).status_code == 200, name
    assert b"Set up a second factor to go on" in client.get("/", follow=True).content


def test_setting_up_the_app_opens_the_page_that_was_asked_for(acme_owner):
    client = by_password(acme_owner)
    client.get("/sales/", follow=True)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret

    page = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True)

    assert "Recovery codes" in page.content.decode()
    assert Authenticator.objects.filter(user=acme_owner).count() == 2  # the app, and recovery codes
    assert client.get("/sales/").status_code == 200


def test_a_wrong_code_sets_nothing_up(acme_owner):
    client = by_password(acme_owner)
    client.get(reverse("mfa_activate_totp"))

    client.post(reverse("mfa_activate_totp"), {"code": "000000"})

    assert not Authenticator.objects.exists()
    assert client.get("/sales/").status_code == 302


def test_the_last_factor_stays_with_who_must_have_one(acme_owner, acme_viewer):
    for person, is_left in ((acme_owner, True), (acme_viewer, False)):
        secret = add_app(person)
        client = Client()
        client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

        client.post(reverse("mfa_deactivate_totp"))

        assert Authenticator.objects.filter(user=person, type="totp").exists() is is_left


def test_a_passkey_that_is_the_only_factor_is_not_removed(acme_owner):
    key = Authenticator.objects.create(user=acme_owner, type="webauthn", data={"name": "Laptop", "credential": {}})
    client = Client()
    client.force_login(acme_owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    page = client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert page.status_code == 302
    assert Authenticator.objects.filter(pk=key.pk).exists()

    add_app(acme_owner)
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert not Authenticator.objects.filter(pk=key.pk).exists()


def test_adding_another_factor_asks_for_the_password_again(acme_owner):
    add_app(acme_owner)
    client = Client()
    client.force_login(acme_owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = client.get(reverse("mfa_add_webauthn"))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_a_recovery_code_works_once(acme_owner):
    client = by_password(acme_owner)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    code = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True).context["unused_codes"][0]

    opened = []
    for _ in range(2):
        other = Client()
        other.post(reverse("account_login"), {"login": acme_owner.username, "password": PASSWORD})
        other.post(reverse("mfa_authenticate"), {"code": code})
        opened.append("_auth_user_id" in other.session)

    assert opened == [True, False]


def test_losing_ones_factor_while_signed_in_closes_the_pages_again(acme_owner, signed_in):
    client = signed_in(acme_owner)
    assert client.get("/").status_code == 200

    drop_factors(acme_owner)

    assert client.get("/").status_code == 302


def test_the_api_never_asks_the_session(acme_owner, acme_api):
    client = by_password(acme_owner)

    assert client.get("/v1/openapi.json").status_code == 200
    assert project.SESSION_COOKIE_NAME not in acme_api.get("/v1/balance").cookies


def test_allauths_table_of_addresses_stays_unused(acme_owner, signed_in):
    client = signed_in(acme_owner)

    assert client.get("/accounts/email/").status_code == 404
    assert client.post("/accounts/email/", {"email": "x@example.com", "action_add": ""}).status_code == 404
