"""Commands through the API: of a merchant, and of a terminal that sends its log."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from rest_framework.test import APIClient

from merchants.models import Merchant
from people.models import User
from pos_monitor.commands.services import Sender, send
from pos_monitor.estate.tokens import issue
from pos_monitor.models import Command, CommandDelivery, CommandLog, Terminal
from pos_monitor.tests.command_samples import UPDATE, ordered, sent, staff
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db
Of = CommandDelivery.State


@pytest.fixture
def sam(db: None) -> User:
    """Support."""
    return staff("sam", "support")


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    return a_terminal(acme)


def test_a_merchant_commands_its_own_terminals_through_the_api(till: Terminal, acme_api: APIClient, globex_api: APIClient):
    door = f"/v1/terminals/{till.public_id}/commands"
    message = {"kind": "message", "parameters": {"text": "Hello"}}
    made = acme_api.post(door, message, HTTP_IDEMPOTENCY_KEY="1")
    again = acme_api.post(door, message, HTTP_IDEMPOTENCY_KEY="1")

    assert made.status_code == 201
    assert made.json() == again.json()
    assert (made.json()["state"], made.json()["terminal"]) == ("queued", till.public_id)
    one = f"{door}/{made.json()['id']}"
    assert acme_api.get(one).json() == made.json()
    assert acme_api.get(door).json()["data"] == [made.json()]
    for answer_ in (globex_api.post(door, message), globex_api.get(door), globex_api.get(one), globex_api.post(f"{one}/cancel")):
        assert answer_.status_code == 404
    assert acme_api.post(f"{one}/cancel").json()["state"] == "cancelled"
    assert sent() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "app_update", "parameters": UPDATE}, 403, "command_not_allowed"),
        ({"kind": "reboot", "parameters": {"delay_s": "soon"}}, 400, "command_invalid"),
        ({"kind": "reboot", "ttl_s": 5}, 400, "parameter_invalid"),
        ({"kind": "dance"}, 400, "parameter_invalid"),
        ({"kind": "reboot", "to": "all"}, 400, "parameter_unknown"),
    ],
)
def test_what_the_api_refuses_leaves_nothing(till: Terminal, acme_api: APIClient, body: dict, status: int, code: str):
    answer_ = acme_api.post(f"/v1/terminals/{till.public_id}/commands", body)

    assert (answer_.status_code, answer_.json()["error"]["code"]) == (status, code)
    assert Command.objects.count() == 0


def test_a_merchant_does_not_cancel_what_support_sent(till: Terminal, acme_api: APIClient, sam: User):
    command = ordered(by=sam)
    door = f"/v1/terminals/{till.public_id}/commands/{command.public_id}"

    assert acme_api.get(door).status_code == 200
    assert acme_api.post(f"{door}/cancel").status_code == 404
    assert sent() == [till.pk]


def test_a_pulled_log_is_kept_sealed_and_read_by_its_merchant(till: Terminal, acme_api: APIClient, globex_api: APIClient):
    made = acme_api.post(f"/v1/terminals/{till.public_id}/commands", {"kind": "log_pull", "parameters": {"lines": 100}}).json()
    device = APIClient(raise_request_exception=False)
    device.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(terminal=till)}")
    door = f"/v1/terminal/commands/{made['id']}/log"
    early = device.post(door, {"content": "x"}, format="json")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "command_log_not_asked")
    sent()

    first = device.post(door, {"content": "printer: out of paper\nAnn paid with 4111 1111 1111 1111\n"}, format="json")
    again = device.post(door, {"content": "another"}, format="json")

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    read = acme_api.get(f"/v1/terminals/{till.public_id}/commands/{made['id']}/log")
    assert read.json()["content"] == "printer: out of paper\nAnn paid with [card number]\n"
    assert globex_api.get(f"/v1/terminals/{till.public_id}/commands/{made['id']}/log").status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM pos_monitor_commandlog")
        assert "Ann" not in cursor.fetchone()[0]
    assert CommandDelivery.objects.get().state == Of.DONE


def test_of_a_long_log_the_end_is_kept(till: Terminal, sam: User):
    command = ordered("log_pull", sam)
    sent()
    device = APIClient(raise_request_exception=False)
    device.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(terminal=till)}")

    said = device.post(
        f"/v1/terminal/commands/{command.public_id}/log", {"content": "a" * 250_000 + "the end"}, format="json"
    ).json()

    assert (said["size"], said["is_cut"]) == (250_007, True)
    log = CommandLog.objects.get()
    assert len(log.content) == 200_000
    assert log.content.endswith("the end")


def test_a_device_sends_no_log_for_another(till: Terminal, acme: Merchant, sam: User):
    command = send(kind="log_pull", parameters={}, terminals=Terminal.objects.filter(pk=till.pk), sender=Sender(user=sam))
    sent()
    device = APIClient(raise_request_exception=False)
    device.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(terminal=a_terminal(acme))}")

    answer_ = device.post(f"/v1/terminal/commands/{command.public_id}/log", {"content": "x"}, format="json")

    assert answer_.status_code == 404
    assert CommandLog.objects.count() == 0


def test_the_rights_that_the_roles_name_exist():
    names = set(Permission.objects.filter(content_type__app_label="pos_monitor").values_list("codename", flat=True))
    assert names >= {"configure_command", "approve_command", "add_command", "view_commanddelivery"}
