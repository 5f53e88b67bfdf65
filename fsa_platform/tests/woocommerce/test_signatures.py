"""What the platform signs is what the plugin in PHP believes, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fsa_platform.tests.woocommerce.php import ask
from webhooks.signing import Secrets, new_secret, signed_headers

pytestmark = pytest.mark.needs("php")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
SECRET, BEFORE, ANOTHER = new_secret(), new_secret(), new_secret()
BODY = '{"id": "evt_1", "data": {"note": "Crème – 5 µg “x”", "path": "a/b\\\\c"}}'


def message(*, secrets: list[str], knows: list[str], now: int = AT, timestamp: int = AT, **changed: Any) -> dict[str, Any]:
    headers = signed_headers(secrets=secrets, message_id="evt_1", timestamp=timestamp, body=BODY.encode())
    told = {
        "id": headers["webhook-id"],
        "timestamp": headers["webhook-timestamp"],
        "signature": headers["webhook-signature"],
        "body": BODY,
    }
    return told | {"secrets": knows, "now": now} | changed


CASES = {
    "as it was sent": (message(secrets=[SECRET], knows=[SECRET]), True),
    "while the secret changes, to who knows the old one": (message(secrets=[SECRET, BEFORE], knows=[BEFORE]), True),
    "while the secret changes, to who knows the new one": (message(secrets=[SECRET, BEFORE], knows=[SECRET]), True),
    "five minutes on the way": (message(secrets=[SECRET], knows=[SECRET], now=AT + 300), True),
    "longer": (message(secrets=[SECRET], knows=[SECRET], now=AT + 301), False),
    "from a clock that is ahead": (message(secrets=[SECRET], knows=[SECRET], now=AT - 301), False),
    "another body": (message(secrets=[SECRET], knows=[SECRET], body=BODY + " "), False),
    "another id": (message(secrets=[SECRET], knows=[SECRET], id="evt_2"), False),
    "another time": (message(secrets=[SECRET], knows=[SECRET], timestamp=AT) | {"timestamp": str(AT + 1)}, False),
    "another secret": (message(secrets=[SECRET], knows=[ANOTHER]), False),
    "no secret": (message(secrets=[SECRET], knows=[]), False),
}  # fmt: skip


def test_the_plugin_believes_what_is_signed_and_nothing_else():
    believed = ask("signatures", [told for told, _ in CASES.values()])

    assert dict(zip(CASES, believed, strict=True)) == {name: expected for name, (_, expected) in CASES.items()}


def test_the_vector_of_the_standard():
    told = {
        "id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": "1614265330", "body": '{"test": 2432232314}', "now": 1614265330,
        "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }  # fmt: skip
    assert ask("signatures", [told, told | {"body": '{"test": 2432232315}'}]) == [True, False]


def test_a_secret_stops_counting_when_its_overlap_ends():
    secrets = Secrets(SECRET, BEFORE, NOW + timedelta(hours=1))
    during, after = secrets.at(NOW), secrets.at(NOW + timedelta(hours=1))

    assert ask("signatures", [message(secrets=during, knows=[BEFORE]), message(secrets=after, knows=[BEFORE])]) == [True, False]
