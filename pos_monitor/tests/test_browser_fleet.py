"""The fleet's page in Chromium. The list comes from the page's own door; what the socket says is made by the hub's own parts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from browser_testing import Window
from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.live import roster, summary
from pos_monitor.live.board import Board
from pos_monitor.live.protocol import Health, Hello, IncidentRow, Incidents, Look, Pong, Worst, WorstRow, asked
from pos_monitor.live.roster import RosterKeeper
from pos_monitor.live.scoped import ScopedFrames
from pos_monitor.live.viewer import text_of
from pos_monitor.tests.estate_samples import a_store
from pos_monitor.tests.fleet import make_terminals
from pos_monitor.tests.live_samples import a_cell, a_frame
from pos_monitor.wire.cells import Band, Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OFF = a_cell(Status.OFFLINE, 3)


class Server:
    """The hub's side of a browser's socket, without a hub."""

    def __init__(self, page: Page, cells: dict[int, int]) -> None:
        self.roster, self.board, self.tick = RosterKeeper().refresh(), Board(), 1000
        self.frames = ScopedFrames(self.board, None)
        self.looks: list[Look] = []
        self.lines: list[WebSocketRoute] = []
        self.take(cells, is_whole=True)
        page.route_web_socket("**/ws/fleet/**", self.come)

    def take(self, cells: dict[int, int], **fields: Any) -> None:
        before, self.tick = self.tick, self.tick + 1
        assert self.board.take(a_frame(cells, tick=self.tick, after=before, **fields), n_shards=1)
        self.board.turn()
        now = int(time.time() * 1000)
        self.frames.turn(self.roster, made_ms=now, freshest_ms=now, behind_ms=120)

    def come(self, line: WebSocketRoute) -> None:
        self.lines.append(line)
        line.on_message(lambda text: self.answer(line, text))
        line.send(
            text_of(
                Hello(
                    revision=1,
                    terminals=4,
                    server_ms=int(time.time() * 1000),
                    until_ms=int(time.time() * 1000) + 3_600_000,
                    idle_s=900,
                )
            )
        )
        line.send(text_of(Health(is_connected=True, shards=[])))

    def answer(self, line: WebSocketRoute, text: str | bytes) -> None:
        match message := asked.decode(text):
            case Look():
                self.looks.append(message)
                line.send(self.frames.since(-1) or b"")
                self.figures(line, message)
            case _ if json.loads(text)["type"] == "ping":
                line.send(text_of(Pong(at=json.loads(text)["at"], server_ms=int(time.time() * 1000))))

    def figures(self, line: WebSocketRoute, look: Look) -> None:
        selection = summary.select(self.roster, self.board.cells, look.filter, None)
        total, numbers = summary.worst(selection, look.page)
        cells = self.board.cells
        rows = [WorstRow(int(n), int(cells[n]), int(time.time() * 1000) - 60_000, "Till silent", "", "inc_1") for n in numbers]
        incident = IncidentRow("inc_1", "Till silent: Elm Street", 3, "open", 1, int(time.time() * 1000) - 60_000, "", True)
        for message in (
            summary.counts(selection), Worst(look.page, total, rows), summary.groups(selection, self.roster, look.by),
            Incidents(1, 1, (0, 0, 0, 1), [incident]),
        ):  # fmt: skip
            line.send(text_of(message))

    def tell(self, cells: dict[int, int]) -> None:
        version = self.frames.version
        self.take(cells)
        frame = self.frames.since(version)
        assert frame is not None
        self.lines[-1].send(frame)


@pytest.fixture
def sam(transactional_db: None) -> User:
    user = User.objects.create_user(username="sam", email="sam@platform.example", is_staff=True)
    give_role(user=user, role=SUPPORT)
    return user


@pytest.fixture
def tills(acme, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(roster, "_keeper", None)
    return [
        *make_terminals(a_store(acme, "Elm Street", region="TX"), 5),
        *make_terminals(a_store(acme, "Oak Lane", region="VT"), 3),
    ]


def a_page(
    open_window: Callable[..., Window], sam: User, tills: list[int], size: str = "desk", path: str = "/admin/fleet/"
) -> tuple[Window, Server]:
    window = open_window(size, sam)
    cells = dict.fromkeys(tills, a_cell()) | {tills[1]: OFF, tills[6]: a_cell(battery=Band.BAD, severity=2)}
    server = Server(window.page, cells)
    window.open(path)
    expect(window.page.locator("[data-tile=offline] [data-count]")).to_have_text("1")
    return window, server


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_person_sees_what_is_wrong_and_where(open_window, sam, tills, size: str):
    window, _ = a_page(open_window, sam, tills, size)

    expect(window.page.locator("[data-sentence]")).to_have_text("7 of 8 online · 1 offline · 1 open incident, 1 unanswered")
    expect(window.page.locator("[data-fresh]")).to_contain_text("s behind")
    expect(window.page.locator("[data-worst] tr").first).to_contain_text("Elm Street, TX")
    window.look(f"fleet-{size}")


def test_a_tile_filters_wall_tables_and_address_and_both_sides_count_the_same(open_window, sam, tills):
    window, server = a_page(open_window, sam, tills)

    window.page.locator("[data-tile=offline]").click()

    expect(window.page).to_have_url(f"{window.site.url}/admin/fleet/?is=offline")
    expect(window.page.locator("[data-worst] tr")).to_have_count(1)
    assert server.looks[-1].filter.tiles == ("offline",)
    assert window.page.evaluate("fleetPage.counted()") == 1
    window.page.reload()
    expect(window.page.locator("[data-tile=offline]")).to_have_attribute("aria-pressed", "true")
    window.page.go_back()
    expect(window.page.locator("[data-tile=offline]")).to_have_attribute("aria-pressed", "false")


def test_the_same_cells_belong_to_the_same_tiles_on_both_sides(open_window, sam, tills):
    """Every possible cell, as Python and as the page's script see it."""
    from pos_monitor.live.tiles import TILES_OF

    window, _ = a_page(open_window, sam, tills)

    found = window.page.evaluate("import('/static/js/fleet/protocol.js').then(({ TILES_OF }) => [...TILES_OF])")

    assert np.array_equal(np.array(found, np.uint16), TILES_OF)


