"""Redis where one can do without it, and following what another process changed."""

from __future__ import annotations

import threading

import pytest
import redis

from common import following
from common.bell import bell_key, ring
from common.push import tell
from common.redis_spare import SpareRedis


@pytest.fixture
def gone(settings):
    """Redis does not answer."""
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    yield lambda: setattr(settings, "REDIS_URL", there)
    settings.REDIS_URL = there


def test_what_is_asked_is_answered_as_bytes_or_as_text():
    SpareRedis("lost").ask(lambda client: client.set("spare", "ä"))

    assert SpareRedis("lost").ask(lambda client: client.get("spare")) == "ä".encode()
    assert SpareRedis("lost", decode=True).ask(lambda client: client.get("spare")) == "ä"


def test_after_a_failure_nobody_asks_for_a_while_and_the_others_go_on(gone, caplog):
    spare, other, asked = SpareRedis("bells are silent"), SpareRedis("limits are off"), []

    assert spare.ask(lambda client: client.get("spare")) is None
    gone()
    assert spare.ask(lambda client: asked.append("too early")) is None

    assert (spare.is_silent, other.is_silent, asked) == (True, False, [])
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["bells are silent for 5 s"]
    spare.forgive()
    assert spare.ask(lambda client: 3) == 3


def test_what_the_action_itself_breaks_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        SpareRedis("lost").ask(lambda client: 1 / 0)


def test_many_rings_before_somebody_looks_are_one(settings):
    ring("tests")
    ring("tests")

    assert redis.from_url(settings.REDIS_URL).llen(bell_key("tests")) == 1


class Look:
    """Counts how often it is called."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count, self.error, self.called = 0, error, threading.Event()

    def __call__(self) -> None:
        self.count += 1
        self.called.set()
        if self.error is not None:
            raise self.error

    def more_than(self, count: int, meanwhile=lambda: None) -> bool:
        """Was it called so often by and by?"""
        for _ in range(300):
            self.called.clear()
            meanwhile()
            if self.count > count:
                return True
            self.called.wait(0.1)
        return False


@pytest.mark.django_db
def test_who_follows_looks_at_once_and_when_it_is_told():
    look = Look()

    over = following.follow(channel="tests:follow", look=look, pause_s=60)
    assert look.count >= 1
    heard = look.more_than(2, lambda: tell("tests:follow", 7))  # the second is the thread's own first look
    over.set()
    tell("tests:follow", 7)

    assert heard


@pytest.mark.django_db
def test_who_follows_looks_without_redis_too_and_survives_what_looking_raises(gone):
    look = Look(RuntimeError("nothing to be seen"))

    over = following.follow(channel="tests:alone", look=look, pause_s=0.05)
    went_on = look.more_than(3)
    over.set()

    assert went_on
