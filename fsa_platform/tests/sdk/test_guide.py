"""The samples of docs/sdk.md do what the guide says: pages in Chromium on a site of their own, modules built and rendered by Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from browser_testing import Site, Window
from checkout.tests.conftest import IBUPROFEN, VITAMINS
from eligibility.catalogue.products import save_product
from fsa_platform.tests.docs_samples import Sample, samples
from fsa_platform.tests.sdk.conftest import SDK, Keys, visiting
from merchants.models import Merchant
from merchants.services import set_embed_origins

GUIDE = samples("sdk")
PAGES = {re.search(r"<title>(.+)</title>", sample.code)[1]: sample for sample in GUIDE if sample.language == "html"}  # type: ignore[index]
MODULES = [sample for sample in GUIDE if sample.language in {"ts", "jsx"} or 'from "vue"' in sample.code]
BADGE = "fsa-badge [part=label]"


@pytest.fixture
def shelf(acme: Merchant, keys: Keys) -> None:
    """The two products that the guide names: one is eligible, one needs a letter."""
    save_product(merchant=acme, sku="PHA-0003", title="Ibuprofen 200 mg", gtin14=IBUPROFEN, price_cents=1500)
    save_product(merchant=acme, sku="PHA-0004", title=VITAMINS, price_cents=500)


@contextmanager
def a_shop(html: str, session: Callable[[], Any]) -> Iterator[str]:
    """A site whose only page is the sample, and whose server opens a session when it is asked to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(html, "text/html; charset=utf-8")

        def do_POST(self) -> None:
            self.answer(json.dumps(session()), "application/json")

        def answer(self, text: str, kind: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def shows_a_badge(page: Page) -> None:
    expect(page.locator(BADGE)).to_have_text("FSA/HSA eligible")


def shows_spanish_badges(page: Page) -> None:
    expect(page.locator(BADGE)).to_have_count(2)
    expect(page.locator("fsa-badge").first).to_contain_text("FSA/HSA")
    assert page.locator(BADGE).first.text_content() != "FSA/HSA eligible"


def shows_statuses(page: Page) -> None:
    expect(page.locator("#list li")).to_have_text(["PHA-0003: eligible", "PHA-0004: letter"])


def shows_a_split(page: Page) -> None:
    expect(page.locator("#sum")).to_have_text(re.compile(r"^3\d\d\d of 4000 cents are eligible$"))
    expect(page.locator("fsa-cart-split dd").first).to_have_text(re.compile(r"^\$3\d\.\d\d$"))


def goes_to_pay(page: Page) -> None:
    page.get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"/pay/cs_\w+/$"))


def shows_the_checkout(page: Page) -> None:
    expect(page.frame_locator("#checkout iframe").locator("#pay-button")).to_be_visible()


WHAT_IT_DOES = {
    "Badge": shows_a_badge, "Module": shows_a_badge, "Insignias": shows_spanish_badges, "Verdicts": shows_statuses,
    "Cart": shows_a_split, "Pay": goes_to_pay, "Embedded checkout": shows_the_checkout,
}  # fmt: skip


def test_every_page_of_the_guide_has_something_to_do() -> None:
    assert set(WHAT_IT_DOES) == set(PAGES)
    assert {sample.language for sample in GUIDE} <= {"html", "js", "ts", "jsx", "http"}


@pytest.mark.browser
@pytest.mark.parametrize("title", PAGES)
def test_a_page_of_the_guide_does_what_it_says(
    window: Window, site: Site, keys: Keys, shelf: None, acme: Merchant, title: str
) -> None:
    code = PAGES[title].code.replace("http://127.0.0.1:8000", site.url).replace("pk_test_…", keys.publishable)
    address: list[str] = []

    def session() -> Any:
        item = {"title": "Ibuprofen 200 mg", "gtin": IBUPROFEN, "unit_price_cents": 1500}
        basket = {"line_items": [item], "success_url": address[0], "cancel_url": address[0]}
        bearer = {"Authorization": f"Bearer {keys.secret}"}
        return httpx.post(f"{site.url}/v1/checkout/sessions", json=basket, headers=bearer, timeout=60).raise_for_status().json()

    with a_shop(code, session) as shop, visiting(window, shop):
        address.append(shop)
        set_embed_origins(merchant=acme, origins=[shop])
        window.page.goto(shop)
        WHAT_IT_DOES[title](window.page)


RENDER = {
    "jsx": """import { renderToString } from "react-dom/server"; import { createElement } from "react"; import { Cart } from "%s";
process.stdout.write(renderToString(createElement(Cart, { lines: [{ product: "A" }, { product: "B" }] })));""",
    "js": """import { renderToString } from "vue/server-renderer"; import { createSSRApp } from "vue"; import { Cart } from "%s";
process.stdout.write(await renderToString(createSSRApp(Cart, { lines: [{ product: "A" }, { product: "B" }] })));""",
    "ts": """import { fsa } from "%s"; process.stdout.write(String(fsa));""",
}


@pytest.mark.needs("node", "npm")
@pytest.mark.parametrize("sample", MODULES, ids=lambda sample: sample.language)
def test_a_module_of_the_guide_builds_and_renders_on_a_server(packages: None, sample: Sample) -> None:
    folder = SDK / ".guide" / sample.language
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        said = rendered(folder, sample)
    finally:
        shutil.rmtree(folder)

    if sample.language == "ts":
        assert said == "null"  # there is no page on a server
    else:
        assert said.count("<fsa-badge") == 2
        assert "<fsa-cart-split" in said


def rendered(folder: Path, sample: Sample) -> str:
    """What the sample gives, built as a shop would build it: with the release under its package's name."""
    (folder / f"sample.{sample.language}").write_text(sample.code)
    (folder / "main.mjs").write_text(RENDER[sample.language] % f"./sample.{sample.language}")
    build = [
        "node_modules/.bin/esbuild", str(folder / "main.mjs"), "--bundle", "--platform=node", "--format=esm", "--jsx=automatic",
        "--main-fields=module,main", f"--outfile={folder / 'out.mjs'}", "--log-level=error",
        "--banner:js=import { createRequire } from 'module'; const require = createRequire(import.meta.url);",
    ]  # fmt: skip
    subprocess.run(build, cwd=SDK, check=True, timeout=60)
    return subprocess.run(
        ["node", str(folder / "out.mjs")], cwd=SDK, check=True, timeout=60, capture_output=True, text=True
    ).stdout
