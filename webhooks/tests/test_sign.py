"""Signatures: the standard's own vectors, and the reference library as a second opinion."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from webhooks.signing import Secrets, new_secret, sign, signed_headers

# From the specification, “Signature scheme”, and its libraries' tests.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = {"message_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": 1614265330, "body": b'{"test": 2432232314}'}
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_standards_own_vector():
    assert sign(secret=SECRET, **MESSAGE) == SIGNATURE


def test_a_secret_with_and_without_its_prefix_is_the_same():
    assert sign(secret=SECRET.removeprefix("whsec_"), **MESSAGE) == SIGNATURE


def test_a_new_secret_has_the_length_the_standard_asks_for_and_is_never_the_same():
    secrets = {new_secret() for _ in range(50)}

    assert len(secrets) == 50
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in secrets} == {32}


@given(body=st.text().map(str.encode), seconds=st.integers(-200, 200))
def test_the_reference_library_accepts_what_we_sign_and_nothing_else(body, seconds):
    now = datetime.now(UTC) + timedelta(seconds=seconds)
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = signed_headers(secrets=[new, old], message_id="evt_1", timestamp=int(now.timestamp()), body=body)
    message = b'{"a":' + body.hex().encode().join([b'"', b'"}'])
    signed = signed_headers(secrets=[new, old], message_id="evt_1", timestamp=int(now.timestamp()), body=message)

    assert headers["webhook-signature"].count("v1,") == 2
    assert Webhook(new).verify(message, signed) == Webhook(old).verify(message, signed)
    for secret, text, sent in (
        (other, message, signed), (new, message + b" ", signed), (new, message, signed | {"webhook-id": "evt_2"}),
        (new, message, signed | {"webhook-timestamp": str(int(now.timestamp()) + 1)}),
    ):  # fmt: skip
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(text, sent)


def test_the_previous_secret_signs_until_its_time_is_over():
    now = datetime.now(UTC)
    secrets = Secrets("new", "old", now)

    assert secrets.at(now - timedelta(seconds=1)) == ["new", "old"]
    assert secrets.at(now) == ["new"]
    assert Secrets("new").at(now) == ["new"]
