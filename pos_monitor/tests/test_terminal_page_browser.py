"""The page of one terminal in Chromium. The live socket is played by the test, which sends what a hub would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from playwright.sync_api import Page, WebSocketRoute, expect

from browser_testing import Window
from merchants.models import Merchant
from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.history import write
from pos_monitor.history.compact import compact
from pos_monitor.models import Alert, Incident, Terminal
from pos_monitor.tests.estate_samples import a_store, a_terminal
from pos_monitor.tests.fleet import make_rule
from pos_monitor.tests.test_history_write import reports
from pos_monitor.wire.record import Flag, Network, Printer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY_S = 86_400


@pytest.fixture
def support(db: None) -> User:
    user = User.objects.create_user(username="sam", email="sam@platform.example", is_staff=True)
    give_role(user=user, role=SUPPORT)
    return user


def a_day(number: int) -> np.ndarray:
    """24 hours that end now: a battery that drains and is charged, weak signal towards the end, an hour of silence, sales by day."""
    rng = np.random.default_rng(5)
    count = DAY_S // 10
    sent = reports(count, terminal=number, received_ms=round(time.time() * 1000) - DAY_S * 1000)
    hour = np.arange(count) / 360
    sent["battery"] = np.clip(70 - 4 * (hour % 12) + 30 * (hour % 12 > 9), 5, 100)
    sent["signal"] = np.round(-72 - np.where(hour > 18, 2.5 * (hour - 18), 0) + rng.normal(0, 1.5, count))
    sent["temperature"] = np.round(33 + 4 * np.sin(hour / 3) + rng.normal(0, 0.4, count))
    sent["latency"] = (60 + rng.gamma(2, 18, count)).astype(int)
    sent["sales_ok"] = rng.poisson(0.12, count) * ((hour > 8) & (hour < 21))
    sent["sales_failed"] = (rng.random(count) < 0.012) * ((hour > 8) & (hour < 21))
    sent["reader_errors"], sent["offline_queue"], sent["memory_free"], sent["storage_free"] = 0, 0, 41, 63
    sent["network"], sent["printer"] = Network.CELL_4G, np.where((hour > 14) & (hour < 14.5), Printer.PAPER_OUT, Printer.OK)
    sent["flags"] = Flag.CHARGING_KNOWN | np.where(hour % 12 > 9, Flag.CHARGING, 0)
    sent["boot"] = np.where(hour > 6, 12, 11)
    return np.delete(sent, slice(int(4.5 * 360), int(5.5 * 360)))


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    store = a_store(acme, "Corner Pharmacy", town="Montpelier")
    till = a_terminal(acme, store, label="Till 3", model="PAX A920", firmware="4.11.2", app="pay 7.3.0", network_operator="Verizon",
                      sim_iccid="8914800000476523107", activated_at=datetime.now(UTC) - timedelta(days=200))  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, a_day(till.pk))
    compact()
    now = datetime.now(UTC)
    for rule, began, over in (
        (make_rule("weak-signal", name="Weak signal", severity=2), now - timedelta(hours=4), None),
        (make_rule("silent", name="Silent", severity=3), now - timedelta(hours=19.4), now - timedelta(hours=18.5)),
    ):
        incident = Incident.objects.create(
            rule=rule, scope_key=str(till.pk), title=f"{rule.name} at Till 3", severity=rule.severity, merchant=acme, began_at=began, opened_at=began,
            state="resolved" if over else "open", answer_due_at=now, repair_due_at=now, resolved_at=over,
        )  # fmt: skip
        Alert.objects.create(
            terminal=till, rule=rule, incident=incident, severity=rule.severity, began_at=began, opened_at=began, resolved_at=over
        )
    return till


class Hub:
    """What the live socket says."""

    def __init__(self, page: Page) -> None:
        self.routes: list[WebSocketRoute] = []
        self.heard: list[dict[str, Any]] = []
        page.route_web_socket("**/ws/fleet/*", self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        self.routes.append(route)
        route.on_message(lambda text: self.heard.append(json.loads(text)))
        now = round(time.time() * 1000)
        self.say({"type": "hello", "revision": 1, "terminals": 1, "server_ms": now, "until_ms": now + 3_600_000, "idle_s": 3600})

    def say(self, message: dict[str, Any]) -> None:
        self.routes[-1].send(json.dumps(message))

    def report(self, number: int, received_ms: int, **values: Any) -> None:
        self.say({"type": "report", "terminal": number, "received_ms": received_ms, "values": {"boot": 12, "seq": 1, **values}})


def open_page(window: Window, till: Terminal, query: str = "") -> tuple[Page, Hub]:
    hub = Hub(window.page)
    page = window.open(f"/admin/fleet/terminals/{till.public_id}/{query}")
    return page, hub


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_day_stands_in_five_charts(open_window: Callable[..., Window], support: User, till: Terminal, size: str) -> None:
    window = open_window(size, support)
    page, hub = open_page(window, till)

    expect(page.locator(".ft-plot canvas")).to_have_count(5)
    expect(page.locator("[data-span]")).to_contain_text("every report")
    expect(page.locator("[data-status]")).to_have_attribute("data-is", "online")
    expect(page.get_by_text("Silent for 60 min")).to_be_visible()
    expect(page.get_by_label("Open alerts")).to_contain_text("Weak signal")
    assert {"type": "focus", "terminals": [till.pk]} in hub.heard
    window.look("terminal")


def test_the_keyboard_moves_through_time_and_the_address_keeps_it(
    open_window: Callable[..., Window], support: User, till: Terminal
) -> None:
    page, _ = open_page(open_window("desk", support), till)
    expect(page.locator(".ft-plot canvas")).to_have_count(5)

    page.locator("[data-plots]").focus()
    page.keyboard.press("+")
    expect(page.locator("[data-range][aria-pressed=true]")).to_have_count(0)
    page.wait_for_url("**since=*")
    page.reload()
    expect(page.locator("[data-span]")).not_to_contain_text("now")
    page.locator("[data-plots]").focus()
    page.keyboard.press("0")
    expect(page.locator("[data-range='24h']")).to_have_attribute("aria-pressed", "true")

    page.get_by_role("button", name="7 days").click()
    expect(page.locator("[data-span]")).to_contain_text("five minutes a point")
    page.wait_for_url("**range=7d")


def test_a_report_that_comes_is_seen_at_once(open_window: Callable[..., Window], support: User, till: Terminal) -> None:
    page, hub = open_page(open_window("desk", support), till)
    expect(page.locator(".ft-plot canvas")).to_have_count(5)

    hub.report(till.pk, round(time.time() * 1000), battery_percent=9, printer="paper_out", clock_offset_ms=400_000)

    box = page.locator("[data-value=battery_percent]")
    expect(box).to_contain_text("9 %")
    expect(box).to_have_attribute("data-tone", "fault")
    expect(page.locator("[data-value=printer]")).to_contain_text("No paper")
    expect(page.locator("[data-value=clock_offset_ms]")).to_contain_text("7 min ahead")
    expect(page.locator("[data-messages] tr").first).to_contain_text("paper_out")


def test_a_terminal_that_never_reported_says_so(open_window: Callable[..., Window], support: User, acme: Merchant) -> None:
    window = open_window("desk", support)
    page, hub = open_page(window, a_terminal(acme, label="Till 9"))

    expect(page.get_by_role("heading", name="Never reported")).to_be_visible()
    expect(page.get_by_text("It has never reported.")).to_be_visible()
    window.look("terminal-never")
    hub.report(Terminal.objects.get(label="Till 9").pk, round(time.time() * 1000), battery_percent=50)
    expect(page.locator(".ft-plot canvas")).to_have_count(5)


def test_an_empty_range_is_not_a_terminal_that_never_reported(
    open_window: Callable[..., Window], support: User, till: Terminal
) -> None:
    ago = round(time.time() * 1000) - 10 * DAY_S * 1000
    page, _ = open_page(open_window("desk", support), till, f"?since={ago}&until={ago + 3_600_000}")

    expect(page.get_by_role("heading", name="No data in this range")).to_be_visible()


# A hub inside the page: sixty thousand reports over a real socket would take longer than all the other tests together.
PLAYED_HUB = """
class PlayedSocket extends EventTarget {
  static OPEN = 1;
  readyState = 1;
  constructor() {
    super();
    window.playedHub = this;
    setTimeout(() => { this.onopen?.(); this.say({ type: "hello", revision: 1, terminals: 1, server_ms: Date.now() }); });
  }
  say(message) { this.onmessage?.({ data: JSON.stringify(message) }); }
  send() {}
  close() {}
}
window.WebSocket = PlayedSocket;
window.play = async (terminal, first, count) => {
  for (let step = first; step < first + count; step += 1) {
    window.playedHub.say({ type: "report", terminal, received_ms: window.began + 10_000 * step,
      values: { boot: 12, seq: step, battery_percent: step % 100, signal_dbm: -70, temperature_c: 30, latency_ms: 80, sales_ok: 1 } });
    if (step % 500 === 0) await new Promise((done) => setTimeout(done));
  }
  await new Promise((done) => setTimeout(done, 600)); // two pictures
};
window.began = Date.now();
"""


def test_a_week_played_fast_does_not_fill_the_tab(open_window: Callable[..., Window], support: User, till: Terminal) -> None:
    window = open_window("desk", support)
    window.page.add_init_script(PLAYED_HUB)
    page = window.open(f"/admin/fleet/terminals/{till.public_id}/")
    expect(page.locator(".ft-plot canvas")).to_have_count(5)
    devtools = page.context.new_cdp_session(page)

    def heap_after(first: int, count: int) -> int:
        page.evaluate("([terminal, first, count]) => window.play(terminal, first, count)", [till.pk, first, count])
        expect(page.locator("[data-messages] tr").first).to_contain_text(f"12 · {first + count - 1}")
        devtools.send("HeapProfiler.collectGarbage")
        return int(devtools.send("Runtime.getHeapUsage")["usedSize"])

    after_two_days = heap_after(1, 2 * 8640)
    after_a_week = heap_after(2 * 8640 + 1, 5 * 8640)

    assert page.locator("[data-messages] tr").count() == 20
    assert after_a_week < after_two_days + 2_000_000  # 43,200 reports more; kept, they would be 12 MB
