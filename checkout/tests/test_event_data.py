"""docs/webhooks.md says which fields `data` of each event holds; here the services say it themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checkout.errors import CardRefused
from checkout.refunds.services import create_refund
from checkout.services.capture import capture_session
from checkout.services.pay import pay_session
from checkout.services.release import expire_session, void_session
from checkout.tests.conftest import FSA, FSA_DECLINED, VISA
from common.scopes import across_merchants
from eligibility.api.letters import LetterResponse
from eligibility.catalogue.api.serializers import ChangeResponse
from merchants.event_types import EVENT_TYPES
from merchants.models import Event
from webhooks.services.endpoints import create_endpoint
from webhooks.services.replay import send_test_event

pytestmark = pytest.mark.django_db
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text("utf-8")


def documented() -> dict[str, set[str]]:
    """Type -> the fields that its row names; a row may name another type, whose fields it has."""
    rows = dict(re.findall(r"^\| data of `([a-z_.]+)` \| (.+) \|$", TEXT, re.MULTILINE))
    fields = {name: set(re.findall(r"`(\w+)`", row)) for name, row in rows.items()}
    alike = {name: re.match(r"as `([a-z_.]+)`$", row) for name, row in rows.items()}
    return {name: fields[found[1]] if (found := alike[name]) else fields[name] for name in rows}


def told(type: str) -> dict[str, object]:
    with across_merchants("a test"):
        data: dict[str, object] = Event.objects.filter(type=type).latest("pk").data
    return data


def test_every_event_has_a_row():
    assert set(documented()) == set(EVENT_TYPES)


def test_a_sale_tells_what_the_table_says(acme, open_session, token):
    with pytest.raises(CardRefused):
        pay_session(session=open_session(acme), benefit_token=token(acme, FSA_DECLINED), card_token=token(acme, VISA))
    session = open_session(acme, capture_method="manual")
    capture_session(session=pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA)))
    expire_session(session=open_session(acme))

    create_refund(payment=session.payments.get(), amount_cents=100)
    void_session(session=pay_session(session=open_session(acme, capture_method="manual"), card_token=token(acme, VISA)))
    for type in (
        "checkout.session.cancelled",
        "payment.voided",
        "refund.created",
        "checkout.session.authorised",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment.captured",
        "payment.failed",
    ):
        assert set(told(type)) == documented()[type], type
    assert sorted(told("payment.captured")["tenders"], key=lambda tender: tender["kind"]) == [
        {"kind": "benefit", "network": "visa", "account_kind": "fsa", "last4": "0005", "approved_cents": 3000, "captured_cents": 3000},
        {"kind": "ordinary", "network": "visa", "account_kind": "credit", "last4": "0007", "approved_cents": 1200, "captured_cents": 1200},
    ]  # fmt: skip


def test_a_test_event_tells_what_the_table_says(acme):
    endpoint, _ = create_endpoint(merchant=acme, url="https://hooks.example.com/in", api_version="2026-11-01")
    send_test_event(endpoint=endpoint)

    assert set(told("webhook_endpoint.test")) == documented()["webhook_endpoint.test"]


def test_what_is_told_of_letters_and_products_is_what_the_api_answers():
    assert documented()["letter.issued"] == set(LetterResponse().fields)
    assert documented()["product.eligibility_changed"] == set(ChangeResponse().fields)
