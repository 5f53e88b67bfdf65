"""How a terminal gets its token: through the doors that a merchant and a device use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from merchants.models import Merchant
from pos_monitor.estate.enrolment import create_code
from pos_monitor.estate.tokens import TokenMap, issue, revoke
from pos_monitor.models import EnrolmentCode, Terminal, TerminalToken
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = pytest.mark.django_db
NONCE = "0123456789abcdef0123"


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    return a_terminal(acme, a_store(acme), state=Terminal.State.STOCK, serial="SN-77")


@pytest.fixture
def device() -> APIClient:
    return APIClient(raise_request_exception=False)


def enrol(device: APIClient, code: str, serial: str = "SN-77", **more: Any) -> Any:
    return device.post("/v1/terminals/enrol", {"code": code, "serial": serial, **more}, format="json")


def tokens_in_force(till: Terminal) -> int:
    return TerminalToken.objects.filter(terminal=till, revoked_at=None).count()


def test_a_code_brings_a_device_its_token_and_the_addresses_of_the_doors(
    acme_api: APIClient, device: APIClient, till: Terminal, settings
):
    settings.BASE_URL, settings.TERMINAL_MQTT_URL = "https://pay.example", "mqtts://mqtt.example:8883"
    made = acme_api.post(f"/v1/terminals/{till.public_id}/enrolment_code")
    assert made.status_code == 201

    answer = enrol(device, made.json()["code"].lower().replace("-", " "), "sn-77")

    assert answer.status_code == 201
    said = answer.json()
    assert said["terminal"] == till.public_id
    assert said["doors"] == {
        "https": "https://pay.example/v1/telemetry", "websocket": "wss://pay.example/ws/terminal/", "mqtt": "mqtts://mqtt.example:8883",
    }  # fmt: skip
    till.refresh_from_db()
    assert till.state == Terminal.State.ACTIVE
    assert till.activated_at is not None
    tokens = TokenMap()
    tokens.refresh()
    assert tokens.find(said["token"]).number == till.pk


def test_a_code_is_easy_to_type(till: Terminal):
    _, text = create_code(terminal=till)

    assert len(text) == 9
    assert text[4] == "-"
    assert set(text) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")


def test_letters_that_look_alike_are_read_as_meant(device: APIClient, till: Terminal, monkeypatch):
    letters = iter("01v0000z")
    with monkeypatch.context() as patched:
        patched.setattr("pos_monitor.estate.enrolment.secrets.choice", lambda _: next(letters))
        create_code(terminal=till)

    assert enrol(device, "OIUo-oo0Z").status_code == 201


def test_a_code_works_once(device: APIClient, till: Terminal):
    _, code = create_code(terminal=till)
    first = enrol(device, code)

    again = enrol(device, code)

    assert again.status_code == 403
    assert again.json()["error"]["code"] == "enrolment_refused"
    tokens = TokenMap()
    tokens.refresh()
    assert tokens.find(first.json()["token"]) is not None
    assert TerminalToken.objects.filter(terminal=till).count() == 1


def test_a_device_whose_answer_was_lost_may_ask_again_and_nobody_else(device: APIClient, till: Terminal):
    _, code = create_code(terminal=till)
    lost = enrol(device, code, nonce=NONCE).json()["token"]

    assert enrol(device, code, nonce="another secret of a thief").status_code == 403
    again = enrol(device, code, nonce=NONCE)

    assert again.status_code == 201
    tokens = TokenMap()
    tokens.refresh()
    assert tokens.find(lost) is None
    assert tokens.find(again.json()["token"]).number == till.pk
    EnrolmentCode.objects.update(used_at=timezone.now() - timedelta(minutes=11))
    assert enrol(device, code, nonce=NONCE).status_code == 403


@pytest.mark.parametrize("case", ["revoked", "newer code", "enrolled anew"])
def test_asking_again_does_not_undo_what_came_after(case: str, device: APIClient, till: Terminal):
    _, code = create_code(terminal=till)
    assert enrol(device, code, nonce=NONCE).status_code == 201
    if case == "revoked":
        revoke(terminal=till)
    else:
        _, newer = create_code(terminal=till)
        assert case == "newer code" or enrol(device, newer).status_code == 201
    before = tokens_in_force(till)

    assert enrol(device, code, nonce=NONCE).status_code == 403
    assert tokens_in_force(till) == before


@pytest.mark.parametrize("case", ["unknown", "expired", "other serial", "retired", "merchant closed", "newer code"])
def test_what_is_refused_is_refused_alike_and_changes_nothing(case: str, device: APIClient, till: Terminal):
    _, code = create_code(terminal=till)
    serial = "SN-77"
    match case:
        case "unknown":
            code = "ZZZZ-ZZZZ"
        case "expired":
            EnrolmentCode.objects.update(expires_at=timezone.now())
        case "other serial":
            serial = "SN-78"
        case "retired":
            Terminal.objects.update(state="retired")
        case "merchant closed":
            Merchant.objects.update(is_active=False)
        case "newer code":
            create_code(terminal=till)
    before = Terminal.objects.values().get(pk=till.pk)

    answer = enrol(device, code, serial)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "enrolment_refused"
    assert Terminal.objects.values().get(pk=till.pk) == before
    assert TerminalToken.objects.count() == 0


def test_who_guesses_serial_numbers_voids_the_code(device: APIClient, till: Terminal):
    _, code = create_code(terminal=till)
    for guess in range(5):
        assert enrol(device, code, f"SN-{guess}").status_code == 403

    assert enrol(device, code).status_code == 403
    assert TerminalToken.objects.count() == 0


def test_tries_are_limited_by_address(device: APIClient, till: Terminal, monkeypatch):
    monkeypatch.setattr("pos_monitor.api.devices.TRIES_PER_S", 1e-6)
    answers = [enrol(device, f"AAAA-{number:04}").status_code for number in range(40)]

    assert answers == [403] * 30 + [429] * 10
    refused = enrol(device, "AAAA-AAAA")
    assert int(refused["Retry-After"]) >= 1


@pytest.mark.django_db(transaction=True)
def test_of_two_devices_with_one_code_one_is_enrolled(acme: Merchant):
    till = a_terminal(acme, a_store(acme), state=Terminal.State.STOCK, serial="SN-77")
    _, code = create_code(terminal=till)

    def run(_: int) -> int:
        try:
            return enrol(APIClient(raise_request_exception=False), code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(run, range(4)))

    assert answers == [201, 403, 403, 403]
    assert tokens_in_force(till) == 1


def test_a_terminal_without_a_store_gets_no_code(acme: Merchant, acme_api: APIClient):
    spare = a_terminal(acme, state=Terminal.State.STOCK)

    answer = acme_api.post(f"/v1/terminals/{spare.public_id}/enrolment_code")

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "terminal_store_required"
    assert EnrolmentCode.objects.count() == 0


def test_a_merchant_enrols_only_its_own(globex_api: APIClient, till: Terminal):
    for door in ("enrolment_code", "rotate_token", "revoke_token"):
        assert globex_api.post(f"/v1/terminals/{till.public_id}/{door}").status_code == 404
    assert EnrolmentCode.objects.count() == TerminalToken.objects.count() == 0


def test_a_device_rotates_its_own_token(device: APIClient, acme: Merchant):
    till = a_terminal(acme)
    old = issue(terminal=till)
    device.credentials(HTTP_AUTHORIZATION=f"Bearer {old}")

    new = device.post("/v1/terminal/token")

    assert new.status_code == 201
    tokens = TokenMap()
    tokens.refresh()
    assert tokens.find(old).number == tokens.find(new.json()["token"]).number == till.pk


@pytest.mark.parametrize("case", ["no token", "a merchant's key", "revoked", "expired", "stock", "merchant closed"])
def test_whom_the_doors_of_devices_refuse(case: str, device: APIClient, acme: Merchant, acme_api: APIClient):
    till = a_terminal(acme)
    device.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(terminal=till)}")
    match case:
        case "no token":
            device.credentials()
        case "a merchant's key":
            device = acme_api
        case "revoked":
            TerminalToken.objects.update(revoked_at=timezone.now())
        case "expired":
            TerminalToken.objects.update(expires_at=timezone.now())
        case "stock":
            Terminal.objects.update(state="stock")
        case "merchant closed":
            Merchant.objects.update(is_active=False)

    answer = device.post("/v1/terminal/token")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "terminal_token_invalid"
    assert TerminalToken.objects.count() == 1


def test_a_bound_terminal_needs_its_certificate_from_a_trusted_proxy(device: APIClient, acme: Merchant, settings):
    till = a_terminal(acme, certificate_sha256="ab" * 32)
    settings.TELEMETRY_CERTIFICATE_HEADER = "x-client-sha256"
    device.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(terminal=till)}")
    right, wrong = {"HTTP_X_CLIENT_SHA256": "AB:" * 31 + "AB"}, {"HTTP_X_CLIENT_SHA256": "cd" * 32}

    forged = device.post("/v1/terminal/token", **right)
    assert forged.status_code == 401
    assert forged.json()["error"]["code"] == "terminal_certificate_wrong"

    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]
    assert device.post("/v1/terminal/token", **wrong).status_code == 401
    assert device.post("/v1/terminal/token").status_code == 401
    assert device.post("/v1/terminal/token", **right, REMOTE_ADDR="10.0.0.9").status_code == 401
    assert TerminalToken.objects.count() == 1
    assert device.post("/v1/terminal/token", **right).status_code == 201
