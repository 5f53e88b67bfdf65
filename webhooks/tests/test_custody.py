"""Nothing is delivered for a merchant whose key the bank has locked; what waited goes out when it is unlocked."""

from __future__ import annotations

import pytest

from vault import keyring
from vault.audit import reads
from vault.audit.models import AuditEntry
from vault.errors import CustodianUnavailable, MerchantKeyRevoked
from webhooks.engine.claims import InFlight, due_endpoints
from webhooks.engine.custody import SecretKeeper
from webhooks.engine.dispatcher import claim_share
from webhooks.models import WebhookAttempt, WebhookDelivery
from webhooks.services.endpoints import create_endpoint, rotate_secret
from webhooks.services.outbox import lay_out_deliveries
from webhooks.tests.conftest import VERSION, deliver_once, tell

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("refusal", [MerchantKeyRevoked, CustodianUnavailable])
def test_deliveries_wait_while_the_key_is_locked_and_others_go_out(acme, globex, receiver, monkeypatch, refusal):
    for merchant in (acme, globex):
        create_endpoint(merchant=merchant, url=f"{receiver.url}/{merchant.name}", api_version=VERSION)
        tell(merchant)
    real = keyring.require_open

    def locked(merchant_id):
        if merchant_id == acme.pk:
            raise refusal()
        real(merchant_id)

    monkeypatch.setattr(keyring, "require_open", locked)
    deliver_once()

    waiting = WebhookDelivery.objects.get(endpoint__merchant=acme)
    assert [request.path for request in receiver.received] == ["/Globex"]
    assert (waiting.state, waiting.claim, waiting.attempts_count) == ("waiting", 0, 0)
    assert not WebhookAttempt.objects.filter(delivery=waiting).exists()

    monkeypatch.setattr(keyring, "require_open", real)
    deliver_once()

    assert [request.path for request in receiver.received] == ["/Globex", "/Acme"]


def test_a_secret_is_opened_once_by_a_loop_until_it_changes(acme, endpoint):
    tell(acme)
    lay_out_deliveries()
    keeper, opened = SecretKeeper(), AuditEntry.objects.filter(action="webhook_endpoint.read")

    first = keeper.callable(due_endpoints())[endpoint.pk][1]
    once = opened.count()
    assert once > 0
    again = keeper.callable(due_endpoints())[endpoint.pk][1]
    assert (again is first, opened.count()) == (True, once)
    _, secret = rotate_secret(endpoint=endpoint, overlap_hours=0)

    assert keeper.callable(due_endpoints())[endpoint.pk][1].current == secret != first.current


def test_an_opened_secret_is_on_record_before_it_signs_anything(acme, endpoint):
    tell(acme)
    lay_out_deliveries()

    with reads.gathering():  # as in a task, which lasts for minutes
        claimed = claim_share(InFlight(), SecretKeeper())

        assert len(claimed) == 1
        opened = AuditEntry.objects.get(subject="webhooks.WebhookEndpoint", action="webhook_endpoint.read")
        assert (opened.subject_id, opened.merchant_id) == (endpoint.public_id, acme.pk)
