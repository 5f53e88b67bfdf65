"""/ws/fleet/: who gets in, and who may stay."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.contrib.sessions.backends.db import SessionStore

from people.models import User
from people.roles import CURATOR, give_role
from people.sessions import SEEN, STARTED, end_sign_ins
from pos_monitor.live import hub
from pos_monitor.live.protocol import NOT_ALLOWED, SIGNED_OUT
from pos_monitor.tests.fleet_browser import Browser, Engine, aside, play, session_of
from pos_monitor.tests.screens.seats import FINE, past, refused, seated

pytestmark = pytest.mark.django_db(transaction=True)


def test_nobody_gets_in_without_a_session():
    for key in ("", "not-a-session", "x" * 400):
        assert play(lambda key=key: refused(Browser(key)))[0] == SIGNED_OUT


def test_another_sites_page_gets_no_answer(key):
    for origin in ("https://elsewhere.example", ""):
        assert not play(lambda origin=origin: Browser(key, origin=origin).open())


def test_a_role_that_does_not_show_tills_is_refused(db):
    curator = User.objects.create_user(username="cora", email="cora@platform.example", is_staff=True)
    give_role(user=curator, role=CURATOR)

    key = session_of(curator)

    assert play(lambda: refused(Browser(key)))[0] == NOT_ALLOWED


def test_a_merchants_owner_is_refused(acme_owner):
    key = session_of(acme_owner)

    assert play(lambda: refused(Browser(key)))[0] == NOT_ALLOWED


def test_staff_without_a_second_factor_are_refused(sam):
    key = session_of(sam, has_factor=False)

    assert play(lambda: refused(Browser(key))) == (NOT_ALLOWED, "Set up a second factor first.")


def test_a_session_that_timed_out_is_refused_and_a_wall_goes_on(key, settings):
    past(key, SEEN, settings.SESSION_IDLE_STAFF_MINUTES * 60 + 5)

    assert play(lambda: refused(Browser(key)))[0] == SIGNED_OUT

    async def wall() -> dict:
        browser = Browser(key, wall=True)
        await browser.open()
        return await browser.kind("hello")

    hello = play(wall)
    assert hello["idle_s"] == 0
    assert hello["until_ms"] > time.time() * 1000


def test_even_a_wall_ends_with_the_longest_session(key, settings):
    past(key, STARTED, settings.SESSION_LONGEST_HOURS * 3600 + 5)

    assert play(lambda: refused(Browser(key, wall=True)))[0] == SIGNED_OUT


def end_session(user: User, key: str) -> None:
    end_sign_ins(user=user)


def take_role(user: User, key: str) -> None:
    user.groups.clear()


def leave_house(user: User, key: str) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def new_password(user: User, key: str) -> None:
    user.set_password("another horse battery")
    user.save()


@pytest.mark.parametrize(
    ("deed", "code"), [(end_session, SIGNED_OUT), (take_role, NOT_ALLOWED), (leave_house, SIGNED_OUT), (new_password, SIGNED_OUT)]
)
def test_who_may_no_longer_look_is_shown_nothing_more(sam, key, tills, deed: Callable[[User, str], None], code: int):
    async def scene() -> tuple[int, int]:
        browser = await seated(key, Engine(), dict.fromkeys(tills, FINE))
        await aside(lambda: deed(sam, key))
        end = await browser.until(lambda message: "closed" in message)
        return end["closed"], len(hub.hub().viewers)

    assert play(scene) == (code, 0)


def test_who_touches_the_page_stays_signed_in_and_who_only_looks_does_not(key):
    past(key, SEEN, 300)
    before = SessionStore(key)[SEEN]

    async def look() -> None:
        browser = Browser(key)
        await browser.open()
        await browser.look()
        await browser.kind("counts")

    async def touch() -> None:
        browser = Browser(key)
        await browser.open()
        await browser.kind("hello")
        await browser.say(type="here")
        await browser.say(type="ping", at=1.0)
        await browser.kind("pong")

    play(look)
    assert SessionStore(key)[SEEN] == before
    play(touch)
    assert SessionStore(key)[SEEN] > before + 200
