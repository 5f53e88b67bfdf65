from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from django.db import connection, transaction
from django.test import Client

from merchants.models import Merchant
from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.history import write
from pos_monitor.models import Terminal
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.tests.test_history_write import reports
from pos_monitor.wire.record import Printer

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(signed_in: Callable[[User], Client]) -> Client:
    user = User.objects.create_user(username="sam", email="sam@platform.example", is_staff=True)
    give_role(user=user, role=SUPPORT)
    return signed_in(user)


def store(records: np.ndarray) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, records)


def half_an_hour(terminal: Terminal, **fields: object) -> np.ndarray:
    sent = reports(180, terminal=terminal.pk, received_ms=round(time.time() * 1000) - 1_800_000)
    for name, value in fields.items():
        sent[name] = value
    return sent


def test_the_page_says_who_it_is_and_what_happened(desk: Client, acme: Merchant) -> None:
    till = a_terminal(acme, label="Till 3", model="PAX A920", network_operator="Verizon")
    sent = half_an_hour(till, printer=[Printer.OK] * 90 + [Printer.PAPER_OUT] * 90, boot=[1] * 60 + [2] * 120)
    store(np.delete(sent, slice(120, 150)))

    page = desk.get(f"/admin/fleet/terminals/{till.public_id}/").content.decode()

    for words in (
        "Till 3",
        "PAX A920",
        "Verizon",
        "Acme",
        "Out of paper",
        "Started anew",
        "Silent for 5 min",
        "Put into use" if till.activated_at else "Registered",
    ):
        assert words in page


def test_a_number_leads_to_the_same_page(desk: Client, acme: Merchant) -> None:
    till = a_terminal(acme)

    assert desk.get(f"/admin/fleet/terminals/{till.pk}/").status_code == 200
    assert desk.get(f"/admin/fleet/terminals/{till.pk + 1}/").status_code == 404


def test_charts_get_the_range_that_was_asked_for(desk: Client, acme: Merchant) -> None:
    till = a_terminal(acme)
    store(half_an_hour(till, battery=70))

    day = desk.get(f"/admin/fleet/terminals/{till.public_id}/history/?range=24h").json()
    week = desk.get(f"/admin/fleet/terminals/{till.public_id}/history/?range=7d").json()
    long_ago = desk.get(f"/admin/fleet/terminals/{till.public_id}/history/?since=1600000000000&until=1600003600000").json()

    assert (day["every_s"], len(day["t"]), set(day["curves"]["battery"]["value"])) == (0, 180, {70})
    assert (week["every_s"], week["reports"]) == (300, 180)
    assert long_ago["t"] == []


def test_an_online_store_shows_what_it_counts(desk: Client, acme: Merchant) -> None:
    shop = a_terminal(acme, kind=Terminal.Kind.ONLINE_STORE)
    store(half_an_hour(shop, visits=4, orders=1, api_errors=2, webhook_failures=0))

    answer = desk.get(f"/admin/fleet/terminals/{shop.public_id}/history/").json()

    assert {name: sum(answer["bars"][name]) for name in ("visits", "orders", "api_errors", "webhook_failures")} == {
        "visits": 720, "orders": 180, "api_errors": 360, "webhook_failures": 0,
    }  # fmt: skip
    assert "Online store" in desk.get(f"/admin/fleet/terminals/{shop.public_id}/").content.decode()


def test_who_may_not_look_at_terminals_gets_neither(signed_in: Callable[[User], Client], acme: Merchant) -> None:
    till = a_terminal(acme)
    stranger = signed_in(User.objects.create_user(username="eve", email="eve@platform.example", is_staff=True))

    assert stranger.get(f"/admin/fleet/terminals/{till.public_id}/").status_code == 403
    assert stranger.get(f"/admin/fleet/terminals/{till.public_id}/history/").status_code == 403
