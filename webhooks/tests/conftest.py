"""Endpoints, receivers on loopback, and the engine's steps one after the other in the test's own transaction."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator

import pytest
from standardwebhooks.webhooks import Webhook

from common.outgoing import safe_session
from common.tests.receiver import Received, Receiver, receiving
from merchants.models import Merchant
from merchants.services import record_event
from webhooks.engine.attempt import Outcome, attempt
from webhooks.engine.claims import InFlight
from webhooks.engine.custody import SecretKeeper
from webhooks.engine.dispatcher import claim_share
from webhooks.engine.results import write_outcomes
from webhooks.models import WebhookEndpoint
from webhooks.services.endpoints import create_endpoint
from webhooks.services.outbox import lay_out_deliveries

VERSION = "2026-11-01"


@pytest.fixture(autouse=True)
def _loopback_is_open(settings):
    settings.IS_SANDBOX, settings.OUTGOING_MAY_REACH = True, ["127.0.0.1/32"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def endpoint(acme: Merchant, receiver: Receiver) -> WebhookEndpoint:
    return create_endpoint(merchant=acme, url=f"{receiver.url}/hook", api_version=VERSION)[0]


def tell(merchant: Merchant, number: int = 1, type: str = "payment.captured") -> str:
    """An event, as a sale writes it; its public id."""
    return record_event(merchant=merchant, type=type, object_id=f"pay_{number}", data={"amount_cents": number}).public_id


def call_due() -> list[Outcome]:
    """Claim what is due and call it; nothing is written yet."""

    async def call_all() -> list[Outcome]:
        async with safe_session() as session:
            return list(await asyncio.gather(*(attempt(one.delivery, one.secrets, session) for one in claimed)))

    claimed = claim_share(InFlight(), SecretKeeper())
    return asyncio.run(call_all())


def deliver_once() -> list[Outcome]:
    """One turn of the engine: lay out, claim, call, write."""
    lay_out_deliveries()
    outcomes = call_due()
    write_outcomes(outcomes)
    return outcomes


def verify(secret: str, request: Received) -> object:
    """What the reference library makes of a request; raises if the signature does not fit."""
    return Webhook(secret).verify(request.body, request.headers)


def raw(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


Teller = Callable[..., str]
