"""Signing in: password, second factor, and what keeps guessers out."""

from __future__ import annotations

import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from common.tasks import forget_cached
from people.lockout import unlock
from people.models import User
from people.tests.factors import code_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sign_in(client, login, password=PASSWORD, **headers):
    return client.post(reverse("account_login"), {"login": login, "password": password}, **headers)


def is_signed_in(client):
    return "_auth_user_id" in client.session


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
    return code_of(SECRET)


def test_a_wrong_code_counts_as_a_wrong_password_does_and_support_can_unlock(client, acme_owner):
    TOTP.activate(acme_owner, SECRET)
    sign_in(client, "acme_owner")
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    late = Client()
    assert sign_in(late, "acme_owner").status_code == 429
    unlock(account=acme_owner.public_id)

    assert sign_in(late, "acme_owner").status_code == 302
    assert late.post(reverse("mfa_authenticate"), {"code": right_code()}).status_code == 302
    assert is_signed_in(late)


def test_known_and_unknown_addresses_are_answered_alike(client, acme_owner):
    answers = []
    for login in ("owner@acme.example", "nobody@acme.example", "acme_owner", "acme_nobody"):
        html = sign_in(Client(), login, "wrong").content.decode()
        answers.append(html.replace(login, "").split('<form class="stack"')[0])

    assert len({answer.replace(" ", "") for answer in answers}) == 1


@pytest.mark.parametrize("host", ["testserver", "127.0.0.1:9999"])
def test_the_letter_for_a_forgotten_password_leads_to_us_whatever_host_was_asked(client, acme_owner, received, settings, host):
    client.post(reverse("account_reset_password"), {"email": "owner@acme.example"}, headers={"Host": host})

    (link,) = [word for word in received[0].body.split() if "/password/reset/key/" in word]
    assert link.startswith(f"{settings.BASE_URL}/accounts/password/reset/key/")
    assert client.get(link.removeprefix(settings.BASE_URL), follow=True).status_code == 200


def test_the_letter_for_a_forgotten_password_goes_to_the_persons_own_address(client, received):
    User.objects.create_user(username="sam", email="sam@example.com", password="a sentence of my own")

    client.post(reverse("account_reset_password"), {"email": "\u017fam@example.com"})

    assert [letter.to for letter in received] == [["sam@example.com"]]


def test_asking_much_without_a_sign_in_does_not_make_a_used_code_new_again(client):
    cache.set("allauth.mfa.totp.used?user=1&code=123456", "y", 60)

    for _ in range(400):
        cache.set(f"passkey:{uuid.uuid4().hex}", {}, 300)

    assert cache.get("allauth.mfa.totp.used?user=1&code=123456") == "y"


def test_what_the_cache_keeps_past_its_time_is_deleted():
    cache.set("allauth:rl:login:ip:203.0.113.7", [1.0], 60)
    cache.set("lasts", "y", 600)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE common_cache SET expires = now() - interval '1 second' WHERE cache_key LIKE %s", ["%203.0.113.7"])

    assert forget_cached() == 1
    assert cache.get("lasts") == "y"


def test_a_forgotten_password_is_answered_alike_and_only_who_exists_gets_a_letter(client, acme_owner, received):
    pages = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("OWNER@acme.example ", "nobody@acme.example")
    ]

    assert pages[0].redirect_chain == pages[1].redirect_chain
    assert [letter.to for letter in received] == [["owner@acme.example"]]


def test_a_new_password_by_letter_works_and_the_link_only_once(client, acme_owner, received):
    client.post(reverse("account_reset_password"), {"email": "owner@acme.example"})
    link = next(word for word in received[0].body.split() if "/password/reset/key/" in word)
    form = client.get(link, follow=True)

    client.post(form.request["PATH_INFO"], {"password1": "a new sentence of mine", "password2": "a new sentence of mine"})

    assert b"This link is over" in Client().get(link, follow=True).content
    sign_in(client, "acme_owner", "a new sentence of mine")
    assert is_signed_in(client)


def test_nothing_that_was_typed_is_written_down(client, acme_owner):
    secrets = ["owner@acme.example", "stranger@acme.example", "my dog is called rex"]
    sign_in(client, secrets[0], "wrong", HTTP_USER_AGENT="stranger@acme.example")
    sign_in(client, secrets[1] + "?" + secrets[2], "wrong", QUERY_STRING="who=stranger@acme.example")
    sign_in(client, secrets[2], "wrong")
    sign_in(client, secrets[0])
    Client().post(reverse("account_reset_password"), {"email": secrets[0]})

    written = everything_in("axes_accessattempt", "axes_accesslog", "axes_accessfailurelog", "people_signin")
    counters = everything_in("common_cache")  # for minutes, and under the caller's address
    sessions = [session.get_decoded() for session in Session.objects.all()]

    for secret in (*secrets, "owner@", "127.0.0.1"):
        assert secret not in written
        assert secret == "127.0.0.1" or secret not in counters
        assert secret not in str(sessions)
    assert acme_owner.public_id in written


def everything_in(*tables):
    with connection.cursor() as cursor:
        rows = []
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_the_owner_is_told_of_a_changed_password(acme_viewer, signed_in, received):
    new = "a first sentence of mine"
    signed_in(acme_viewer).post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert received[-1].to == ["viewer@acme.example"]
    assert "Your password was changed." in received[-1].body
    assert received[-1].alternatives
