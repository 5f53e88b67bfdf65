"""The SDK's playground, against a demo of one merchant, as `make run` has it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser_testing import WIDTHS, Site
from checkout.models import CheckoutSession
from checkout.tests.conftest import FSA, VISA
from fsa_platform.tests.sdk.conftest import Keys
from fsa_platform.tests.sdk.test_shops import type_in
from merchants.models import Merchant
from merchants.services import set_embed_origins

pytestmark = pytest.mark.browser
PAGE = "/docs/playground/"


@pytest.fixture
def demo(settings: Any, tmp_path: Path, acme: Merchant, keys: Keys, site: Site) -> Keys:
    settings.DATA_DIR = tmp_path
    written = {"merchant_id": acme.public_id, "publishable_key": keys.publishable, "secret_key": keys.secret}
    (tmp_path / "demo.json").write_text(json.dumps(written))
    set_embed_origins(merchant=acme, origins=[site.url])
    return keys


@pytest.mark.parametrize("size", WIDTHS)
def test_what_is_typed_is_shown_at_once_and_sold_in_a_frame(open_window: Any, size: str, demo: Keys) -> None:
    window = open_window(size)
    page = window.open(PAGE)
    expect(page.locator("fsa-badge [part=label]")).to_have_text("FSA/HSA eligible")
    expect(page.locator("fsa-cart-split dd").first).to_have_text("$15.00")
    assert demo.secret not in page.content()
    window.look("playground")

    page.locator("#lang").select_option("es")
    page.locator("#ref").fill("VIT-3")
    expect(page.locator("fsa-badge [part=label]")).to_have_text("Elegible para FSA/HSA con una carta médica")
    page.locator("#cart").fill("[{")
    expect(page.locator("#cart-error")).to_have_text("This is no JSON yet.")
    page.locator("#cart").fill('[{"product": "IBU-1", "quantity": 2}, {"product": "CHIPS", "quantity": 1}]')
    expect(page.locator("fsa-cart-split dd").first).to_have_text("$30.00")
    expect(page.locator("#snippet")).to_contain_text('<fsa-badge ref="VIT-3" lang="es"></fsa-badge>')
    page.locator("#embed").click()
    inside = page.frame_locator("#checkout iframe")
    expect(page.locator("#events")).to_contain_text('"type":"ready"')
    type_in(inside, "benefit", FSA)
    type_in(inside, "card", VISA)
    inside.locator("#pay-button").click()

    expect(page.locator("#events")).to_contain_text('"type":"complete"')
    window.look("playground-paid")
    # Here the shop is the platform itself, which browsers warn of: a frame of the page's own origin could leave its sandbox.
    window.faults[:] = [fault for fault in window.faults if "can escape its sandboxing" not in fault]
    told = page.locator("#events").inner_text()
    assert not re.search(r"tok_|\d{12}|sk_test|[\w.]+@", told)
    assert CheckoutSession.objects.get().amount_total_cents == 3700


def test_a_key_that_is_secret_is_refused_in_words(window: Any, demo: Keys) -> None:
    page = window.open(PAGE)
    page.locator("#key").fill(demo.secret)

    expect(page.locator("#key-error")).to_contain_text("This is a secret key")


def test_the_server_sells_products_of_the_demo_alone(window: Any, demo: Keys) -> None:
    page = window.open(PAGE)
    page.locator("#cart").fill('[{"product": "NOTHING", "quantity": 1}]')
    page.locator("#redirect").click()

    expect(page.locator("#checkout-error")).to_contain_text("the SKU of a demo product")
    assert not CheckoutSession.objects.exists()


def test_without_a_demo_the_page_asks_for_a_key_and_sells_nothing(window: Any, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    page = window.open(PAGE)

    expect(page.locator("#key-error")).to_contain_text("loadFsa needs your publishable key")
    expect(page.locator("#redirect")).to_have_count(0)
    window.look("playground-no-demo")
