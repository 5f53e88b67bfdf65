"""The Python client against the real API: one sale however often it is asked, refusals by name, lists, signatures."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from checkout.models import CheckoutSession
from merchants.keys.services import create_api_key
from merchants.models import ApiKey
from webhooks.signing import new_secret, signed_headers

FOLDER = Path(__file__).resolve().parents[2] / "integrations" / "python"
sys.path.insert(0, str(FOLDER))

import generate  # noqa: E402
from fsa_platform_client import CardRefused, ConnectionFailed, FsaClient, RateLimited, webhooks  # noqa: E402

BASKET = {
    "line_items": [{"title": "Potato chips, sea salt, 8 oz", "quantity": 1, "unit_price_cents": 399}],
    "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart",
}  # fmt: skip


class LosesAnswers(httpx.HTTPTransport):
    """Sends everything; the answers of the first `lost` calls never come back."""

    def __init__(self, lost):
        super().__init__()
        self.lost, self.keys = lost, []

    def handle_request(self, request):
        response = super().handle_request(request)
        self.keys.append(request.headers.get("Idempotency-Key"))
        if len(self.keys) <= self.lost:
            response.read()
            raise httpx.ReadError("the connection broke")
        return response


@pytest.fixture
def key(acme):
    return create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET)[1]


def client_for(site, key, **more):
    found = FsaClient(api_key=key, base_url=site.url, **more)
    found._of_client._sleep = lambda _: None
    return found


def test_an_answer_that_is_lost_makes_one_sale(site, key):
    wire = LosesAnswers(2)
    client = client_for(site, key, http_client=httpx.Client(transport=wire))

    session = client.checkout.sessions_create(BASKET)

    assert [CheckoutSession.objects.get().public_id] == [session["id"]]
    assert len(wire.keys) == 3
    assert len(set(wire.keys)) == 1


def test_when_no_answer_ever_comes_the_key_is_told_and_finds_the_sale(site, key):
    client = client_for(site, key, max_retries=1, http_client=httpx.Client(transport=LosesAnswers(9)))

    with pytest.raises(ConnectionFailed) as lost:
        client.checkout.sessions_create(BASKET)

    again = client_for(site, key).checkout.sessions_create(BASKET, idempotency_key=lost.value.idempotency_key)
    assert CheckoutSession.objects.get().public_id == again["id"]


def test_too_many_calls_are_asked_again_and_then_told(site, key, settings):
    settings.API_RATE_PER_S, settings.API_BURST = 1, 1
    client = client_for(site, key, max_retries=2)
    waits = []
    client._of_client._sleep = waits.append

    with pytest.raises(RateLimited) as refused:
        [client.balance.get() for _ in range(20)]

    assert refused.value.retry_after_s >= 1
    assert all(wait >= refused.value.retry_after_s for wait in waits)


def test_a_declined_card_says_what_to_do_next(site, key, acme, token):
    client = client_for(site, key)
    session = client.checkout.sessions_create(BASKET)

    with pytest.raises(CardRefused) as refused:
        client.checkout.sessions_confirm(session["id"], {"card_token": token(acme, "9999490000000056")})

    assert refused.value.code == "card_declined"
    assert refused.value.advice
    assert refused.value.request_id.startswith("req_")


def test_a_list_is_walked_through_page_by_page(site, key):
    client = client_for(site, key)
    made = [client.payment_links.create({"title": f"Invoice {n}", "amount_cents": 1000})["id"] for n in range(5)]

    found = [link["id"] for link in client.payment_links.list_all(limit=2)]

    assert sorted(found) == sorted(made)


def test_no_key_is_in_logs_or_in_the_clients_own_words(site, key, caplog):
    with caplog.at_level(logging.DEBUG, logger="fsa_platform_client"), client_for(site, key) as client:
        client.balance.get()

    assert "GET /v1/balance: 200" in caplog.text
    assert key not in caplog.text + repr(client) + str(client)


@pytest.mark.parametrize("url", ["http://api.example", "ftp://api.example", ""])
def test_a_key_is_sent_to_no_address_without_tls(url):
    with pytest.raises(ValueError, match="https"):
        FsaClient(api_key="sk_test_x", base_url=url)


def test_signatures():
    old, new, now = new_secret(), new_secret(), int(time.time())
    body = b'{"id": "evt_1", "type": "payment.captured"}'
    headers = signed_headers(secrets=[new], message_id="evt_1", timestamp=now, body=body)

    assert webhooks.verify(body, {name.title(): value for name, value in headers.items()}, new)["id"] == "evt_1"
    assert webhooks.verify(body, headers, [old, new])["id"] == "evt_1"
    for wrong in (
        {"payload": body + b" "}, {"secret": old}, {"now": now + 301}, {"now": now - 301}, {"headers": {}},
        {"headers": headers | {"webhook-id": "evt_2"}}, {"headers": headers | {"webhook-timestamp": "x"}},
    ):  # fmt: skip
        with pytest.raises(webhooks.SignatureInvalid):
            webhooks.verify(**{"payload": body, "headers": headers, "secret": new, **wrong})


def test_the_standards_own_vector():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }  # fmt: skip

    event = webhooks.verify(b'{"test": 2432232314}', headers, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", now=1614265330)

    assert event == {"test": 2432232314}


def test_what_is_written_by_the_generator_is_what_is_committed():
    written = generate.files(*generate.described())

    different = [name for name, text in written.items() if (generate.PACKAGE / name).read_text("utf-8") != text]
    assert different == [], "run integrations/python/generate.py"


@pytest.mark.slow
def test_its_types_hold():
    command = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", "--config-file", "", "fsa_platform_client"]

    done = subprocess.run(
        command, cwd=FOLDER, env={"MYPYPATH": ".", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=300
    )

    assert done.returncode == 0, done.stdout
