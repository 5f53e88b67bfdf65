"""Every sample of the documentation is run as a reader would run it, page by page, from top to bottom."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time

import httpx
import pytest
from django.core.management import call_command

from fsa_platform.tests.docs_samples import Reader, samples
from portal.handbook.contents import PAGES
from rules.customers.tasks import refresh_customers
from webhooks.signing import new_secret, signed_headers

RUN = {"sh", "python", "js"}
SHOWN_ONLY = {"http", "html", "jsx", "ts"}  # what is for browsers is run by fsa_platform/tests/sdk/test_guide.py
NOT_RUN = {
    "getting-started": ["takes one held sale and lets the same go; the recipes run it"],
    "python": ["tests use the folder itself"],
}
RECEIVERS = [sample for page in ("recipes",) for sample in samples(page) if sample.is_receiver]


@pytest.fixture
def reader(site, tmp_path, settings, card_network):
    settings.DATA_DIR = tmp_path / ".run"
    settings.DATA_DIR.mkdir()
    settings.OUTGOING_MAY_REACH = ["127.0.0.0/8", "::1/128"]
    call_command("seed_demo")
    demo = json.loads((settings.DATA_DIR / "demo.json").read_text())
    found = Reader(tmp_path, site.url, demo["secret_key"], demo["publishable_key"])
    yield found
    found.close()


@pytest.mark.slow
@pytest.mark.needs("node")
@pytest.mark.parametrize("page", [entry.name for entry in PAGES])
def test_the_samples_of_a_page_do_what_it_says(reader, page):
    for sample in samples(page):
        is_elsewhere = sample.is_receiver or page == "webhooks" or 'from "vue"' in sample.code
        if sample.language in RUN and not sample.why_not_run and not is_elsewhere:
            reader.run(sample)
            refresh_customers()  # as the worker does every three seconds
        elif sample.more == "answer":
            reader.answer(sample)


def test_nothing_is_left_out_in_silence():
    left_out = {entry.name: [s.why_not_run for s in samples(entry.name) if s.why_not_run] for entry in PAGES}
    languages = {s.language for entry in PAGES for s in samples(entry.name)}

    assert {page: reasons for page, reasons in left_out.items() if reasons} == NOT_RUN
    assert languages <= RUN | SHOWN_ONLY | {"json", "php"}, "a sample without a language, or in one that nothing runs"
    assert [s.name for s in samples("quick-start") if s.language not in {"sh", "json"}] == []
    assert [s.language for s in RECEIVERS] == ["python", "js", "php"]
    # These three are run against the standard's vectors by webhooks/tests/test_docs.py.
    assert [s.language for s in samples("webhooks") if s.language in {"python", "js", "php"}] == ["python", "js", "php"]


@pytest.mark.slow
@pytest.mark.needs("node", "php")
@pytest.mark.parametrize("sample", RECEIVERS, ids=lambda sample: sample.language)
def test_a_receiver_of_the_recipes_takes_what_is_ours_and_nothing_else(sample, tmp_path):
    secret, port = new_secret(), _free_port()
    name = {"python": "receiver.py", "js": "receiver.cjs", "php": "receiver.php"}[sample.language]
    (tmp_path / name).write_text(sample.code)
    command = {"python": [sys.executable], "js": ["node"], "php": ["php", "-S", f"127.0.0.1:{port}"]}[sample.language]
    environment = Reader(tmp_path, "", "", "").environment() | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
    assert shutil.which(command[0], path=os.environ["PATH"])
    process = subprocess.Popen(
        [*command, name], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(port)
        body = json.dumps({"id": "evt_1", "type": "payment.captured", "data": {}}).encode()
        good = signed_headers(secrets=[secret], message_id="evt_1", timestamp=int(time.time()), body=body)
        url = f"http://127.0.0.1:{port}/"
        answers = [
            httpx.post(url, content=content, headers=headers).status_code
            for content, headers in [
                (body, good),
                (body, good),
                (body + b" ", good),
                (body, {**good, "webhook-signature": "v1,AAAA"}),
            ]
        ]
    finally:
        process.kill()
        process.wait()

    assert answers == [204, 204, 400, 400]


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _wait_until_it_listens(port):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("the receiver does not listen")
