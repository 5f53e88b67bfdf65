"""The webhook pages in a real browser: made, sent to, looked at, sound in every width and colour."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import expect

from browser_testing import WIDTHS, Window
from common.scopes import across_merchants
from common.tests.receiver import Reply, receiving
from merchants.models import Merchant
from people.models import User
from webhooks.services.endpoints import create_endpoint
from webhooks.tests.conftest import VERSION, deliver_once, tell

pytestmark = pytest.mark.browser


def elsewhere(work: Callable[[], object]) -> None:
    """In a thread of its own, because the browser's event loop runs in this one."""

    def run() -> None:
        try:
            with across_merchants("tests look at everything"):
                work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


@pytest.mark.parametrize("size", WIDTHS)
def test_an_endpoint_is_made_fails_and_is_understood(
    open_window: Callable[..., Window], size: str, acme: Merchant, acme_owner: User, settings
) -> None:
    settings.OUTGOING_MAY_REACH = ["127.0.0.1/32"]
    window = open_window(size, acme_owner)
    page = window.open("/webhooks/")
    page.get_by_role("textbox", name="Address").fill("https://10.0.0.1/hook")
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.get_by_text("is a private, reserved or local address")).to_be_visible()
    window.look("webhooks-error")
    page.get_by_role("textbox", name="Address").fill("https://hooks.example.com/in")
    page.get_by_text("payment.failed").click()
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.get_by_text("it is shown only this once")).to_be_visible()
    expect(page.get_by_text("Nothing sent yet")).to_be_visible()
    window.look("webhook-new")

    with receiving(lambda request: Reply(500, body=b'{"error": "the database is down"}')) as receiver:
        failing, _ = create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        tell(acme)
        elsewhere(deliver_once)
    window.open("/webhooks/")
    window.look("webhooks")
    page = window.open(f"/webhooks/{failing.public_id}/")
    expect(page.get_by_text("Deliveries failed once.")).to_be_visible()
    window.look("webhook-failing")
    page.get_by_role("link", name="payment.captured").click()
    page.get_by_text("Request and answer").click()
    expect(page.get_by_text("the database is down")).to_be_visible()
    window.look("webhook-delivery")
