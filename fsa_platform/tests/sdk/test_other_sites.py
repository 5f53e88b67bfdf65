"""The SDK on a site of another origin: under the strictest policy, with the platform away, among liars, and not let in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from browser_testing import Site, Window
from checkout.models import CheckoutSession
from checkout.services.create import BasketLine, create_session
from checkout.tests.conftest import FSA, VISA, line
from fsa_platform.tests.sdk.conftest import Keys, visiting
from fsa_platform.tests.sdk.test_shops import type_in
from merchants.models import Merchant
from merchants.services import set_embed_origins
from portal.sdk import integrity

pytestmark = pytest.mark.browser
ASKED_EVERY_MS, ASKED_TIMES = 100, 300
CSP = (
    "default-src 'none'; script-src 'self' {fsa}; connect-src {fsa}; frame-src {fsa}; base-uri 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
SCRIPT = """
import { loadFsa } from "%(fsa)s/sdk/v1.0.0/fsa.mjs";
window.heard = [];
window.said = [];
addEventListener("message", ({ data }) => window.said.push(data));
window.fsa = loadFsa({ publishableKey: "%(key)s" });
document.querySelector("fsa-cart-split").lines = [{ product: "IBU-1", quantity: 1 }, { product: "CHIPS", quantity: 1 }];
window.embed = (url) => { window.checkout = window.fsa.embedCheckout(url, document.getElementById("place"), (event) => window.heard.push(event)); };
"""
HTML = """<!doctype html><html lang="en"><head><title>Shop</title></head><body><main><h1>Shop</h1>
<fsa-badge ref="IBU-1"></fsa-badge><fsa-badge ref="CHIPS"></fsa-badge><fsa-cart-split></fsa-cart-split>
<div id="place"></div></main>%(scripts)s</body></html>"""
BY_MODULE = '<script type="module" src="/shop.js"></script>'


class Shop:
    """A site of its own on `localhost`, which is another origin than the platform’s 127.0.0.1; every answer has the strictest policy."""

    def __init__(self, site: Site, keys: Keys) -> None:
        self.names = {"fsa": site.url, "key": keys.publishable, "scripts": BY_MODULE}
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_script = self.path == "/shop.js"
                body = ((SCRIPT if is_script else HTML) % shop.names).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", CSP.format(fsa=site.url))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shop(site: Site, keys: Keys, acme: Merchant) -> Iterator[Shop]:
    made = Shop(site, keys)
    set_embed_origins(merchant=acme, origins=[made.url])
    yield made
    made.server.shutdown()
    made.server.server_close()


def until(page: Page, expression: str) -> None:
    """Wait until it holds. The page's policy forbids what Playwright's own waiting does."""
    for _ in range(ASKED_TIMES):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(ASKED_EVERY_MS)
    raise AssertionError(f"never became true: {expression}")


def opened(window: Window, shop: Shop) -> Page:
    window.page.goto(shop.url)
    return window.page


def the_session(acme: Merchant, shop: Shop) -> CheckoutSession:
    lines: list[BasketLine] = [line(cents=1500, quantity=2), line("Nacho tortilla chips", 700)]
    return create_session(merchant=acme, lines=lines, success_url=f"{shop.url}/thanks", cancel_url=f"{shop.url}/cart")


def test_all_of_it_works_under_the_strictest_policy(window: Window, shop: Shop, acme: Merchant, site: Site) -> None:
    with visiting(window, shop.url):
        page = opened(window, shop)
        expect(page.locator("fsa-badge [part=label]")).to_have_text("FSA/HSA eligible")
        expect(page.locator("fsa-cart-split dd").first).to_have_text("$15.00")
        assert page.locator("fsa-badge [part=badge]").evaluate("e => getComputedStyle(e).borderRadius") == "8px"
        page.evaluate("url => embed(url)", f"{site.url}/pay/{the_session(acme, shop).public_id}/")
        inside = page.frame_locator("iframe")
        type_in(inside, "benefit", FSA)
        type_in(inside, "card", VISA)
        inside.locator("#pay-button").click()
        expect(inside.get_by_role("heading", level=1)).to_contain_text("Paid $37.00")
        until(page, "heard.some((event) => event.type === 'complete')")

        told: list[dict[str, Any]] = page.evaluate("heard")
        assert told[0]["type"] == "ready"
        assert {"type": "change", "session": told[0]["session"], "benefit_cents": 3000, "other_cents": 700} in told
        assert told[-1]["status"] == "complete"
        allowed = {"fsa", "type", "session", "height", "status", "benefit_cents", "other_cents"}
        assert {name for said in page.evaluate("said") for name in said} <= allowed
        assert page.url == f"{shop.url}/"


def test_a_liar_on_the_page_is_not_believed(window: Window, shop: Shop, acme: Merchant, site: Site) -> None:
    with visiting(window, shop.url):
        page = opened(window, shop)
        session = the_session(acme, shop)
        page.evaluate("url => embed(url)", f"{site.url}/pay/{session.public_id}/")
        until(page, "heard.some((event) => event.type === 'ready')")
        page.evaluate("session => postMessage({ fsa: 1, type: 'complete', session, status: 'complete' }, '*')", session.public_id)
        until(page, "said.some((data) => data.type === 'complete')")

        assert "complete" not in {event["type"] for event in page.evaluate("heard")}


def test_to_go_back_is_told_and_leaves_the_frame_where_it_is(window: Window, shop: Shop, acme: Merchant, site: Site) -> None:
    with visiting(window, shop.url):
        page = opened(window, shop)
        page.evaluate("url => embed(url)", f"{site.url}/pay/{the_session(acme, shop).public_id}/")
        until(page, "heard.some((event) => event.type === 'ready')")
        page.frame_locator("iframe").get_by_role("link", name="Cancel and return").click()

        until(page, "heard.some((event) => event.type === 'cancel')")
        expect(page.frame_locator("iframe").locator("#pay-button")).to_be_visible()


def test_with_the_platform_away_nothing_is_called_eligible(window: Window, shop: Shop, site: Site) -> None:
    window.context.route(f"{site.url}/v1/public/**", lambda route: route.abort())
    with visiting(window, shop.url):
        page = opened(window, shop)
        until(page, "document.querySelector('fsa-badge').shadowRoot && document.querySelector('fsa-cart-split').shadowRoot")

        expect(page.locator("[part]")).to_have_count(0)
        expect(page.locator("fsa-badge").first).to_be_hidden()


def test_a_changed_file_does_not_run(window: Window, shop: Shop, site: Site, keys: Keys) -> None:
    held = integrity("1.0.0")["fsa.js"]
    source = f'src="{site.url}/sdk/v1.0.0/fsa.js" integrity="{held}" crossorigin="anonymous"'
    element = f'<script {source} data-publishable-key="{keys.publishable}"></script>'
    with visiting(window, shop.url):
        shop.names["scripts"] = element
        page = opened(window, shop)
        expect(page.locator("fsa-badge [part=label]")).to_have_text("FSA/HSA eligible")

        def changed(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text() + " ")

        window.context.route(f"{site.url}/sdk/**", changed)
        page.reload()

        assert page.evaluate("'FsaPlatform' in window") is False
    window.faults[:] = [fault for fault in window.faults if "integrity" not in fault]


def test_a_site_that_was_not_named_shows_no_checkout_and_is_told(window: Window, shop: Shop, acme: Merchant, site: Site) -> None:
    with visiting(window, shop.url):
        window.page.clock.install()
        page = opened(window, shop)
        set_embed_origins(merchant=acme, origins=["https://other.example"])
        page.evaluate("url => embed(url)", f"{site.url}/pay/{the_session(acme, shop).public_id}/")
        page.clock.fast_forward(20_000)

        until(page, "heard.length")
        assert [event["code"] for event in page.evaluate("heard")] == ["checkout_unreachable"]
        expect(page.locator("iframe")).to_have_count(0)
    window.faults[:] = [fault for fault in window.faults if "frame-ancestors" not in fault]
