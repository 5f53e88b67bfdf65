"""From an event to the receiver, and what its answers do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from freezegun import freeze_time

from common.tests.receiver import Reply, receiving
from merchants.models import Event, UntoldEvent
from webhooks.engine.claims import LEASE_S
from webhooks.engine.results import write_outcomes
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from webhooks.schedule import MAX_ATTEMPTS, RETRY_DELAYS, next_attempt, throttle_s
from webhooks.services.endpoints import change_endpoint, create_endpoint, delete_endpoint, rotate_secret
from webhooks.services.outbox import lay_out_deliveries
from webhooks.services.replay import replay_delivery, send_test_event
from webhooks.tests.conftest import VERSION, call_due, deliver_once, tell, verify

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def make_due(**fields):
    WebhookDelivery.objects.filter(state="waiting").update(next_attempt_at=timezone.now() - timedelta(seconds=1), **fields)


def test_an_event_reaches_the_receiver_signed_and_as_the_api_shows_it(acme, acme_api, receiver):
    endpoint, secret = create_endpoint(merchant=acme, url=f"{receiver.url}/hook?shop=1", api_version=VERSION)
    event_id = tell(acme, 4200)

    deliver_once()

    (request,) = receiver.received
    assert request.path == "/hook?shop=1"
    assert verify(secret, request) == acme_api.get(f"/v1/events/{event_id}").json()
    assert request.headers["webhook-id"] == event_id
    assert request.headers["content-type"] == "application/json"
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_status, delivery.attempts_count) == ("delivered", 200, 1)
    attempt = WebhookAttempt.objects.get()
    assert (attempt.number, attempt.status, attempt.error, attempt.response_excerpt) == (1, 200, "", "thanks")
    endpoint.refresh_from_db()
    assert endpoint.last_success_at


def test_each_endpoint_hears_what_it_listens_to(acme, globex, receiver):
    wanted = {
        "all": (acme, []), "failed": (acme, ["payment.failed"]), "both": (acme, ["payment.captured", "payment.failed"]),
        "theirs": (globex, []),
    }  # fmt: skip
    for name, (merchant, types) in wanted.items():
        create_endpoint(merchant=merchant, url=f"{receiver.url}/{name}", api_version=VERSION, event_types=types)
    paused, off = (create_endpoint(merchant=acme, url=f"{receiver.url}/{n}", api_version=VERSION)[0] for n in ("paused", "off"))
    change_endpoint(endpoint=paused, fields={"state": "paused"})
    change_endpoint(endpoint=off, fields={"state": "disabled"})
    tell(acme, type="payment.captured")
    tell(acme, type="payment.failed")

    deliver_once()

    heard = sorted((request.path, json.loads(request.body)["type"]) for request in receiver.received)
    assert heard == [
        ("/all", "payment.captured"), ("/all", "payment.failed"), ("/both", "payment.captured"), ("/both", "payment.failed"),
        ("/failed", "payment.failed"),
    ]  # fmt: skip
    assert set(WebhookDelivery.objects.filter(endpoint=paused).values_list("state", flat=True)) == {"waiting"}
    assert not WebhookDelivery.objects.filter(endpoint=off).exists()
    assert not UntoldEvent.objects.exists()


def test_laying_out_twice_makes_each_delivery_once(acme, endpoint):
    tell(acme)

    assert [lay_out_deliveries(), lay_out_deliveries()] == [1, 0]
    UntoldEvent.objects.create(event=Event.objects.get())
    assert lay_out_deliveries() == 1
    assert WebhookDelivery.objects.count() == 1


def test_events_written_by_raw_sql_are_told_too(acme, endpoint):
    tell(acme)
    Event.objects.bulk_create([Event(merchant=acme, type="payment.failed", object_id="pay_2", data={})])

    assert lay_out_deliveries() == 2


@pytest.mark.parametrize("status", [300, 301, 400, 404, 429, 500, 503])
def test_whatever_is_not_2xx_is_tried_again_later(acme, status, settings):
    with receiving(lambda request: Reply(status, {"Location": "http://127.0.0.1:9/"})) as receiver:
        create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        tell(acme)
        deliver_once()
        deliver_once()

    delivery = WebhookDelivery.objects.get()
    assert len(receiver.received) == 1
    assert (delivery.state, delivery.last_status, delivery.last_error, delivery.round_attempts) == (
        "waiting",
        status,
        "status",
        1,
    )
    assert delivery.next_attempt_at > timezone.now() + timedelta(seconds=4)


def test_every_attempt_has_the_same_body_and_id_and_a_new_time(acme):
    with receiving(lambda request: Reply(500)) as receiver:
        _, secret = create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        tell(acme)
        for minute in range(3):
            with freeze_time(timezone.now() + timedelta(minutes=minute), tick=True):
                make_due()
                deliver_once()

    assert len({request.body for request in receiver.received}) == 1
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) == 3
    assert verify(secret, receiver.received[0])


def test_after_the_last_attempt_it_is_given_up_and_can_be_sent_again(acme):
    replies = [Reply(500)] * MAX_ATTEMPTS + [Reply(204, body=b"")]
    with receiving(lambda request: replies.pop(0)) as receiver:
        create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        tell(acme)
        for _ in range(MAX_ATTEMPTS + 2):
            make_due()
            deliver_once()
        given_up = WebhookDelivery.objects.get()
        replay_delivery(delivery=WebhookDelivery.objects.get())
        deliver_once()

    assert (given_up.state, given_up.attempts_count) == ("failed", MAX_ATTEMPTS)
    again = WebhookDelivery.objects.get()
    assert (again.state, again.attempts_count, again.round_attempts) == ("delivered", MAX_ATTEMPTS + 1, 1)
    assert list(WebhookAttempt.objects.values_list("number", flat=True)) == list(range(1, MAX_ATTEMPTS + 2))


def test_the_schedule_is_the_standards_with_a_little_more_each():
    waits = [next_attempt(count, NOW) - NOW for count in range(1, MAX_ATTEMPTS)]

    assert all(delay <= wait <= delay * 1.1 for delay, wait in zip(RETRY_DELAYS, waits, strict=True))
    assert next_attempt(MAX_ATTEMPTS, NOW) is None
    assert timedelta(days=3) < sum(RETRY_DELAYS, timedelta()) < timedelta(days=3, hours=4)


@pytest.mark.parametrize(
    ("status", "written", "seconds"),
    [(429, "120", 120), (503, "0", 0), (502, "", 10), (504, "soon", 10), (429, "999999999", 3600), (429, "-5", 10), (500, "120", 0),
     (200, "120", 0), (503, "Sun, 22 Nov 2026 09:02:00 GMT", 120), (503, "Sun, 22 Nov 2020 09:02:00 GMT", 0), (429, "٣", 10)],
)  # fmt: skip
def test_a_receiver_says_how_long_it_wants_quiet(status, written, seconds):
    assert throttle_s(status, written, NOW) == seconds


def test_a_throttled_endpoint_gets_nothing_and_others_go_on(acme, globex, receiver):
    with receiving(lambda request: Reply(429, {"Retry-After": "600"})) as busy:
        slow, _ = create_endpoint(merchant=acme, url=busy.url, api_version=VERSION)
        create_endpoint(merchant=globex, url=receiver.url, api_version=VERSION)
        tell(acme, 1)
        deliver_once()
        tell(acme, 2)
        tell(globex, 3)
        deliver_once()

    slow.refresh_from_db()
    assert timedelta(seconds=500) < slow.throttled_until - timezone.now() <= timedelta(seconds=600)
    assert (len(busy.received), len(receiver.received)) == (1, 1)
    first = WebhookDelivery.objects.filter(endpoint=slow).earliest("pk")
    assert first.next_attempt_at > timezone.now() + timedelta(seconds=500)


def test_410_switches_the_endpoint_off_and_cancels_what_waits(acme):
    with receiving(lambda request: Reply(410)) as receiver:
        endpoint, _ = create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        tell(acme)
        deliver_once()
        tell(acme)
        deliver_once()

    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.state_reason) == ("disabled", "gone")
    assert list(WebhookDelivery.objects.values_list("state", flat=True)) == ["cancelled"]
    assert len(receiver.received) == 1


def test_three_days_of_only_failures_pause_the_endpoint_and_what_waits_goes_out_when_it_is_resumed(acme):
    healthy = []
    with receiving(lambda request: Reply(200 if healthy else 500)) as receiver:
        endpoint, _ = create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        for number in range(12):
            tell(acme, number)
        deliver_once()
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.failures_in_a_row) == ("enabled", 12)
        WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=3, seconds=1))
        make_due()
        deliver_once()  # a suspect: one call at a time
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.state_reason, endpoint.failures_in_a_row) == ("paused", "failing", 13)
        make_due()
        assert deliver_once() == []
        healthy.append(True)
        tell(acme, 12)

        change_endpoint(endpoint=endpoint, fields={"state": "enabled"})
        deliver_once()

    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.failing_since, endpoint.failures_in_a_row) == ("enabled", None, 0)


def test_one_success_forgets_the_failures(acme):
    replies = [Reply(500), Reply(200)]
    with receiving(lambda request: replies.pop(0)) as receiver:
        endpoint, _ = create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
        tell(acme)
        deliver_once()
        WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=9), failures_in_a_row=99)
        make_due()
        deliver_once()

    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.failing_since, endpoint.failures_in_a_row) == ("enabled", None, 0)


def test_an_endpoint_deleted_during_a_call_stays_deleted_and_the_attempt_is_logged(acme, endpoint):
    tell(acme)
    lay_out_deliveries()
    outcomes = call_due()
    delete_endpoint(endpoint=endpoint)

    write_outcomes(outcomes)

    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.secret, endpoint.previous_secret) == ("disabled", "", None)
    assert WebhookDelivery.objects.get().state == "cancelled"
    assert WebhookAttempt.objects.count() == 1


def test_a_late_result_does_not_undo_a_replay(acme, endpoint, receiver):
    tell(acme)
    lay_out_deliveries()
    outcomes = call_due()
    replay_delivery(delivery=WebhookDelivery.objects.get())

    write_outcomes(outcomes)
    assert WebhookDelivery.objects.get().state == "waiting"
    deliver_once()

    assert WebhookDelivery.objects.get().state == "delivered"
    assert len(receiver.received) == 2


def test_a_claim_is_nobody_elses_until_its_lease_ends(acme, endpoint):
    tell(acme)
    lay_out_deliveries()

    assert len(call_due()) == 1  # and its process dies before it writes
    assert call_due() == []
    with freeze_time(timezone.now() + timedelta(seconds=LEASE_S + 1), tick=True):
        assert len(call_due()) == 1


def test_both_secrets_sign_while_they_change(acme, receiver):
    endpoint, old = create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
    _, new = rotate_secret(endpoint=endpoint, overlap_hours=24)
    tell(acme)
    deliver_once()
    _, newest = rotate_secret(endpoint=endpoint, overlap_hours=0)
    tell(acme)
    deliver_once()

    during, after = receiver.received
    assert verify(old, during) == verify(new, during)
    assert verify(newest, after)
    for secret in (old, new):
        with pytest.raises(Exception, match="No matching signature"):
            verify(secret, after)


def test_secrets_lie_sealed_in_the_database(acme, endpoint):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhookendpoint")
        (stored,) = cursor.fetchone()

    assert endpoint.secret.startswith("whsec_")
    assert "whsec_" not in stored
    assert endpoint.secret not in stored


def test_a_test_event_reaches_its_endpoint_alone_whatever_that_listens_to(acme, receiver):
    mine, _ = create_endpoint(merchant=acme, url=f"{receiver.url}/mine", api_version=VERSION, event_types=["payment.failed"])
    create_endpoint(merchant=acme, url=f"{receiver.url}/other", api_version=VERSION)

    send_test_event(endpoint=mine)
    deliver_once()

    (request,) = receiver.received
    assert request.path == "/mine"
    assert json.loads(request.body)["type"] == "webhook_endpoint.test"


def test_a_dead_receiver_is_logged_in_words(acme):
    with receiving() as gone:
        pass
    create_endpoint(merchant=acme, url=gone.url, api_version=VERSION)
    tell(acme)

    deliver_once()

    attempt = WebhookAttempt.objects.get()
    assert (attempt.status, attempt.error) == (None, "connect")
    assert attempt.message == f"“127.0.0.1” took no connection on port {gone.port}."


def test_an_address_that_became_private_is_not_called(acme, receiver, settings):
    create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
    settings.OUTGOING_MAY_REACH = []
    tell(acme)

    deliver_once()

    assert receiver.received == []
    assert WebhookAttempt.objects.get().error == "forbidden"


def test_attempts_are_never_changed(acme, endpoint):
    tell(acme)
    deliver_once()

    for change in (lambda: WebhookAttempt.objects.update(status=500), lambda: WebhookAttempt.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert WebhookAttempt.objects.get().status == 200
