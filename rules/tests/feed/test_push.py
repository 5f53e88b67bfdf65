"""Pushing: once for each occasion, by day, within caps; and a process that dies in the middle."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from common.outgoing import Answer, CallFailed
from rules.models import PushDevice, PushMessage, PushPlace, SnoopAssignment
from rules.push import deliver, https
from rules.push.deliver import push_due
from rules.push.sandbox import GONE_TOKEN, SandboxPush
from rules.push.tasks import push_due_snoops
from rules.tests.feed.worlds import CLAIMABLE, CLOCK, judged, put_in_force, rule_of, shopper_of
from vault import merchant_keys

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # eleven in the evening in New York
URGENT = rule_of(CLAIMABLE, priority=1)


@pytest.fixture
def customer(acme, acme_api):
    """A shopper whose app registered its device."""
    customer = shopper_of(acme, claimable_cents=50_000)
    answer = acme_api.post(f"/v1/customers/{customer.public_id}/devices", {"platform": "ios", "token": "device-1"})
    assert answer.status_code == 201
    return customer


@pytest.fixture
def urgent(customer):
    put_in_force(claim_it=URGENT)
    judged(customer)
    return customer


def again(at):
    """As if a new run had been finished."""
    PushPlace.objects.update(looked_for="")
    return push_due(at)


def test_what_is_urgent_is_pushed_once_with_its_words(urgent):
    assert (push_due(CLOCK), push_due(CLOCK), again(CLOCK + timedelta(days=2))) == (1, 0, 0)

    row = PushMessage.objects.get()
    assert (row.state, row.service, row.devices, row.title) == ("sent", "sandbox", 1, "$500.00 to claim back")
    assert SnoopAssignment.objects.get().channel == "push"


def test_the_task_that_ticks_pushes(urgent):
    with freeze_time(CLOCK):
        assert push_due_snoops() == 1


def test_nothing_is_pushed_at_night_and_the_morning_makes_up_for_it(urgent):
    assert push_due(NIGHT) == 0
    assert push_due(CLOCK + timedelta(days=1)) == 1


def test_those_of_a_merchant_where_it_is_night_let_nobody_else_wait(globex, globex_api, acme, acme_api, monkeypatch):
    monkeypatch.setattr(deliver, "BATCH", 2)
    type(globex).objects.filter(pk=globex.pk).update(time_zone="Asia/Tokyo")  # midnight there
    put_in_force(claim_it=URGENT)
    everybody = []
    for number, (merchant, api) in enumerate([(globex, globex_api)] * 3 + [(acme, acme_api)]):
        everybody.append(shopper_of(merchant, claimable_cents=50_000))
        api.post(f"/v1/customers/{everybody[-1].public_id}/devices", {"platform": "ios", "token": f"device-{number}"})
    judged(*everybody)

    assert push_due(CLOCK) == 1
    assert PushMessage.objects.get().customer == everybody[-1]


def test_what_can_wait_is_not_pushed(customer):
    put_in_force(claim_it=rule_of(CLAIMABLE, priority=3))
    judged(customer)

    assert push_due(CLOCK) == 0
    assert not PushMessage.objects.exists()


def test_at_most_one_a_day(customer):
    put_in_force(first=URGENT, second=rule_of(URGENT, title="Second"))
    judged(customer)

    assert [push_due(CLOCK), again(CLOCK + timedelta(hours=3)), again(CLOCK + timedelta(days=1, hours=1))] == [1, 0, 1]
    assert PushMessage.objects.values("rule").distinct().count() == 2


def test_a_cap_holds_for_pushes(customer):
    put_in_force(claim_it=rule_of(URGENT, cap_per_days=7))
    judged(customer)

    assert [push_due(CLOCK), again(CLOCK + timedelta(days=6)), again(CLOCK + timedelta(days=8))] == [1, 0, 1]


def test_whoever_is_held_out_gets_no_push_and_is_written_down(customer):
    put_in_force(claim_it=rule_of(URGENT, hold_out_percent=100))
    judged(customer)

    assert push_due(CLOCK) == 0
    assert not PushMessage.objects.exists()
    assert SnoopAssignment.objects.get().group == "held_out"


def test_a_process_that_dies_while_sending_never_sends_twice(urgent, monkeypatch):
    def dies(self, note, targets):
        raise SystemExit

    monkeypatch.setattr(SandboxPush, "send", dies)
    with pytest.raises(SystemExit):
        push_due(CLOCK)
    monkeypatch.undo()

    assert PushMessage.objects.get().state == "sending"
    assert again(CLOCK + timedelta(minutes=6)) == 0
    assert PushMessage.objects.get().state == "unsure"
    assert again(CLOCK + timedelta(days=3)) == 0


def test_two_ticks_at_once_push_once(urgent, monkeypatch):
    sent = []
    real = SandboxPush.send

    def another_tick_meanwhile(self, note, targets):
        sent.append(note.id)
        PushPlace.objects.update(looked_for="")
        if len(sent) == 1:
            push_due(CLOCK)
        return real(self, note, targets)

    monkeypatch.setattr(SandboxPush, "send", another_tick_meanwhile)

    assert push_due(CLOCK) == 1
    assert len(sent) == PushMessage.objects.count() == 1


def test_a_device_whose_app_is_gone_is_forgotten(urgent):
    PushDevice.objects.all().delete()
    row = PushDevice(customer=urgent, platform="web", token=GONE_TOKEN, token_index="g")
    row.save()

    assert push_due(CLOCK) == 0
    row.refresh_from_db()
    assert row.removed_at is not None
    assert PushMessage.objects.get().state == "refused"


def test_a_device_belongs_to_who_is_signed_in_on_it(acme, acme_api, customer):
    other = shopper_of(acme)

    answer = acme_api.post(f"/v1/customers/{other.public_id}/devices", {"platform": "ios", "token": "device-1"})

    assert answer.status_code == 201
    assert acme_api.get(f"/v1/customers/{customer.public_id}/devices").json()["data"] == []
    (row,) = acme_api.get(f"/v1/customers/{other.public_id}/devices").json()["data"]
    assert row["id"] == answer.json()["id"]


def test_a_device_is_removed_by_its_app_and_no_other(acme, acme_api, globex_api, customer):
    device = PushDevice.objects.get().public_id
    other = shopper_of(acme)

    assert globex_api.delete(f"/v1/customers/{customer.public_id}/devices/{device}").status_code == 404
    assert acme_api.delete(f"/v1/customers/{other.public_id}/devices/{device}").status_code == 404
    assert PushDevice.objects.get().removed_at is None
    assert [acme_api.delete(f"/v1/customers/{customer.public_id}/devices/{device}").status_code for _ in range(2)] == [204, 204]
    assert PushDevice.objects.get().removed_at is not None


def test_ten_devices_are_enough(acme_api, customer):
    made = [
        acme_api.post(f"/v1/customers/{customer.public_id}/devices", {"platform": "web", "token": f"w{n}"}) for n in range(10)
    ]

    assert [answer.status_code for answer in made] == [201] * 9 + [400]
    assert made[-1].json()["error"]["code"] == "push_device_limit"


def test_a_locked_merchant_pushes_nothing(acme, urgent):
    merchant_keys.lock_key(merchant_id=acme.pk)

    assert push_due(CLOCK) == 0
    assert not PushMessage.objects.exists()


# --- A merchant's own push service


@pytest.fixture
def calls(monkeypatch):
    """What the merchant's push service is sent; `answer` is what it says, or what happens instead."""
    made = []

    class Calls(list):
        answer = Answer(200, {}, b"{}", False)

    calls = Calls(made)

    def call(method, url, **options):
        calls.append((method, url, options))
        if isinstance(calls.answer, Exception):
            raise calls.answer
        return calls.answer

    monkeypatch.setattr(https, "call", call)
    return calls


