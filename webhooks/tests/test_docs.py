"""docs/webhooks.md says what the code does, and its examples verify what we sign."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from merchants.event_types import EVENT_TYPES
from webhooks.engine.attempt import TIMEOUT_S
from webhooks.engine.claims import PER_ENDPOINT
from webhooks.schedule import MAX_ATTEMPTS, RETRY_DELAYS
from webhooks.services.replay import MAX_EVENTS, MAX_RANGE
from webhooks.signing import new_secret, signed_headers

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "webhooks.md").read_text("utf-8")


def example(language):
    return re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL).group(1)


def cases():
    """(secret, headers, body, is ours): signed by one of two secrets, tampered, stale, of another secret."""
    old, new, other = new_secret(), new_secret(), new_secret()
    body, now = '{"a":"ü"}', int(time.time())
    good = signed_headers(secrets=[new, old], message_id="evt_1", timestamp=now, body=body.encode())
    stale = signed_headers(secrets=[new], message_id="evt_1", timestamp=now - 600, body=body.encode())
    return [
        (new, good, body, True), (old, good, body, True), (other, good, body, False), (new, good, body + " ", False),
        (new, good | {"webhook-id": "evt_2"}, body, False), (new, stale, body, False), (new, good | {"webhook-signature": "v1,"}, body, False),
    ]  # fmt: skip


def test_the_python_example():
    names = {}
    exec(example("python"), names)

    for secret, headers, body, is_ours in cases():
        assert names["verify"](secret, headers, body.encode()) is is_ours


@pytest.mark.needs("node")
def test_the_node_example():
    script = (
        example("js") + "const cases = JSON.parse(require('fs').readFileSync(0)); console.log(JSON.stringify("
        "cases.map(([secret, headers, body]) => verify(secret, headers, Buffer.from(body)))));"
    )

    assert run(["node", "-e", script]) == [is_ours for *_, is_ours in cases()]


@pytest.mark.needs("php")
def test_the_php_example():
    script = (
        example("php") + "echo json_encode(array_map(fn($c) => verify($c[0], $c[1], $c[2]),"
        " json_decode(file_get_contents('php://stdin'), true)));"
    )

    assert run(["php", "-r", script]) == [is_ours for *_, is_ours in cases()]


def run(command):
    done = subprocess.run(command, input=json.dumps(cases()), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_the_table_of_events_is_the_codes():
    assert dict(re.findall(r"^\| `([a-z_.]+\.[a-z_]+)` \| (.+?) \|$", TEXT, re.MULTILINE)) == dict(EVENT_TYPES)


def test_every_event_that_the_code_records_is_in_the_table():
    """Reads each call of record_event and record_events, and each tuple given to the latter."""
    found = set()
    for path in ROOT.glob("*/**/*.py"):
        if {"tests", "migrations", "bench", "demo"} & set(path.parts) or ".venv" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
                "record_event",
                "record_events",
            }:
                texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
                found |= {text for text in texts if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", text)}

    assert found <= set(EVENT_TYPES)
    assert found >= {"payment.failed", "checkout.session.completed"}


def test_the_numbers_are_the_codes():
    units = {"s": 1, "min": 60, "h": 3600}
    written = re.search(r"The next attempts come after (.+?), each up to", TEXT).group(1)
    seconds = [int(count) * units[unit] for count, unit in re.findall(r"(\d+) (s|min|h)\b", written)]

    assert seconds == [delay.total_seconds() for delay in RETRY_DELAYS]
    assert "ten attempts" in TEXT
    assert MAX_ATTEMPTS == 10
    assert f"within **{TIMEOUT_S:g} seconds**" in TEXT
    assert f"at most {PER_ENDPOINT} calls at a time" in TEXT
    assert f"at most {MAX_RANGE.days} days and {MAX_EVENTS:,} events" in TEXT
