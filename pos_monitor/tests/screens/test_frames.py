"""/ws/fleet/: what comes over it, whatever goes wrong."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from pos_monitor.judging.folded import Folded
from pos_monitor.live import hub
from pos_monitor.live.protocol import CHANGES, TOO_MUCH, WHOLE
from pos_monitor.models import Terminal
from pos_monitor.tests.estate_samples import a_store
from pos_monitor.tests.fleet import make_rule, make_terminals, single, stored
from pos_monitor.tests.fleet_browser import Browser, Engine, aside, play
from pos_monitor.tests.live_samples import a_cell
from pos_monitor.tests.screens.seats import FINE, OFF, refused, seated
from pos_monitor.wire import frames
from pos_monitor.wire.cells import Band
from pos_monitor.wire.record import MISSING, RECORD

pytestmark = pytest.mark.django_db(transaction=True)


# --- What comes ----------------------------------------------------------------------------------------------------
def test_a_screen_begins_with_everything_and_goes_on_with_what_changes(key, tills):
    async def scene() -> Browser:
        engine = Engine()
        browser = await seated(key, engine, dict.fromkeys(tills, FINE))
        engine.tell({tills[1]: OFF})
        await browser.sees({tills[1]: OFF})
        return browser

    browser = play(scene)

    assert browser.cells == dict.fromkeys(tills, FINE) | {tills[1]: OFF}
    assert browser.kinds[0] == WHOLE
    assert browser.kinds[-1] == CHANGES


def test_counts_worst_and_groups_are_those_of_the_filter(key, acme, globex):
    ours = make_terminals(a_store(acme, region="TX"), 3)
    theirs = make_terminals(a_store(globex, region="VT"), 2)
    rule = make_rule(name="Till silent")
    stored(Folded([single(ours[0], rule)]))

    async def scene() -> tuple[dict, dict, dict]:
        cells = dict.fromkeys([*ours, *theirs], FINE) | {ours[0]: OFF, theirs[0]: OFF}
        browser = await seated(key, Engine(), cells, wants=["cells"])
        await browser.look(merchant=str(acme.pk), by="store")
        counts = await browser.shows("counts", lambda one: one["all"] == 3 and one["tiles"]["offline"] == 1)
        worst = await browser.shows("worst", lambda one: len(one["rows"]) == 3 and one["rows"][0][1] == OFF)
        groups = await browser.shows("groups", lambda one: one["by"] == "store" and one["rows"][0][4] == 1)
        return counts, worst, groups

    counts, worst, groups = play(scene)

    assert (counts["all"], counts["matching"], counts["tiles"]["online"]) == (3, 3, 2)
    first = worst["rows"][0]
    assert (first[0], first[3], first[4]) == (ours[0], "Till silent", "")
    assert first[5].startswith("inc_")
    assert [row[0] for row in worst["rows"][1:]] == ours[1:]  # three are so few that all are listed
    assert [(row[2], row[4]) for row in groups["rows"]] == [(3, 1)]


def test_open_incidents_come_and_go(key, tills):
    rule = make_rule(name="Till silent")

    async def scene() -> tuple[dict, dict]:
        browser = await seated(key, Engine(), dict.fromkeys(tills, FINE))
        none = await browser.kind("incidents")
        await aside(lambda: stored(Folded([single(tills[0], rule)])))
        one = await browser.kind("incidents")
        while not one["total"]:  # counted just before
            one = await browser.kind("incidents")
        return none, one

    none, one = play(scene)

    assert (none["total"], none["rows"]) == (0, [])
    assert (one["total"], one["unanswered"], one["by_severity"]) == (1, 1, [0, 0, 0, 1])
    assert one["rows"][0][4] == 1


def test_a_terminal_that_moves_is_told_as_a_change_of_the_list(key, acme, tills):
    async def scene() -> dict:
        browser = await seated(key, Engine(), dict.fromkeys(tills, FINE))
        await browser.say(type="have", revision=10**12)  # nothing is newer
        await aside(lambda: Terminal.objects.filter(pk=tills[0]).update(label="The one by the door"))
        return await browser.kind("terminals")

    assert [row[:3] for row in play(scene)["rows"]] == [[tills[0], "The one by the door", 1]]


def test_whoever_comes_back_gets_what_changed_meanwhile(key, tills):
    async def scene() -> dict:
        browser = await seated(key, Engine(), dict.fromkeys(tills, FINE))
        await browser.say(type="have", revision=0)
        return await browser.kind("terminals")

    assert [row[0] for row in play(scene)["rows"]] == tills


def test_a_close_look_brings_every_report_and_tells_the_engines(key, tills):
    record = np.zeros(1, RECORD)
    for name, missing in MISSING.items():
        record[name] = missing
    record["terminal"], record["battery"], record["signal"], record["latitude"], record["flags"] = tills[0], 41, -97, 4427, 3

    async def scene() -> tuple[dict, list]:
        engine = Engine()
        browser = await seated(key, engine, dict.fromkeys(tills, FINE), wants=["cells"])
        await browser.say(type="focus", terminals=[tills[0]])
        while not (told := engine.client.zrange(frames.FOCUS, 0, -1, withscores=True)):
            await asyncio.sleep(0.01)
        engine.tell({}, focused=record)
        return await browser.kind("report"), told

    report, told = play(scene)

    assert told[0][0] == str(tills[0]).encode()
    assert told[0][1] > time.time()
    assert report["terminal"] == tills[0]
    values = {name: report["values"][name] for name in ("battery_percent", "signal_dbm", "latitude", "charging")}
    assert values == {"battery_percent": 41, "signal_dbm": -97, "latitude": 44.27, "charging": True}
    assert "temperature_c" not in report["values"]


# --- What goes wrong -----------------------------------------------------------------------------------------------
def test_a_missing_frame_is_made_good_by_the_whole(key, tills):
    async def scene() -> Browser:
        engine = Engine()
        browser = await seated(key, engine, dict.fromkeys(tills, FINE))
        engine.tell({tills[0]: OFF}, misses=1)  # what lay between is lost; no engine answers, so the next whole frame tells
        engine.tell(dict.fromkeys(tills, OFF), is_whole=True)
        await browser.sees(dict.fromkeys(tills, OFF))
        return browser

    play(scene)


def test_screens_go_on_after_redis_was_gone(key, tills):
    async def scene() -> Browser:
        engine = Engine()
        browser = await seated(key, engine, dict.fromkeys(tills, FINE))
        for line in engine.client.client_list(_type="pubsub"):
            engine.client.client_kill_filter(_id=line["id"])
        while hub.hub().engines.is_connected:
            await asyncio.sleep(0.01)
        await engine.heard()
        engine.tell({tills[2]: OFF} | {n: FINE for n in tills if n != tills[2]}, is_whole=True)
        await browser.sees({tills[2]: OFF})
        return browser

    play(scene)


def test_a_phone_that_takes_nothing_gets_no_more_frames_and_then_everything_at_once(key, tills, monkeypatch):
    monkeypatch.setattr("pos_monitor.live.viewer.UNANSWERED_S", 0.3)

    async def scene() -> tuple[int, Browser]:
        engine = Engine()
        browser = await seated(key, engine, dict.fromkeys(tills, FINE), wants=["cells"])
        viewer = next(iter(hub.hub().viewers))
        await asyncio.sleep(0.4)
        sent = viewer.sent.frames
        for place in range(12):
            engine.tell({tills[place % 4]: OFF if place > 7 else a_cell(battery=Band.LOW)})
            await asyncio.sleep(0.06)
        silent = viewer.sent.frames - sent
        await browser.say(type="ack", version=viewer.version)
        await browser.sees(dict.fromkeys(tills, OFF))
        return silent, browser

    silent, browser = play(scene)

    assert silent == 0
    assert browser.cells == dict.fromkeys(tills, OFF)


@pytest.mark.parametrize(
    "text",
    ["{", "7", '{"type": "drop"}', '{"type": "look", "wants": ["secrets"]}', '{"type": "focus", "terminals": "all"}', "x" * 5000],
)
def test_whoever_says_what_nobody_understands_is_let_go(key, text: str):
    async def scene() -> int:
        browser = Browser(key)
        await browser.open()
        await browser.kind("hello")
        await browser.send(text)
        return (await browser.until(lambda message: "closed" in message))["closed"]

    assert play(scene) == TOO_MUCH


def test_whoever_asks_without_end_is_let_go(key):
    async def scene() -> int:
        browser = Browser(key)
        await browser.open()
        await browser.kind("hello")
        for place in range(200):
            await browser.say(type="ping", at=place)
        return (await browser.until(lambda message: "closed" in message))["closed"]

    assert play(scene) == TOO_MUCH


def test_a_person_opens_so_many_screens_and_no_more(key, monkeypatch):
    monkeypatch.setattr(hub, "MOST_OF_ONE", 2)

    async def scene() -> int:
        for _ in range(2):
            browser = Browser(key)
            await browser.open()
            await browser.kind("hello")
        return (await refused(Browser(key)))[0]

    assert play(scene) == TOO_MUCH
