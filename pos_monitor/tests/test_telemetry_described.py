"""POST /v1/telemetry answers as the API's description says. The description finds views; this door is none, so it is driven here."""

from __future__ import annotations

import asyncio
import gzip
import threading
from contextlib import contextmanager

import httpx
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from msgspec.structs import fields
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from pos_monitor.api.telemetry_schema import MEANING
from pos_monitor.estate import tokens
from pos_monitor.receiving.alone import alone
from pos_monitor.receiving.doors import Doors
from pos_monitor.receiving.errors import ReportsNotNow
from pos_monitor.tests.doors_client import stored_names
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire.report import Report

pytestmark = pytest.mark.django_db(transaction=True)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PATH = "/v1/telemetry"


@pytest.fixture
def described(client):
    return client.get("/v1/openapi.json").json()


@contextmanager
def doors_in_a_loop_of_their_own():
    """Open doors, and a way to call them from outside their loop, which lives as long as they do."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    doors = Doors()
    try:
        run(doors.start())
        yield doors, run
    finally:
        run(doors.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def ask(doors, content, headers):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(alone(doors)), base_url="http://till") as client:
        return await client.post(PATH, content=content, headers=headers)


def test_each_field_of_a_report_is_described_with_its_bounds(described):
    validate(described)
    told = described["components"]["schemas"]["TelemetryReport"]

    assert set(told["properties"]) == {field.name for field in fields(Report)} == set(MEANING)
    assert told["required"] == ["boot", "seq"]
    assert "additionalProperties" not in told
    assert told["properties"]["signal_dbm"] == {
        "type": "integer", "minimum": -120, "maximum": 0, "description": "Of the network's signal, in dBm.",
    }  # fmt: skip
    assert all("default" not in shape and shape["description"] for shape in told["properties"].values())


def test_the_examples_are_reports_that_are_taken_whole(described, acme):
    token = tokens.issue(terminal=a_terminal(acme))
    content = described["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]

    with doors_in_a_loop_of_their_own() as (doors, run):
        headers = {"authorization": f"Bearer {token}"}
        answers = [
            run(ask(doors, httpx.Request("POST", "/", json=one["value"]).content, headers)).json()
            for one in content["examples"].values()
        ]

    assert [(answer["accepted"], answer["faults"]) for answer in answers] == [(1, []), (2, [])]


@pytest.mark.slow
def test_whatever_is_sent_the_door_answers_as_it_says(acme):
    token = tokens.issue(terminal=a_terminal(acme))
    operation = schemathesis.openapi.from_wsgi("/v1/openapi.json", get_wsgi_application())[PATH]["POST"]
    seen = set()

    with doors_in_a_loop_of_their_own() as (doors, run):

        @budget(
            max_examples=30, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), known=st.booleans(), packed=st.booleans(), shut=st.integers(0, 9))
        def send(case, known, packed, shut):
            asked = case.as_transport_kwargs()
            content = httpx.Request("POST", "/", json=case.body).content
            headers = {"authorization": f"Bearer {token if known else 'trm_test_nobody'}"}
            if packed:
                content, headers["content-encoding"] = gzip.compress(content), "gzip"
            pressure = doors.receiver.pressure
            if shut == 0:
                pressure.redis_fails("gone")
            answer = run(ask(doors, content, headers))
            pressure.redis_answers()
            seen.add(answer.status_code)
            checks = [check for check in CHECKS if shut or check is not not_a_server_error]
            case.validate_response(answer, checks=checks, transport_kwargs=asked)

        send()

    assert seen >= {200, 401, ReportsNotNow.http_status}
    assert stored_names()