def test_a_merchants_own_service_is_called_signed(acme_api, urgent, calls):
    made = acme_api.post("/v1/push_service", {"url": "https://push.shop.example/in"}).json()

    assert push_due(CLOCK) == 1

    ((method, url, options),) = calls
    body = json.loads(options["data"])
    assert (method, url) == ("POST", "https://push.shop.example/in")
    assert body["title"] == "$500.00 to claim back"
    assert body["devices"] == [{"id": PushDevice.objects.get().public_id, "platform": "ios", "token": "device-1"}]
    assert options["headers"]["webhook-id"] == body["id"] == PushMessage.objects.get().public_id
    stamp = int(options["headers"]["webhook-timestamp"])
    assert (
        options["headers"]["webhook-signature"]
        == https.signed_headers(secrets=[made["secret"]], message_id=body["id"], timestamp=stamp, body=options["data"])[
            "webhook-signature"
        ]
    )


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(500, {}, b"", False), "refused"),
        (CallFailed("connect", "took no connection"), "refused"),
        (CallFailed("timeout", "No whole answer within 8 s."), "unsure"),
    ],
)
def test_what_failed_is_told_and_not_sent_again(acme_api, urgent, calls, answer, state):
    acme_api.post("/v1/push_service", {"url": "https://push.shop.example/in"})
    calls.answer = answer

    assert push_due(CLOCK) == again(CLOCK + timedelta(days=2)) == 0
    assert PushMessage.objects.get().state == state
    assert len(calls) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/in", "https://169.254.169.254/latest", "ftp://a.example", "javascript:alert(1)"]
)
def test_an_address_that_the_platform_does_not_call_is_refused(acme_api, url):
    assert acme_api.post("/v1/push_service", {"url": url}).status_code == 400
    assert acme_api.get("/v1/push_service").json()["url"] is None


def test_removing_the_service_is_safe_to_repeat(acme_api):
    acme_api.post("/v1/push_service", {"url": "https://push.shop.example/in"})

    assert [acme_api.delete("/v1/push_service").status_code for _ in range(2)] == [204, 204]
    assert acme_api.get("/v1/push_service").json() == {"url": None, "changed_at": None}
