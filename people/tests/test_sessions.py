"""How long a sign-in lasts, and ending it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from people import roles, sessions
from people.models import SignIn, User
from people.tasks import forget_old_sessions
from people.tests.factors import code_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def age(client: Client, **minutes: int) -> None:
    """Make the session as if it had begun, or been used, so many minutes earlier."""
    session = client.session
    for name, value in minutes.items():
        session[name] -= value * 60
    session.save()


@pytest.fixture
def staff_person(db):
    user = User.objects.create_user(username="sam", email="sam@platform.example", password=PASSWORD)
    roles.give_role(user=user, role=roles.SUPPORT)
    return user


@pytest.mark.parametrize(
    ("who", "minutes", "lasts"), [("owner", 29, True), ("owner", 31, False), ("staff", 14, True), ("staff", 16, False)]
)
def test_an_idle_session_ends_with_a_sentence_and_leads_back(signed_in, acme_owner, staff_person, who, minutes, lasts):
    client, path = (signed_in(acme_owner), "/sales/?status=open") if who == "owner" else (signed_in(staff_person), "/admin/")
    client.get(path)
    age(client, seen_at=minutes)

    answer = client.get(path)

    assert (answer.status_code == 200) is lasts
    if not lasts:
        assert answer["Location"].startswith("/accounts/login/?next=%2F")
        page = client.get(answer["Location"]).content.decode()
        assert f"nothing happened for {15 if who == 'staff' else 30} minutes" in page
        assert "Sign in to go on where you were" in page


def test_a_busy_session_ends_after_twelve_hours(signed_in, acme_owner):
    client = signed_in(acme_owner)
    client.get("/")
    age(client, signed_in_at=12 * 60 + 1)

    page = client.get("/", follow=True).content.decode()

    assert "12 hours had passed" in page


def test_use_keeps_a_session_alive_but_a_page_asking_by_itself_does_not(signed_in, acme_owner):
    client = signed_in(acme_owner)
    client.get("/")
    age(client, seen_at=20)
    client.get("/", headers={"Fsa-Background": "1"})
    age(client, seen_at=11)
    assert client.get("/").status_code == 302

    other = signed_in(acme_owner)
    other.get("/")
    age(other, seen_at=20)
    other.get("/")
    age(other, seen_at=11)
    assert other.get("/").status_code == 200


def test_a_form_that_comes_too_late_changes_nothing_and_leads_back_to_its_page(signed_in, acme_owner, acme):
    client = signed_in(acme_owner)
    client.get("/")
    age(client, seen_at=31)

    answer = client.post("/keys/create/", {"name": "Late", "kind": "secret"}, headers={"Referer": "http://testserver/keys/"})

    assert answer.status_code == 302
    assert "keys" in answer["Location"]
    assert acme.api_keys.count() == 0


def test_an_unsafe_referer_is_not_led_back_to(signed_in, acme_owner):
    client = signed_in(acme_owner)
    client.get("/")
    age(client, seen_at=31)

    assert "evil" not in client.post("/switch/", headers={"Referer": "https://evil.example/"})["Location"]


def test_the_key_of_a_session_changes_at_sign_in(acme_viewer):
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies["sessionid"] = planted = session.session_key

    client.post(reverse("account_login"), {"login": "acme_viewer", "password": PASSWORD})

    assert client.session.session_key != planted
    other = Client()
    other.cookies["sessionid"] = planted
    assert "_auth_user_id" not in other.session


def test_the_key_changes_when_a_second_factor_is_added_and_when_one_proves_oneself_again(acme_viewer, monkeypatch):
    monkeypatch.setattr("django.db.transaction.on_commit", lambda then, **kwargs: then())  # a test's transaction never commits
    client = Client()
    client.post(reverse("account_login"), {"login": "acme_viewer", "password": PASSWORD})
    keys = [client.session.session_key]
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    keys.append(client.session.session_key)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    keys.append(client.session.session_key)

    assert len(set(keys)) == 3
    client.get("/")
    assert SignIn.objects.get().session_key == keys[-1]
    for old in keys[:-1]:
        thief = Client()
        thief.cookies["sessionid"] = old
        assert thief.get("/").status_code == 302


def test_a_person_sees_where_they_are_signed_in_and_ends_one_or_all(signed_in, acme_owner, globex_owner):
    here, there, elsewhere, stranger = (signed_in(user) for user in (acme_owner, acme_owner, acme_owner, globex_owner))
    for client in (here, there, elsewhere, stranger):
        client.get("/", headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    page = here.get(reverse("own_sessions")).content.decode()
    assert page.count("Firefox on Windows") >= 3

    here.post(reverse("end_sessions"), {"sign_in": there.session[sessions.SIGN_IN]})
    assert [client.get("/").status_code for client in (here, there, elsewhere)] == [200, 302, 200]
    here.post(reverse("end_sessions"), {"sign_in": stranger.session[sessions.SIGN_IN]})
    here.post(reverse("end_sessions"))

    assert [client.get("/").status_code for client in (here, elsewhere, stranger)] == [200, 302, 200]


def test_a_new_password_ends_the_other_sessions(acme_owner, signed_in):
    here, there = signed_in(acme_owner), signed_in(acme_owner)
    here.get("/")
    there.get("/")

    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "a new sentence of mine", "password2": "a new sentence of mine"},
    )

    assert [client.get("/").status_code for client in (here, there)] == [200, 302]


def test_a_session_that_timed_out_is_not_listed(signed_in, acme_owner):
    client = signed_in(acme_owner)
    client.get("/")
    SignIn.objects.create(user=acme_owner, session_key="old", device="Old", seen_at=timezone.now() - timedelta(hours=1))

    assert [row.device for row in sessions.sign_ins_of(acme_owner)] == ["Unknown device"]


def test_signing_out_takes_the_row_away(signed_in, acme_owner):
    client = signed_in(acme_owner)
    client.get("/")
    client.post(reverse("account_logout"))

    assert not SignIn.objects.exists()


def test_what_is_over_for_a_day_is_forgotten(signed_in, acme_owner):
    client = signed_in(acme_owner)
    client.get("/")
    SignIn.objects.create(user=acme_owner, session_key="old", device="Old", seen_at=timezone.now() - timedelta(days=2))

    for _ in range(2):
        forget_old_sessions()

    assert SignIn.objects.get().device != "Old"
    assert client.get("/").status_code == 200
