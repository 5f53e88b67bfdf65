"""Answers of unknown length leave while they are made."""

from __future__ import annotations

import asyncio

import pytest
from django.urls import reverse

from fsa_platform.asgi_handler import OneThreadHandler
from portal.tests.admin_samples import make_sale


@pytest.mark.django_db(transaction=True)
def test_an_export_leaves_part_by_part_and_ends_when_its_caller_hangs_up(signed_in, acme_owner, acme, monkeypatch, settings):
    """Over ASGI, as in production: the test client would gather it."""
    settings.WEB_THREADS = 1
    monkeypatch.setattr("sales.exporting.BATCH", 1)
    for number in range(1, 5):
        make_sale(acme, order=f"W-{number}", number=number)
    cookies = signed_in(acme_owner).cookies
    asked = {
        "type": "http", "method": "GET", "path": reverse("portal:sales_export", args=["csv"]), "query_string": b"", "http_version": "1.1",
        "headers": [(b"host", b"testserver"), (b"cookie", "; ".join(f"{k}={v.value}" for k, v in cookies.items()).encode())],
    }  # fmt: skip

    def taken(hang_up_after):
        sent, asked_for, gone = [], [{"type": "http.request", "body": b"", "more_body": False}], asyncio.Event()

        async def receive():
            if asked_for:
                return asked_for.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if len(sent) == hang_up_after:
                gone.set()
                await asyncio.sleep(0.01)  # the loop hears of it before the next part

        asyncio.run(OneThreadHandler()(asked, receive, send))
        return [message.get("body", b"") for message in sent]

    whole, cut = taken(None), taken(3)

    assert len([part for part in whole if b"W-" in part]) == 4
    assert len([part for part in cut if b"W-" in part]) < 4
