"""POST /v1/telemetry, as a terminal calls it."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from django.db import OperationalError

from pos_monitor.estate import tokens
from pos_monitor.estate.tokens import TokenMap
from pos_monitor.tests.doors_client import post, stored, stored_names, with_doors
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def token(till):
    return tokens.issue(terminal=till)


def report(seq=1, **fields):
    return {"v": 1, "boot": 1, "seq": seq, "battery_percent": 80, **fields}


def call(body, token, **headers):
    return with_doors(lambda doors: post(doors, body, token, **headers))


def test_a_report_is_answered_once_it_is_in_the_stream(till, token):
    answer = call(report(7, firmware="4.2.1-http"), token)

    assert (answer.status_code, answer.json()) == (
        200,
        {"accepted": 1, "refused": 0, "ack": {"boot": 1, "seq": 7}, "faults": [], "commands": []},
    )
    assert stored_names() == [(till.pk, 1, 7)]
    assert stored()[0].words == ["4.2.1-http"]


def test_a_batch_in_gzip_is_one_entry(till, token):
    body = gzip.compress(json.dumps([report(seq) for seq in range(500)]).encode())

    answer = call(body, token, **{"content-encoding": "gzip"})

    assert answer.json()["ack"] == {"boot": 1, "seq": 499}
    assert stored_names() == [(till.pk, 1, seq) for seq in range(500)]
    assert len(stored()) == 1


def test_what_was_wrong_is_told_report_by_report_and_the_rest_is_stored(till, token):
    body = json.dumps([report(1), report("two"), report(3, battery_percent=float("nan"))]).encode()

    answer = call(body, token)

    assert (answer.status_code, answer.json()["accepted"], answer.json()["refused"]) == (200, 2, 1)
    assert [(fault["index"], fault["code"], fault["refused"]) for fault in answer.json()["faults"]] == [
        (1, "report_unnamed", True), (2, "value_unbelievable", False),
    ]  # fmt: skip
    assert stored_names() == [(till.pk, 1, 1), (till.pk, 1, 3)]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "reports_unreadable"),
        (b'[{"boot": 1}]', {}, 400, "reports_refused"),
        (b"[]", {}, 400, "reports_refused"),
        (b"x", {"content-encoding": "gzip"}, 400, "reports_unreadable"),
        (gzip.compress(b"{}", mtime=0)[:-4], {"content-encoding": "gzip"}, 400, "reports_unreadable"),
        (b"{}", {"content-encoding": "br"}, 415, "reports_encoding_unknown"),
        (b" " * 1_000_001, {}, 413, "body_too_large"),
        (gzip.compress(b" " * 100_000_000, mtime=0), {"content-encoding": "gzip"}, 413, "body_too_large"),
        (json.dumps([report(seq) for seq in range(501)]).encode(), {}, 400, "reports_unreadable"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_and_nothing_is_stored(token, body, headers, status, code):
    answer = call(body, token, **headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert stored_names() == []


@pytest.mark.parametrize("shown", [None, "", "trm_test_nobody", "sk_test_a_merchants_key"])
def test_a_stranger_is_refused(token, shown):
    answer = call(report(), shown)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "terminal_token_invalid")
    assert answer.headers["www-authenticate"] == 'Bearer realm="terminals"'
    assert stored_names() == []


def test_a_revoked_token_is_refused(till, token):
    tokens.revoke(terminal=till)

    assert call(report(), token).status_code == 401
    assert stored_names() == []


def test_a_report_counts_for_the_terminal_whose_token_it_is_and_for_no_other(till, token, globex):
    other = a_terminal(globex)

    call(report(1, terminal=other.pk, terminal_id=other.public_id), token)

    assert stored_names() == [(till.pk, 1, 1)]


def test_a_terminal_that_is_bound_to_a_certificate_must_show_it(till, settings):
    settings.TELEMETRY_CERTIFICATE_HEADER = "x-client-sha256"
    till.certificate_sha256 = "ab" * 32
    till.save()
    token = tokens.issue(terminal=till)

    forged = call(report(), token, **{"x-client-sha256": "ab" * 32})  # by nobody's word but the caller's
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    without, wrong = call(report(), token), call(report(), token, **{"x-client-sha256": "cd" * 32})
    right = call(report(), token, **{"x-client-sha256": ":".join(["AB"] * 32)})

    assert [answer.status_code for answer in (forged, without, wrong, right)] == [401, 401, 401, 200]
    assert without.json()["error"]["code"] == "terminal_certificate_wrong"
    settings.TELEMETRY_CERTIFICATE_HEADER = ""
    assert call(report(2), token, **{"x-client-sha256": "ab" * 32}).status_code == 401  # nobody vouches for the header


def test_who_floods_is_told_to_wait_and_the_merchant_next_door_is_not(till, token, globex, settings):
    settings.TELEMETRY_TERMINAL_RATE_PER_S = 1
    neighbour = tokens.issue(terminal=a_terminal(globex))
    batch = [report(seq) for seq in range(500)]

    async def scenario(doors):
        return [await post(doors, batch, one) for one in (token, token, token, neighbour)]

    answers = with_doors(scenario)

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert answers[2].json()["error"]["code"] == "reports_too_many"
    assert int(answers[2].headers["retry-after"]) >= 1
    assert len(stored_names()) == 1_500


@pytest.mark.parametrize(("body", "taken"), [(b"[" * 900_000, 3), (json.dumps(["no report"] * 500).encode(), 2)])
def test_what_cannot_be_read_costs_as_much_as_what_can(token, globex, settings, body, taken):
    settings.TELEMETRY_TERMINAL_RATE_PER_S = 1
    neighbour = tokens.issue(terminal=a_terminal(globex))

    async def scenario(doors):
        tries = [(await post(doors, body, token)).status_code for _ in range(taken + 1)]
        return tries, (await post(doors, report(), neighbour)).status_code

    assert with_doors(scenario) == ([400] * taken + [429], 200)


def test_a_token_that_cannot_be_looked_up_may_be_good(monkeypatch):
    def away(tokens, token):
        raise OperationalError("the database is away")

    monkeypatch.setattr(TokenMap, "look_up", away)

    answer = call(report(), "trm_test_newer_than_our_news")

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "reports_not_now")


def test_who_stumbles_when_the_doors_open_keeps_nobody_waiting(token):
    waited = []

    async def scenario(doors):
        pressure = doors.receiver.pressure
        pressure.redis_fails("gone")
        pressure.when_open(lambda: waited[0])
        pressure.when_open(lambda: waited.append("went on"))
        pressure.redis_answers()
        return await post(doors, report(), token)

    assert with_doors(scenario).status_code == 200
    assert waited == ["went on"]


def test_all_terminals_of_a_merchant_share_what_it_may_send(acme, globex):
    flood = [tokens.issue(terminal=a_terminal(acme)) for _ in range(4)]
    neighbour = tokens.issue(terminal=a_terminal(globex))
    batch = [report(seq) for seq in range(500)]

    async def scenario(doors):
        return [(await post(doors, batch, one)).status_code for one in [*flood, neighbour]]

    assert with_doors(scenario) == [200, 200, 200, 429, 200]


def test_while_the_doors_are_shut_terminals_keep_what_they_have(token):
    async def scenario(doors):
        doors.receiver.pressure.redis_fails("gone")
        refused = await post(doors, report(), token)
        doors.receiver.pressure.redis_answers()
        return refused, await post(doors, report(), token)

    refused, taken = with_doors(scenario)

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "reports_not_now")
    assert 1 <= int(refused.headers["retry-after"]) <= 4
    assert taken.status_code == 200
    assert len(stored_names()) == 1


def test_only_post_is_taken(token):
    import httpx

    from pos_monitor.receiving.alone import alone

    async def scenario(doors):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(alone(doors)), base_url="http://till") as client:
            return [await client.get(path) for path in ("/v1/telemetry", "/healthz", "/readyz", "/")]

    answers = with_doors(scenario)

    assert [answer.status_code for answer in answers] == [405, 200, 200, 404]
    assert answers[0].headers["allow"] == "POST"
    for answer, code in ((answers[0], "method_not_allowed"), (answers[3], "not_found")):
        told = answer.json()["error"]
        assert (told["code"], told["request_id"]) == (code, answer.headers["x-request-id"])
        assert told["request_id"].startswith("req_")


def test_a_body_that_grows_for_ever_is_cut_off(token):
    bomb = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    body = bomb.compress(b"[" * 50_000_000) + bomb.flush()
    assert len(body) < 100_000

    assert call(body, token, **{"content-encoding": "gzip"}).status_code == 413