def test_what_changes_is_on_the_wall_and_the_keyboard_reads_it(open_window, sam, tills):
    window, server = a_page(open_window, sam, tills)

    server.tell({tills[0]: OFF})
    window.page.wait_for_function("number => fleetPage.fleet.cells[number] % 8 === 3", arg=tills[0])
    window.page.locator("[data-wall]").focus()
    window.page.keyboard.press("n")

    expect(window.page.locator("[data-said]")).to_contain_text("Elm Street, Acme, TX: Offline")
    window.page.keyboard.press("ArrowRight")
    expect(window.page.locator("[data-said]")).not_to_contain_text("Till 1,")


def test_a_lost_socket_is_said_and_comes_back_with_everything(open_window, sam, tills):
    window, server = a_page(open_window, sam, tills)
    server.lines[-1].close(code=1012, reason="")
    server.take(dict.fromkeys(tills, OFF))

    expect(window.page.locator("[data-tile=offline] [data-count]")).to_have_text("8")

    assert len(server.lines) == 2
    assert window.page.evaluate("fleetPage.counted()") == 8


def test_a_session_that_is_over_leads_to_the_sign_in_and_back(open_window, sam, tills):
    window, server = a_page(open_window, sam, tills, path="/admin/fleet/?is=offline")

    server.lines[-1].close(code=4401, reason="You were signed out because nothing happened for 15 minutes.")

    banner = window.page.locator("[data-banner]")
    expect(banner).to_contain_text("nothing happened for 15 minutes")
    expect(banner.locator("a")).to_have_attribute("href", "/accounts/login/?next=%2Fadmin%2Ffleet%2F%3Fis%3Doffline")
    assert len(server.lines) == 1


def test_a_screen_on_a_wall_has_nothing_around_it_and_says_how_long_it_goes_on(open_window, sam, tills):
    window, _ = a_page(open_window, sam, tills, path="/admin/fleet/?wall=1")

    expect(window.page.locator("[data-until]")).to_contain_text("also if nobody touches this screen")
    assert window.page.locator("nav").count() == 0
    window.look("fleet-wall")
