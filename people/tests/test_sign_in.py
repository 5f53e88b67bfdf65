"""Signing in: password, second factor, and what keeps guessers out."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sign_in(client, login, password=PASSWORD, **headers):
    return client.post(reverse("account_login"), {"login": login, "password": password}, **headers)


def is_signed_in(client):
    return client.get(reverse("portal:home")).status_code == 200


@pytest.mark.parametrize("login", ["acme_owner", "owner@acme.example"])
def test_a_password_opens_the_portal(client, acme_owner, login):
    sign_in(client, login)

    assert is_signed_in(client)


def test_a_wrong_password_does_not(client, acme_owner):
    sign_in(client, "acme_owner", "wrong")

    assert not is_signed_in(client)


def test_nobody_makes_an_account_for_themselves(client, db):
    page = client.post(reverse("account_signup"), {"email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD})

    assert page.status_code in {200, 404}
    assert not is_signed_in(client)


def test_with_a_second_factor_the_password_alone_is_not_enough_and_the_right_code_is(client, acme_owner):
    TOTP.activate(acme_owner, SECRET)

    sign_in(client, "acme_owner")
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": right_code()})

    assert is_signed_in(client)


def test_the_second_factors_secret_is_sealed_in_the_database(acme_owner):
    TOTP.activate(acme_owner, SECRET)

    assert SECRET not in str(Authenticator.objects.get().data)


def test_codes_cannot_be_guessed_by_the_dozen(client, acme_owner):
    TOTP.activate(acme_owner, SECRET)
    sign_in(client, "acme_owner")

    for _ in range(12):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client.post(reverse("mfa_authenticate"), {"code": right_code()})

    assert not is_signed_in(client)


def test_a_guesser_is_locked_out_whatever_name_address_or_header_is_used(acme_owner):
    names = ["acme_owner", "ACME_OWNER", "owner@acme.example", " acme_owner "]
    for number in range(10):
        sign_in(Client(), names[number % 4], "wrong", REMOTE_ADDR=f"10.0.0.{number}", HTTP_X_FORWARDED_FOR=f"9.9.9.{number}")

    late = Client()
    answer = sign_in(late, "owner@acme.example", REMOTE_ADDR="10.0.0.99")

    assert answer.status_code == 429
    assert not is_signed_in(late)


def test_a_name_of_ten_thousand_characters_is_only_wrong(client, db):
    assert sign_in(client, "x" * 10_000).status_code == 200


def right_code():
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(SECRET, counter))
