"""Tokens that nobody here knows, at the doors: they load no database, and keep nobody from coming in."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.db import connection

from common.scopes import across_merchants
from pos_monitor.estate import tokens
from pos_monitor.estate.tokens import TokenMap
from pos_monitor.receiving import strangers
from pos_monitor.tests.doors_client import SOON_S, post, stored_names, with_doors
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {"boot": 1, "seq": 1}


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def looks(monkeypatch):
    """Which tokens were looked up in the database."""
    asked: list[str] = []
    look_up = TokenMap.look_up

    def noted(self, token):
        asked.append(token)
        return look_up(self, token)

    monkeypatch.setattr(TokenMap, "look_up", noted)
    return asked


@pytest.fixture
def no_news(monkeypatch):
    """What is issued after the start is known to the database alone."""

    def once(self):
        self.refresh()
        return threading.Event()

    monkeypatch.setattr(TokenMap, "follow", once)


def guess(number):
    return f"trm_test_{number:038}"


async def issued(till):
    def issue():
        try:
            with across_merchants("a test issues a token"):
                return tokens.issue(terminal=till)
        finally:
            connection.close()

    return await asyncio.to_thread(issue)


def test_who_guesses_uses_up_what_one_address_may_look_up_and_nobody_elses(till, looks, no_news):
    async def scenario(doors):
        guessed = [await post(doors, BODY, guess(number), address="203.0.113.7") for number in range(60)]
        token = await issued(till)
        return guessed, await post(doors, BODY, token, address="198.51.100.7")

    guessed, taken = with_doors(scenario)

    told = {(answer.status_code, answer.json()["error"]["code"]) for answer in guessed}
    assert told == {(401, "terminal_token_invalid"), (503, "reports_not_now")}
    assert len(looks) < 20
    assert taken.status_code == 200
    assert stored_names() == [(till.pk, 1, 1)]


def test_a_good_token_from_where_others_guess_is_told_to_come_later(till, looks, no_news):
    async def scenario(doors):
        for number in range(60):
            await post(doors, BODY, guess(number))
        token = await issued(till)
        later = await post(doors, BODY, token)
        await asyncio.to_thread(doors.receiver.tokens.refresh)
        return later, await post(doors, BODY, token)

    later, taken = with_doors(scenario)

    assert (later.status_code, taken.status_code) == (503, 200)
    assert 2 <= int(later.headers["retry-after"]) <= 4


def test_what_was_looked_up_in_vain_is_refused_and_not_looked_up_again(till, looks):
    token = tokens.issue(terminal=till)
    tokens.revoke(terminal=till)

    async def scenario(doors):
        return {(await post(doors, BODY, token)).status_code for _ in range(30)}

    assert with_doors(scenario) == {401}
    assert looks == [token]


def test_what_is_no_token_of_a_terminal_is_not_looked_up(till, looks):
    async def scenario(doors):
        return [(await post(doors, BODY, one)).status_code for one in ("sk_test_x", "trm_live_x", "trm_test_" + "x" * 500)]

    assert with_doors(scenario) == [401] * 3
    assert looks == []


def test_who_is_known_waits_for_no_stranger(till, monkeypatch):
    token, over = tokens.issue(terminal=till), threading.Event()
    monkeypatch.setattr(TokenMap, "look_up", lambda self, token: over.wait(SOON_S * 4) and None)

    async def scenario(doors):
        waiting = [asyncio.create_task(post(doors, BODY, guess(number), address=f"203.0.113.{number}")) for number in range(15)]
        await asyncio.sleep(0)
        try:
            known = await asyncio.wait_for(post(doors, BODY, token), SOON_S)
            held = sum(not one.done() for one in waiting)
        finally:
            over.set()
        return known, held, [(await one).status_code for one in waiting]

    known, held, guessed = with_doors(scenario)

    assert (known.status_code, held) == (200, 15)
    assert guessed == [401] * 15


def test_many_addresses_together_look_up_no_more_than_the_database_bears(looks, monkeypatch):
    monkeypatch.setattr(strangers, "BURST", 3)
    monkeypatch.setattr(strangers, "LOOKS_PER_S", 1e-3)

    async def scenario(doors):
        return [(await post(doors, BODY, guess(number), address=f"203.0.113.{number}")).status_code for number in range(10)]

    assert with_doors(scenario) == [401] * 3 + [503] * 7
    assert len(looks) == 3


def test_what_is_remembered_of_strangers_is_bounded(monkeypatch):
    monkeypatch.setattr(strangers, "MOST_REFUSED", 5)
    monkeypatch.setattr(strangers, "MOST_ADDRESSES", 5)
    now = [0.0]

    async def scenario():
        few = strangers.Strangers(lambda token: None, lambda: now[0])
        for number in range(50):
            now[0] += 10
            assert await few.whose(guess(number), f"2001:db8:{number}::1") is None
        few.close()
        return len(few._refused), len(few._addresses)

    refused, addresses = asyncio.run(scenario())

    assert refused == 5
    assert addresses <= 6
