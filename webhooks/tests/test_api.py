"""The doors of `/v1/webhook_endpoints`, `/v1/webhook_deliveries` and `/v1/events`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from common.models import IdempotencyKey
from vault.audit.models import AuditEntry
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.services.endpoints import MAX_ENDPOINTS
from webhooks.services.tidy import tidy
from webhooks.tests.conftest import deliver_once, tell

pytestmark = pytest.mark.django_db
ADDRESS = "/v1/webhook_endpoints"
URL = "https://hooks.example.com/in"


@pytest.fixture
def made(acme_api):
    return acme_api.post(ADDRESS, {"url": URL, "event_types": ["payment.failed"]}).json()


def test_the_secret_is_in_the_first_answer_alone(acme_api, made):
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["state"], made["event_types"], made["api_version"]) == (
        URL,
        "enabled",
        ["payment.failed"],
        "2026-11-01",
    )
    assert acme_api.get(f"{ADDRESS}/{made['id']}").json() == made | {"secret": None}
    assert acme_api.get(ADDRESS).json()["data"] == [made | {"secret": None}]


def test_a_repeat_makes_nothing_and_tells_no_secret_and_none_is_kept(acme_api):
    first = acme_api.post(ADDRESS, {"url": URL}, HTTP_IDEMPOTENCY_KEY="add-1").json()
    again = acme_api.post(ADDRESS, {"url": URL}, HTTP_IDEMPOTENCY_KEY="add-1")
    rotate = f"{ADDRESS}/{first['id']}/rotate_secret"
    rotated = acme_api.post(rotate, {}, HTTP_IDEMPOTENCY_KEY="turn-1").json()
    rotated_again = acme_api.post(rotate, {}, HTTP_IDEMPOTENCY_KEY="turn-1").json()

    assert again.json() == first | {"secret": None}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert WebhookEndpoint.objects.count() == 1
    assert rotated_again == rotated | {"secret": None}
    assert WebhookEndpoint.objects.get().secret == rotated["secret"] != first["secret"]
    kept = "".join(IdempotencyKey.objects.values_list("body", flat=True))
    assert "whsec_" not in kept


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "parameter_invalid", "url"),
        ({"url": "https://10.0.0.1/"}, "address_forbidden", "url"),
        ({"url": "https://user:pw@example.com/"}, "address_forbidden", "url"),
        ({"url": "ftp://example.com/"}, "address_forbidden", "url"),
        ({"url": URL, "event_types": ["payment.*"]}, "parameter_invalid", "event_types[0]"),
        ({"url": URL, "api_version": "2020-01-01"}, "parameter_invalid", "api_version"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_made(acme_api, body, code, param):
    refused = acme_api.post(ADDRESS, body)

    assert (refused.status_code, refused.json()["error"]["code"], refused.json()["error"]["param"]) == (400, code, param)
    assert not WebhookEndpoint.objects.exists()


def test_there_is_a_limit_and_deleting_makes_room(acme_api, globex_api):
    ids = [acme_api.post(ADDRESS, {"url": URL}).json()["id"] for _ in range(MAX_ENDPOINTS)]

    assert acme_api.post(ADDRESS, {"url": URL}).json()["error"]["code"] == "webhook_endpoint_limit"
    assert globex_api.post(ADDRESS, {"url": URL}).status_code == 201
    assert acme_api.delete(f"{ADDRESS}/{ids[0]}").json() == {"id": ids[0], "is_deleted": True}
    assert acme_api.post(ADDRESS, {"url": URL}).status_code == 201
    assert acme_api.get(f"{ADDRESS}/{ids[0]}").status_code == 404


def test_an_endpoint_is_changed_paused_and_resumed(acme_api, made):
    one = f"{ADDRESS}/{made['id']}"

    changed = acme_api.patch(one, {"url": "https://hooks.example.com:8443/two", "event_types": [], "description": "Two"}).json()
    refused = acme_api.patch(one, {"url": "https://10.0.0.1/", "description": "Three"})
    paused = acme_api.patch(one, {"state": "paused"}).json()
    tested = acme_api.post(f"{one}/test")

    assert (changed["url"], changed["event_types"], changed["description"]) == ("https://hooks.example.com:8443/two", [], "Two")
    assert (refused.status_code, acme_api.get(one).json()["description"]) == (400, "Two")
    assert (paused["state"], paused["state_reason"]) == ("paused", "by_hand")
    assert (tested.status_code, tested.json()["error"]["code"]) == (409, "webhook_endpoint_not_enabled")
    assert not WebhookDelivery.objects.exists()
    resumed = acme_api.patch(one, {"state": "enabled"}).json()
    assert (resumed["state"], resumed["state_reason"]) == ("enabled", None)


def test_changes_stand_in_the_audit_trail_without_secrets(acme_api, made):
    one = f"{ADDRESS}/{made['id']}"
    acme_api.patch(one, {"state": "paused"})
    acme_api.post(f"{one}/rotate_secret", {})
    acme_api.delete(one)

    entries = AuditEntry.objects.filter(subject_id=made["id"]).order_by("pk")
    actions = [entry.action for entry in entries if not entry.action.endswith(".read")]
    assert actions == [f"webhook_endpoint.{verb}" for verb in ("created", "paused", "secret_rotated", "deleted")]
    assert "whsec_" not in str(list(entries.values()))


def test_deliveries_are_listed_with_attempts_and_filtered(acme, acme_api, receiver):
    one = acme_api.post(ADDRESS, {"url": receiver.url}).json()["id"]
    tell(acme, 1)
    tell(acme, 2, type="payment.failed")
    deliver_once()
    tell(acme, 3)
    path = f"{ADDRESS}/{one}/deliveries"

    everything = acme_api.get(path).json()["data"]
    failed = acme_api.get(f"{path}?type=payment.failed&state=delivered").json()["data"]

    assert [row["event"]["object_id"] for row in everything] == ["pay_2", "pay_1"]
    assert [row["event"]["object_id"] for row in failed] == ["pay_2"]
    assert [(a["number"], a["status"], a["error"], a["response_excerpt"]) for a in failed[0]["attempts"]] == [
        (1, 200, None, "thanks")
    ]
    assert acme_api.get(f"{path}?state=failed").json()["data"] == []


def test_one_delivery_and_a_range_are_sent_again(acme, acme_api, receiver):
    one = acme_api.post(ADDRESS, {"url": receiver.url, "event_types": ["payment.captured"]}).json()["id"]
    before = tell(acme, 1)
    deliver_once()
    delivery = acme_api.get(f"{ADDRESS}/{one}/deliveries").json()["data"][0]

    again = acme_api.post(f"/v1/webhook_deliveries/{delivery['id']}/replay", HTTP_IDEMPOTENCY_KEY="again")
    repeated = acme_api.post(f"/v1/webhook_deliveries/{delivery['id']}/replay", HTTP_IDEMPOTENCY_KEY="again")
    deliver_once()
    tell(acme, 2, type="payment.failed")
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    count = acme_api.post(f"{ADDRESS}/{one}/replay", {"since": since}).json()
    deliver_once()

    assert again.json() == repeated.json()
    assert count == {"count": 1}  # what it does not listen to is not sent
    assert [request.headers["webhook-id"] for request in receiver.received] == [before] * 3


def test_events_that_passed_by_while_it_was_off_are_replayed(acme, acme_api, receiver):
    one = acme_api.post(ADDRESS, {"url": receiver.url}).json()["id"]
    acme_api.patch(f"{ADDRESS}/{one}", {"state": "disabled"})
    missed = tell(acme)
    deliver_once()
    since = {"since": (timezone.now() - timedelta(hours=1)).isoformat()}
    assert acme_api.post(f"{ADDRESS}/{one}/replay", since).status_code == 409
    acme_api.patch(f"{ADDRESS}/{one}", {"state": "enabled"})

    assert acme_api.post(f"{ADDRESS}/{one}/replay", since | {"types": ["payment.failed"]}).json() == {"count": 0}
    assert acme_api.post(f"{ADDRESS}/{one}/replay", since).json() == {"count": 1}
    deliver_once()

    assert [request.headers["webhook-id"] for request in receiver.received] == [missed]


@pytest.mark.parametrize(
    ("since_days", "until_days", "code"),
    [(40, 0, "webhook_replay_too_large"), (1, 2, "parameter_invalid"), (1, 1, "parameter_invalid")],
)
def test_a_range_that_is_too_long_or_empty_is_refused(acme, acme_api, made, since_days, until_days, code):
    now = timezone.now()
    asked = {"since": (now - timedelta(days=since_days)).isoformat(), "until": (now - timedelta(days=until_days)).isoformat()}

    refused = acme_api.post(f"{ADDRESS}/{made['id']}/replay", asked)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert not WebhookDelivery.objects.exists()


def test_too_many_events_are_not_replayed_at_all(acme, acme_api, made, monkeypatch):
    monkeypatch.setattr("webhooks.services.replay.MAX_EVENTS", 2)
    for number in range(3):
        tell(acme, number, type="payment.failed")
    since = {"since": (timezone.now() - timedelta(hours=1)).isoformat()}

    assert acme_api.post(f"{ADDRESS}/{made['id']}/replay", since).json()["error"]["code"] == "webhook_replay_too_large"
    assert not WebhookDelivery.objects.exists()


def test_events_are_filtered_and_fetched(acme, acme_api, globex_api):
    first, second = tell(acme, 1), tell(acme, 2, type="payment.failed")

    def ids(query):
        return [row["id"] for row in acme_api.get(f"/v1/events?{query}").json()["data"]]

    assert ids("type=payment.failed") == [second]
    assert ids("type=payment.failed&type=payment.captured") == [second, first]
    assert ids("object_id=pay_1") == [first]
    assert acme_api.get("/v1/events?type=payment.lost").json()["error"]["code"] == "event_type_unknown"
    assert acme_api.get(f"/v1/events/{first}").json()["object_id"] == "pay_1"
    assert globex_api.get(f"/v1/events/{first}").status_code == 404


def test_time_erases_old_secrets_and_ends_long_pauses(acme, acme_api, made):
    endpoint = WebhookEndpoint.objects.get()
    acme_api.post(f"{ADDRESS}/{made['id']}/rotate_secret", {"overlap_hours": 1})
    acme_api.patch(f"{ADDRESS}/{made['id']}", {"state": "paused"})
    tell(acme, type="payment.failed")
    deliver_once()
    assert tidy() == 0

    now = timezone.now()
    WebhookEndpoint.objects.update(previous_secret_until=now, state_changed_at=now - timedelta(days=30))
    assert (tidy(), tidy()) == (2, 0)
    endpoint.refresh_from_db()
    assert (endpoint.previous_secret, endpoint.previous_secret_until) == (None, None)
    assert (endpoint.state, endpoint.state_reason) == ("disabled", "paused_too_long")
    assert WebhookDelivery.objects.get().state == "cancelled"
