"""A pytest plugin for the browser tests: Chromium against the whole platform, on a port of its own.

`site` is the running platform, `window` a browser window that notes whatever no page may do: an error in the console,
a missing file, a request to another host. A test that uses it fails at its end if anything was noted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as project
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Request, Response, expect, sync_playwright

from people.models import User
from people.tests.factors import give_second_factor

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 15_000  # a bound for a slow machine; nothing waits this long when all is well
WIDTHS = {"desk": (1440, 900), "phone": (360, 740)}
TALLEST = 2600  # px; a picture of the whole page leaves frames of other origins blank, a tall window does not
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE = Axe()
# Each frame is asked by itself, and needs no heading of its own. Dark differs from light in colour alone.
ASK_PAGE: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
ASK_FRAME = {**ASK_PAGE, "rules": {"page-has-heading-one": {"enabled": False}}}
ASK_COLOURS = {**ASK_PAGE, "runOnly": ["color-contrast", "link-in-text-block"]}
SPACED = "* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important }"

expect.set_options(timeout=WAIT_MS)


@dataclass(frozen=True, slots=True)
class Site:
    """The platform as a browser meets it: pages at one origin, card fields at another."""

    url: str
    card_frame_url: str

    def owns(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in {"data", "blob", "about"} or f"{parts.scheme}://{parts.netloc}" in {self.url, self.card_frame_url}


@dataclass
class Window:
    """One window of a browser. `faults` are sentences; a fault that a test means to cause is taken out by the test."""

    site: Site
    context: BrowserContext
    page: Page
    name: str = ""
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, kind: str, text: str) -> None:
        # A refusal is an answer like any other; Chromium writes each into the console. Missing files: see _answered.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.faults.append(f"console: {text}")

    def _asked(self, request: Request) -> None:
        if not self.site.owns(request.url):
            self.faults.append(f"request to another host: {request.url}")

    def _answered(self, response: Response) -> None:
        is_part = response.request.resource_type not in {"document", "fetch", "xhr"}
        if response.status >= 500 or (response.status >= 400 and is_part):
            self.faults.append(f"{response.status}: {response.url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.site.url + path)
        return self.page

    def look(self, picture: str) -> None:
        """Ask the page as it stands, light and dark, for faults that a person would meet, and save pictures of it."""
        for scheme in SCHEMES:
            name = f"{picture}-{self.name}-{scheme}"
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.wait_for_load_state("load")
            for frame in self.page.frames:
                frame.wait_for_load_state("load")
                if scheme == "light":
                    self.faults += [f"{name}, text spaced out: {fault}" for fault in _overflow_when_spaced(frame)]
                self.faults += [f"{name}: {fault}" for fault in [*_overflow(frame), *_axe_violations(frame, scheme)]]
            save_picture(self.page, name)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")


def _overflow(frame: Frame) -> list[str]:
    wide: int = frame.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide <= 0:
        return []
    who = frame.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
        " && !e.closest('.table-wrap, .nav, pre')).slice(0, 4).map(e => `${e.tagName}.${e.className}`)"
    )
    return [f"scrolls sideways by {wide} px: {who}"]


def _overflow_when_spaced(frame: Frame) -> list[str]:
    """Text may be set as wide as WCAG 1.4.12 allows a reader to: also what a wider font than this machine's would do."""
    frame.evaluate(
        "text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text); document.adoptedStyleSheets = [sheet] }", SPACED
    )
    try:
        return _overflow(frame)
    finally:
        frame.evaluate("document.adoptedStyleSheets = []")


def _axe_violations(frame: Frame, scheme: str) -> list[str]:
    if scheme == "dark" and frame.parent_frame:
        return []  # a frame shows the page behind it, which axe cannot see from inside: it would take it for white
    options = ASK_COLOURS if scheme == "dark" else ASK_FRAME if frame.parent_frame else ASK_PAGE
    if not frame.evaluate("'axe' in window"):
        frame.evaluate(AXE.axe_script)
    found: list[dict[str, Any]] = frame.evaluate("options => axe.run(options).then(({ violations }) => violations)", options)
    return [f"axe {v['id']}: {v['nodes'][0]['html'][:160]} ({v['nodes'][0]['failureSummary'][:200]})" for v in found]


def save_picture(page: Page, name: str, *, whole: bool = True) -> None:
    """Into screenshots/: the whole page, or what the window shows of it now."""
    folder = Path(project.BASE_DIR) / "screenshots"
    path = folder / f"{name}.png"
    size = page.viewport_size
    if whole and len(page.frames) > 1 and size:
        height: int = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST)})
        page.screenshot(path=path)
        page.set_viewport_size(size)
    else:
        page.screenshot(path=path, full_page=whole)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. Only for a module: while it runs, its event loop occupies the tests' thread."""
    program = shutil.which("chromium")
    assert program, "the plugin that looks for tools runs before any fixture"
    # Playwright's loop makes Django think that tests are asynchronous code. They are not.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def platform_server() -> Iterator[LiveServerThread]:
    """The platform in a thread. Its own middleware serves the static files, as it does in production."""

    def as_it_is(handler: WSGIHandler) -> WSGIHandler:
        return handler

    thread = LiveServerThread("127.0.0.1", as_it_is)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield thread
    thread.terminate()


@pytest.fixture
def site(transactional_db: None, settings: Any, platform_server: LiveServerThread) -> Site:
    """The running platform, whose addresses the settings name."""
    found = Site(f"http://127.0.0.1:{platform_server.port}", f"http://localhost:{platform_server.port}")
    settings.BASE_URL, settings.CARD_FRAME_ORIGIN = found.url, found.card_frame_url
    settings.CONTENT_SECURITY_POLICY = deepcopy(settings.CONTENT_SECURITY_POLICY)
    settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["frame-src"] = [found.card_frame_url]
    return found


@pytest.fixture
def open_window(site: Site, chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Open windows: open_window("phone", owner). Each is a person of their own, signed in if a user is given."""
    opened: list[Window] = []

    def open_one(size: str = "desk", user: User | None = None, locale: str = "en-US") -> Window:
        width, height = WIDTHS[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="light", reduced_motion="reduce", locale=locale
        )
        if user is not None:
            context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": _session_of(user), "url": site.url}])
        opened.append(Window(site, context, context.new_page(), str(width)))
        return opened[-1]

    yield open_one
    for window in opened:
        window.context.close()
    faults = [fault for window in opened for fault in window.faults]
    assert not faults, "\n".join(faults)


def _session_of(user: User) -> str:
    give_second_factor(user)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[project.SESSION_COOKIE_NAME].value


@pytest.fixture
def window(open_window: Callable[..., Window]) -> Window:
    """A window on a desk."""
    return open_window()
