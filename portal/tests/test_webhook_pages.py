"""The portal's webhook pages: who may see and change them, what they say, and that another merchant's are not there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from common.tests.receiver import Reply, receiving
from conftest import make_member
from merchants.models import Member
from vault.audit.models import AuditEntry
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.services.endpoints import create_endpoint
from webhooks.services.outbox import lay_out_deliveries
from webhooks.services.replay import send_test_event
from webhooks.tests.conftest import VERSION, deliver_once, tell

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/in"


@pytest.fixture(autouse=True)
def _loopback_is_open(settings):
    settings.OUTGOING_MAY_REACH = ["127.0.0.1/32"]


@pytest.fixture
def endpoint(acme):
    return create_endpoint(merchant=acme, url=URL, api_version=VERSION, description="Orders")[0]


@pytest.fixture
def owner(signed_in, acme_owner):
    return signed_in(acme_owner)


def pages(endpoint, delivery):
    one = f"/webhooks/{endpoint.public_id}/"
    return {
        ("get", "/webhooks/"): "view", ("get", one): "view", ("get", f"/webhooks/deliveries/{delivery.public_id}/"): "view",
        ("post", "/webhooks/create/"): "manage", ("post", f"{one}change/"): "manage", ("post", f"{one}state/"): "manage",
        ("post", f"{one}test/"): "manage", ("post", f"{one}rotate/"): "manage", ("post", f"{one}replay/"): "manage",
        ("post", f"{one}delete/"): "manage", ("post", f"/webhooks/deliveries/{delivery.public_id}/replay/"): "manage",
    }  # fmt: skip


@pytest.mark.parametrize("role", Member.Role.values)
def test_each_role_sees_and_changes_what_its_table_says(acme, endpoint, signed_in, role):
    delivery = send_test_event(endpoint=endpoint)
    client = signed_in(make_member(acme, role))
    may = {"owner": "view manage", "admin": "view manage", "developer": "view manage", "viewer": "view", "accountant": ""}[role]

    for (method, path), needed in pages(endpoint, delivery).items():
        status = getattr(client, method)(path).status_code
        assert (status == 403) == (needed not in may), (role, method, path, status)
        assert status in ({200, 302, 400} if needed in may else {403})
    endpoint.refresh_from_db()
    assert endpoint.deleted_at is None


def test_an_endpoint_that_does_not_get_through_is_not_green(acme, owner):
    with receiving(Reply(500)) as server:
        failing, _ = create_endpoint(merchant=acme, url=f"{server.url}/in", api_version=VERSION)
        tell(acme)
        deliver_once()

    for path in ("/webhooks/", f"/webhooks/{failing.public_id}/"):
        page = owner.get(path)
        badge = page.context["badge"] if "badge" in page.context else page.context["endpoints"][0]["badge"]
        assert (badge["word"], badge["tone"]) == ("Failing", "warn"), path
    assert "what came of each attempt" in page.content.decode()


@pytest.mark.parametrize(("is_sandbox", "hint"), [(True, "https:// or http://"), (False, "Public and https://.")])
def test_the_form_says_which_addresses_are_taken(owner, settings, is_sandbox, hint):
    settings.IS_SANDBOX = is_sandbox

    assert hint in owner.get("/webhooks/").content.decode()


def test_another_merchants_endpoint_is_not_there(endpoint, signed_in, globex_owner):
    delivery = send_test_event(endpoint=endpoint)
    client = signed_in(globex_owner)

    for method, path in pages(endpoint, delivery):
        if path not in {"/webhooks/", "/webhooks/create/"}:
            assert getattr(client, method)(path, {"typed": "delete", "state": "paused"}).status_code == 404, path
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.deleted_at) == ("enabled", None)
    assert URL not in client.get("/webhooks/").content.decode()


def test_an_endpoint_is_made_and_its_secret_shown_once(acme, owner):
    page = owner.post("/webhooks/create/", {"url": URL, "description": "Orders", "event_types": ["payment.captured", "no.such"]})

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.url, endpoint.event_types) == (URL, ["payment.captured"])
    assert endpoint.secret in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert endpoint.secret not in owner.get(f"/webhooks/{endpoint.public_id}/").content.decode()


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://localhost:1/", "javascript:alert(1)", ""])
def test_a_bad_address_is_told_beside_its_field_and_what_was_typed_stays(owner, url):
    page = owner.post("/webhooks/create/", {"url": url, "description": "Mine", "event_types": ["payment.failed"]})

    text = page.content.decode()
    assert page.status_code == 400
    assert 'id="url-error"' in text
    assert 'value="Mine"' in text
    assert re.search(r'value="payment.failed" checked', text)
    assert not WebhookEndpoint.objects.exists()


def test_pause_resume_rotate_and_delete(owner, endpoint):
    one, old = f"/webhooks/{endpoint.public_id}/", endpoint.secret

    owner.post(f"{one}state/", {"state": "paused"})
    assert "You paused this endpoint." in owner.get(one).content.decode()
    owner.post(f"{one}state/", {"state": "enabled"})
    rotated = owner.post(f"{one}rotate/").content.decode()
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.previous_secret, endpoint.secret in rotated) == ("enabled", old, True)
    owner.post(f"{one}delete/", {"typed": "delte"})
    assert WebhookEndpoint.objects.get().deleted_at is None
    owner.post(f"{one}delete/", {"typed": "delete"})

    assert owner.get(one).status_code == 404
    assert "No endpoint yet" in owner.get("/webhooks/").content.decode()


def test_a_failed_delivery_shows_what_the_server_answered_and_can_be_sent_again(acme, owner):
    replies = [Reply(500, body=b"<b>boom</b> password=hunter22 ann@example.com 4111 1111 1111 1111"), Reply(200)]
    with receiving(lambda request: replies.pop(0)) as receiver:
        endpoint, _ = create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        tell(acme, 7)
        deliver_once()
        delivery = WebhookDelivery.objects.get()
        text = owner.get(f"/webhooks/deliveries/{delivery.public_id}/").content.decode()
        listed = owner.get(f"/webhooks/{endpoint.public_id}/?state=waiting&type=payment.captured").content.decode()
        none = owner.get(f"/webhooks/{endpoint.public_id}/?state=failed").content.decode()
        owner.post(f"/webhooks/deliveries/{delivery.public_id}/replay/")
        deliver_once()

    assert "&lt;b&gt;boom&lt;/b&gt; password=… …@… …" in text
    assert "The receiver answered 500." in text
    assert "pay_7" in listed
    assert "Deliveries failed once." in listed
    assert "No delivery matches" in none
    assert WebhookDelivery.objects.get().state == "delivered"


def test_days_are_sent_again(acme, owner):
    endpoint, _ = create_endpoint(merchant=acme, url=URL, api_version=VERSION)
    for number in range(3):
        tell(acme, number)
    today = timezone.now().astimezone(acme.zone).date()
    path = f"/webhooks/{endpoint.public_id}/replay/"

    told = owner.post(path, {"from": today, "to": today}, follow=True).content.decode()
    wrong = owner.post(path, {"from": today, "to": today - timedelta(days=1)}, follow=True).content.decode()
    long = owner.post(path, {"from": today - timedelta(days=40), "to": today}, follow=True).content.decode()

    assert "3 events of these days go out again." in told
    assert "Nothing was replayed" in wrong
    assert "at most 31 days" in long
    assert WebhookDelivery.objects.count() == 3


def test_many_deliveries_come_in_pages(acme, owner, endpoint):
    for number in range(60):
        tell(acme, number)
    lay_out_deliveries()
    first = owner.get(f"/webhooks/{endpoint.public_id}/").content.decode()
    cursor = re.search(r'href="(\?cursor=[^"]+)"', first).group(1)
    second = owner.get(f"/webhooks/{endpoint.public_id}/{cursor}").content.decode()

    assert first.count("<code>payment.captured</code></a>") == 50
    assert second.count("<code>payment.captured</code></a>") == 10


def test_looking_at_an_endpoints_messages_and_sending_a_test_are_on_record(owner, endpoint, acme):
    owner.post(f"/webhooks/{endpoint.public_id}/test/")
    delivery = WebhookDelivery.objects.get()
    owner.get(f"/webhooks/{endpoint.public_id}/")
    owner.get(f"/webhooks/deliveries/{delivery.public_id}/")

    actions = list(AuditEntry.objects.filter(merchant_id=acme.pk, actor_kind="user").values_list("action", flat=True))
    assert {"webhook_endpoint.tested", "webhook_delivery.listed", "webhook_delivery.read"} <= set(actions)
