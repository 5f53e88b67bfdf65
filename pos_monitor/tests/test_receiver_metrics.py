"""What /metrics tells of the doors, whichever process holds them."""

from __future__ import annotations

import asyncio
import json
import re
import time

import pytest
import redis
from django.conf import settings as project

from pos_monitor.engine import metrics as engines
from pos_monitor.estate import tokens
from pos_monitor.receiving import metrics
from pos_monitor.tests.doors_client import SOON_S, Socket, post, with_doors
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire import lag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def look(client, settings):
    """The figures as a monitor reads them: {name: value}, of whatever process."""
    settings.METRICS_TOKEN = "let-me-look"

    def read():
        answer = client.get("/metrics", headers={"Authorization": "Bearer let-me-look"})
        assert answer.status_code == 200
        found = re.findall(r"^(fsa_telemetry_\w+)(?:\{.*\})? (\S+)$", answer.content.decode(), re.MULTILINE)
        return {name: float(value) for name, value in found if name not in engines.HELP}

    return read


def redis_of_reports():
    return redis.from_url(project.TELEMETRY_REDIS_URL or project.REDIS_URL)


async def said(**expected):
    """Wait until this process has told these figures."""
    with redis_of_reports() as client:
        while True:
            told = json.loads(client.hget(metrics.KEY, metrics.name()) or "{}")
            if told.items() >= expected.items():
                return
            await asyncio.sleep(0.02)


def test_what_was_taken_refused_and_turned_away_is_counted(acme, look, monkeypatch):
    monkeypatch.setattr(metrics, "SAY_S", 0.05)
    token = tokens.issue(terminal=a_terminal(acme))

    async def scenario(doors):
        socket = Socket(doors, token)
        await socket.open()
        await post(doors, [{"boot": 1, "seq": 1}, {"boot": 1, "seq": 2, "battery_percent": 400}, {"boot": 1}], token)
        await post(doors, {"boot": 1, "seq": 3}, "trm_test_nobody")
        doors.receiver.pressure.redis_fails("gone")
        await post(doors, {"boot": 1, "seq": 3}, token)
        await asyncio.wait_for(said(turned_away_total=1, shut=1), SOON_S)

    with_doors(scenario)
    with redis_of_reports() as client:
        client.set(lag.lag_key(0), lag.encode(lag.Lag(1_500, 0)))
    told = look()

    assert told.pop("fsa_telemetry_redis_bytes") > 0
    assert told == {
        "fsa_telemetry_stream_entries": 1, "fsa_telemetry_lag_seconds": 1.5, "fsa_telemetry_sockets": 1, "fsa_telemetry_held_reports": 0,
        "fsa_telemetry_shut": 1, "fsa_telemetry_reports_total": 2, "fsa_telemetry_merged_total": 0, "fsa_telemetry_refused_total": 1,
        "fsa_telemetry_flawed_total": 1, "fsa_telemetry_limited_total": 0, "fsa_telemetry_turned_away_total": 1,
        "fsa_telemetry_strangers_total": 1, "fsa_telemetry_commands_total": 0,
    }  # fmt: skip
    assert set(told) | {"fsa_telemetry_redis_bytes"} == set(metrics.HELP)


def test_a_process_that_ended_is_forgotten_and_no_engine_is_no_lag(look):
    with redis_of_reports() as client:
        client.hset(metrics.KEY, "gone", json.dumps({"at": time.time() - metrics.GONE_S - 1, "role": "receive", "sockets": 7}))
        told = look()

        assert not client.hexists(metrics.KEY, "gone")
    assert set(told) == {"fsa_telemetry_stream_entries", "fsa_telemetry_redis_bytes"}


def test_without_the_redis_of_reports_the_other_figures_are_told(look, settings):
    settings.TELEMETRY_REDIS_URL = "redis://127.0.0.1:1/0"

    assert look() == {}
