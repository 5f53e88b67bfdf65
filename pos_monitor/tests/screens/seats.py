"""Taking a seat before the fleet, or not being given one."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from pos_monitor.tests.fleet_browser import Browser, Engine
from pos_monitor.tests.live_samples import a_cell
from pos_monitor.wire.cells import Status

FINE, OFF = a_cell(), a_cell(Status.OFFLINE, 3)


async def seated(key: str, engine: Engine, cells: dict[int, int], **look: object) -> Browser:
    browser = Browser(key)
    await browser.open()
    await browser.kind("hello")
    await engine.heard()
    engine.tell(cells, is_whole=True)
    await browser.look(**look)
    await browser.sees(cells)
    return browser


async def refused(browser: Browser) -> tuple[int, str]:
    assert await browser.open()
    end = await browser.until(lambda message: "closed" in message)
    assert browser.cells == {}
    return end["closed"], end["reason"]


def past(key: str, name: str, seconds: float) -> None:
    session = SessionStore(key)
    session[name] = timezone.now().timestamp() - seconds
    session.save()
