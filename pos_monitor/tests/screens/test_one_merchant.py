"""/ws/fleet/ for somebody who may see one merchant’s tills."""

from __future__ import annotations

import pytest

from pos_monitor.judging.folded import Folded
from pos_monitor.live import admission, hub
from pos_monitor.live.admission import Seat
from pos_monitor.models import Terminal
from pos_monitor.tests.estate_samples import a_store, a_terminal
from pos_monitor.tests.fleet import make_rule, make_terminals, single, stored
from pos_monitor.tests.fleet_browser import Browser, Engine, aside, play
from pos_monitor.tests.screens.seats import FINE, OFF, seated

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_viewer_of_one_merchant_gets_its_own_cells_figures_and_reports_alone(key, sam, acme, globex, monkeypatch):
    """Scopes hold what goes out, whatever a page asks for."""
    ours, theirs = make_terminals(a_store(acme), 2), make_terminals(a_store(globex), 3)
    seat = Seat(sam.pk, frozenset([acme.pk]), 0, 0)
    monkeypatch.setattr(admission, "seat_of", lambda key, is_wall: seat)
    rule = make_rule(name="Till silent")
    stored(Folded([single(theirs[0], rule)]))

    async def scene() -> tuple[Browser, dict, dict, dict, frozenset]:
        engine = Engine()
        cells = dict.fromkeys([*ours, *theirs], FINE)
        browser = Browser(key)
        await browser.open()
        await browser.kind("hello")
        await engine.heard()
        engine.tell(cells, is_whole=True)
        await browser.look(merchant="")
        await browser.sees(dict.fromkeys(ours, FINE))
        engine.tell({ours[0]: OFF} | dict.fromkeys(theirs, OFF))
        await browser.sees({ours[0]: OFF})
        await browser.say(type="focus", terminals=[theirs[0], ours[0]])
        await browser.say(type="have", revision=0)
        rows = await browser.kind("terminals")
        counts = await browser.shows("counts", lambda one: one["tiles"]["offline"] > 0)
        await browser.look(wants=["incidents"])
        incidents = await browser.kind("incidents")
        return browser, counts, rows, incidents, next(iter(hub.hub().viewers)).focus

    browser, counts, rows, incidents, focus = play(scene)

    assert sorted(browser.cells) == ours
    assert (counts["all"], counts["tiles"]["offline"]) == (2, 1)
    assert [row[0] for row in rows["rows"]] == ours
    assert incidents["total"] == 0
    assert focus == frozenset([ours[0]])


def test_a_terminal_that_changes_its_merchant_leaves_the_screens_of_the_first(key, sam, acme, globex, monkeypatch):
    stays, goes = a_terminal(acme).pk, a_terminal(acme)
    seat = Seat(sam.pk, frozenset([acme.pk]), 0, 0)
    monkeypatch.setattr(admission, "seat_of", lambda key, is_wall: seat)
    other = a_store(globex)

    async def scene() -> Browser:
        browser = await seated(key, Engine(), {stays: FINE, goes.pk: FINE}, wants=["cells"])
        await aside(lambda: Terminal.objects.filter(pk=goes.pk).update(merchant=globex, store=other))
        await browser.until(lambda _: goes.pk not in browser.cells)
        return browser

    assert play(scene).cells == {stays: FINE}
