"""A merchant's own tills on the portal, with a real engine behind them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from merchants.models import Merchant
from people.models import User
from pos_monitor.engine import hot
from pos_monitor.models import Alert, Incident, Terminal
from pos_monitor.tests.engine_samples import a_report, a_shift, send
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.tests.fleet import make_rule
from pos_monitor.wire.record import Printer

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[User], Client]


@contextmanager
def engine() -> Iterator[None]:
    """The shard's engine in a thread, as its process would run it."""
    over = threading.Event()

    def run() -> None:
        try:
            with a_shift() as shift:
                while not over.is_set():
                    shift.tick()
                    time.sleep(0.02)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def heard_of(till: Terminal) -> None:
    """Wait until the engine knows the till's report."""
    for _ in range(500):
        if len(hot.read([till.pk])):
            return
    pytest.fail("the engine never took the report")


def fault_of(till: Terminal, name: str, **rule: object) -> Alert:
    now = timezone.now()
    made = make_rule(name.lower().replace(" ", "-"), name=name, kind="threshold", severity=2, **rule)
    incident = Incident.objects.create(
        rule=made, scope_key=str(till.pk), merchant=till.merchant, title=name, severity=2, began_at=now, opened_at=now,
        answer_due_at=now, repair_due_at=now,
    )  # fmt: skip
    return Alert.objects.create(terminal=till, rule=made, incident=incident, severity=2, began_at=now, opened_at=now)


def test_a_till_that_reports_shows_how_it_is(acme: Merchant, acme_viewer: User, signed_in: SignedIn) -> None:
    till, silent = a_terminal(acme, label="Till 7"), a_terminal(acme, label="Till 8")
    client = signed_in(acme_viewer)
    send(a_report(till.pk, 1, battery=41, signal=-88, printer=Printer.PAPER_LOW))
    with engine():
        heard_of(till)
        page = client.get(reverse("portal:till", args=[till.public_id])).content.decode()
        rows = {row["name"]: row for row in client.get(reverse("portal:tills")).context["tills"]}
        now = client.get(reverse("portal:tills_now")).context["counts"]

    assert all(words in page for words in ("41 %", "-88 dBm", "paper low", "Reports"))
    assert (rows["Till 7"]["status"]["word"], rows["Till 8"]["status"]["word"]) == ("Reports", "Not heard of yet")
    assert now == {"all": 2, "heard": 1, "quiet": 0, "troubled": 0}
    assert "It has not reported yet" in client.get(reverse("portal:till", args=[silent.public_id])).content.decode()


def test_faults_that_merchants_are_told_of_stand_there_and_others_do_not(
    acme: Merchant, acme_viewer: User, signed_in: SignedIn
) -> None:
    till = a_terminal(acme)
    fault_of(till, "Battery nearly empty")
    fault_of(till, "Odd firmware", tells_merchant=False)

    page = signed_in(acme_viewer).get(reverse("portal:till", args=[till.public_id])).content.decode()
    counts = signed_in(acme_viewer).get(reverse("portal:tills")).context["counts"]

    assert "Battery nearly empty" in page
    assert "Odd firmware" not in page
    assert counts["troubled"] == 1


def test_another_merchants_till_is_not_there(globex: Merchant, acme_viewer: User, signed_in: SignedIn) -> None:
    theirs = a_terminal(globex)
    client = signed_in(acme_viewer)

    assert [client.get(reverse(page, args=[theirs.public_id])).status_code for page in ("portal:till", "portal:till_now")] == [
        404,
        404,
    ]
    assert client.get(reverse("portal:tills")).context["tills"] == []


def test_tills_are_found_by_name_shop_serial_and_state(acme: Merchant, acme_viewer: User, signed_in: SignedIn) -> None:
    till = a_terminal(acme, label="Back office", serial="ZX-81")
    a_terminal(acme, label="Front")
    client = signed_in(acme_viewer)

    for words in ("back", "zx-81", till.store.name):
        found = client.get(reverse("portal:tills"), {"q": words}).context["tills"]
        assert [row["name"] for row in found] == ["Back office"], words
    assert client.get(reverse("portal:tills"), {"state": "retired"}).context["tills"] == []
    assert len(client.get(reverse("portal:tills"), {"state": "nonsense"}).context["tills"]) == 2
