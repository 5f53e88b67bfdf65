"""An engine that lags behind: of one terminal's heartbeats the newest goes on, with the counts of all, and each is acknowledged."""

from __future__ import annotations

import asyncio

import pytest
import redis
from django.conf import settings

from pos_monitor.estate import tokens
from pos_monitor.tests.doors_client import SOON_S, Socket, post, stored, stored_names, with_doors
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire import lag
from pos_monitor.wire.record import MISSING

pytestmark = pytest.mark.django_db(transaction=True)
CALM_MS, SOME_MS, MUCH_MS = 100, 1_000, 3_000


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def token(till):
    return tokens.issue(terminal=till)


def engine_says(lag_ms):
    """As the engine tells the doors how far it is behind."""
    with redis.from_url(settings.TELEMETRY_REDIS_URL or settings.REDIS_URL) as client:
        client.set(lag.lag_key(0), lag.encode(lag.Lag(lag_ms, 0)))


async def seen(doors, lag_ms):
    """The engine says it, and the doors have looked."""
    engine_says(lag_ms)

    async def looked():
        while (doors.receiver.pressure.look.lag_s or 0) != lag_ms / 1000:
            await asyncio.sleep(0.01)

    await asyncio.wait_for(looked(), SOON_S)


def report(seq, **fields):
    return {"v": 1, "boot": 1, "seq": seq, **fields}


def test_heartbeats_become_one_with_the_counts_of_all_and_what_somebody_must_know_stays(till, token):
    reports = [
        report(1, sales_ok=2, battery_percent=80), report(2, urgent=True, sales_ok=10), report(3, sales_ok=3, sales_failed=1, battery_percent=79),
        report(4, stored=True, sales_ok=20), report(5, colour="red", sales_ok=40), report(6, events=["paper"]), report(7, battery_percent=78),
    ]  # fmt: skip

    async def scenario(doors):
        await seen(doors, MUCH_MS)
        socket = Socket(doors, token)
        await socket.open()
        await socket.say(reports)
        return await socket.hear(), doors.receiver.buffer.merged_away

    assert with_doors(scenario) == ({"ack": {"boot": 1, "seq": 7}}, 2)
    (entry,) = stored()
    rows = {int(row["seq"]): row for row in entry.records}
    assert list(rows) == [2, 4, 5, 6, 7]
    assert (rows[7]["sales_ok"], rows[7]["sales_failed"], rows[7]["battery"]) == (5, 1, 78)
    assert rows[7]["orders"] == MISSING["orders"]  # nobody said any
    assert [rows[seq]["sales_ok"] for seq in (2, 4, 5)] == [10, 20, 40]
    assert entry.extras == {2: {"unknown": {"colour": "red"}}, 3: {"events": ["paper"]}}


def test_nobody_is_merged_with_another_and_each_call_is_answered_for_all_it_brought(till, token, acme):
    other = a_terminal(acme)
    others = tokens.issue(terminal=other)

    async def scenario(doors):
        await seen(doors, MUCH_MS)
        calls = (post(doors, [report(seq, sales_ok=seq) for seq in (1, 2, 3)], one) for one in (token, others))
        return [answer.json() for answer in await asyncio.gather(*calls)]

    answers = with_doors(scenario)

    assert [(answer["accepted"], answer["ack"]["seq"]) for answer in answers] == [(3, 3), (3, 3)]
    assert sorted(stored_names()) == [(till.pk, 1, 3), (other.pk, 1, 3)]
    assert [int(row["sales_ok"]) for entry in stored() for row in entry.records] == [6, 6]


def test_merging_ends_well_below_where_it_began(till, token):
    async def scenario(doors):
        held = []
        for lag_ms in (CALM_MS, SOME_MS, MUCH_MS, SOME_MS, CALM_MS):
            await seen(doors, lag_ms)
            held.append(doors.receiver.pressure.is_merging)
        await post(doors, [report(1), report(2)], token)
        return held

    assert with_doors(scenario) == [False, False, True, True, False]
    assert stored_names() == [(till.pk, 1, 1), (till.pk, 1, 2)]


def test_ten_times_the_usual_loses_nothing_but_heartbeats_that_a_newer_one_took_in(acme):
    """Twelve tills say in a moment what they say in a hundred seconds, and in it what somebody must know."""
    tills = [a_terminal(acme) for _ in range(12)]
    shown = [tokens.issue(terminal=till) for till in tills]
    alerts = {3: {"tamper": True}, 5: {"urgent": True}, 8: {"events": ["door open"]}}

    async def burst(doors, token):
        socket = Socket(doors, token)
        await socket.open()
        for seq in range(1, 101):
            await socket.say(report(seq, sales_ok=1, **alerts.get(seq % 10, {})))
        while await socket.hear() != {"ack": {"boot": 1, "seq": 100}}:
            pass
        await socket.leave()

    async def scenario(doors):
        await seen(doors, MUCH_MS)
        await asyncio.gather(*(burst(doors, token) for token in shown))
        await seen(doors, CALM_MS)
        await post(doors, report(101, sales_ok=1), shown[0])
        return doors.receiver.buffer.merged_away, doors.receiver.counts

    merged_away, counts = with_doors(scenario)

    names = stored_names()
    assert len(names) == len(set(names)) == 12 * 100 + 1 - merged_away
    assert merged_away > 0
    assert (counts.reports, counts.refused, counts.turned_away) == (12 * 100 + 1, 0, 0)
    kept = {(till.pk, 1, seq) for till in tills for seq in range(1, 101) if seq % 10 in alerts}
    assert kept <= set(names)
    assert {(till.pk, 1, 100) for till in tills} <= set(names)  # the newest of each
    assert sum(int(row["sales_ok"]) for entry in stored() for row in entry.records) == 12 * 100 + 1
