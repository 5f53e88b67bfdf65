"""The charts' data of a merchant's till, the same in words, and what happened to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from merchants.models import Merchant
from people.models import User
from portal.tests.test_tills import fault_of
from pos_monitor.estate.lifecycle import move
from pos_monitor.models import Terminal, VersionChange
from pos_monitor.tests.command_samples import a_command
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.tests.test_terminal_page import half_an_hour, store
from pos_monitor.wire.record import Printer

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


def test_charts_and_words_say_the_same(acme: Merchant, acme_viewer: User, signed_in: SignedIn) -> None:
    till, client = a_terminal(acme), signed_in(acme_viewer)
    falling = np.linspace(90, 41, 180).astype(int)
    store(half_an_hour(till, battery=falling, signal=-88, temperature=31, latency=120, sales_ok=[2] + [0] * 179, sales_failed=0))
    address = reverse("portal:till_history", args=[till.public_id])

    day, week = client.get(address).json(), client.get(f"{address}?range=7d").json()

    assert (day["every_s"], day["reports"], len(day["t"]), day["curves"]["battery"]["value"][-1]) == (0, 180, 180, 41)
    assert dict(day["summary"]) == {
        "Battery": "41 to 90 %, last 41 %", "Signal": "-88 to -88 dBm, last -88 dBm", "Temperature": "31 to 31 °C, last 31 °C",
        "Latency": "120 to 120 ms, last 120 ms", "Sales paid": "2", "Sales failed": "0",
    }  # fmt: skip
    assert (week["every_s"], week["reports"], dict(week["summary"])["Battery"][:8]) == (300, 180, "41 to 90")


def test_a_range_that_there_is_not_is_the_usual_one(acme: Merchant, acme_viewer: User, signed_in: SignedIn) -> None:
    till = a_terminal(acme)

    found = signed_in(acme_viewer).get(f"{reverse('portal:till_history', args=[till.public_id])}?range=99y").json()

    assert (found["words"], found["reports"], found["t"], found["summary"]) == ("24 hours", 0, [], [])


def test_marks_are_of_what_merchants_are_told(acme: Merchant, acme_viewer: User, signed_in: SignedIn) -> None:
    till = a_terminal(acme)
    fault_of(till, "Battery nearly empty")
    fault_of(till, "Odd firmware", tells_merchant=False)
    a_command(till, merchant=acme)

    found = signed_in(acme_viewer).get(reverse("portal:till_history", args=[till.public_id])).json()

    assert [mark[1:] for mark in found["alerts"]] == [[None, 2, "Battery nearly empty"]]
    assert [mark[1:] for mark in found["commands"]] == [["Reboot", "Queued"]]


def test_another_merchants_history_is_not_there(globex: Merchant, acme_viewer: User, signed_in: SignedIn) -> None:
    theirs = a_terminal(globex)

    assert signed_in(acme_viewer).get(reverse("portal:till_history", args=[theirs.public_id])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_page_tells_what_happened_and_who_did_it(
    acme: Merchant, acme_owner: User, acme_viewer: User, signed_in: SignedIn
) -> None:
    till = a_terminal(acme, firmware="1.0", app="4.1")
    store(half_an_hour(till, printer=[Printer.OK] * 90 + [Printer.PAPER_OUT] * 90))
    Terminal.objects.filter(pk=till.pk).update(app="4.2")
    fault_of(till, "Battery nearly empty")
    fault_of(till, "Odd firmware", tells_merchant=False)
    a_command(till, merchant=acme)
    signed_in(acme_owner).post(reverse("portal:till_state", args=[till.public_id]), {"to": "repair"})
    move(terminal=till, to="active")

    story = signed_in(acme_viewer).get(reverse("portal:till", args=[till.public_id])).context["story"]

    told = {(step["title"], step["text"]) for step in story}
    by = acme_owner.get_full_name() or acme_owner.username
    assert {
        ("App changed", "4.1 → 4.2"), ("Out of paper", ""), ("Battery nearly empty", "Fault"), ("Command: Reboot", ""), ("State: in repair", f"By {by}"),
        ("State: active", ""),
    } <= told  # fmt: skip
    assert "Odd firmware" not in {step["title"] for step in story}
    assert [step["at"] for step in story] == sorted((step["at"] for step in story), reverse=True)


def test_a_version_is_noted_when_it_changes_and_not_when_it_becomes_known(acme: Merchant) -> None:
    till = a_terminal(acme)

    for app, firmware in (("4.1", "1.0"), ("4.1", "1.0"), ("4.2", "1.0"), ("4.2", "1.1")):
        Terminal.objects.filter(pk=till.pk).update(app=app, firmware=firmware)

    found = VersionChange.objects.filter(terminal=till).order_by("pk")
    assert [(one.software, one.before, one.after) for one in found] == [("app", "4.1", "4.2"), ("firmware", "1.0", "1.1")]
    assert timezone.now() - found[0].at < timedelta(minutes=5)


def test_the_list_is_a_file_and_its_filters_hold(
    acme: Merchant, globex: Merchant, acme_viewer: User, signed_in: SignedIn
) -> None:
    broken = a_terminal(acme, label="=cmd", first_report_at=timezone.now())
    a_terminal(acme, label="Fresh")
    a_terminal(globex, label="Theirs")
    fault_of(broken, "Paper out")
    client = signed_in(acme_viewer)

    def names(**filters: str) -> list[str]:
        return [row["name"] for row in client.get(reverse("portal:tills"), filters).context["tills"]]

    text = client.get(reverse("portal:tills_export")).content.decode("utf-8-sig")

    assert (names(**{"is": "troubled"}), names(**{"is": "new"}), names(store=broken.store.public_id)) == (
        ["=cmd"],
        ["Fresh"],
        ["=cmd"],
    )
    assert len(text.splitlines()) == 3
    assert ",'=cmd," in text
    assert "Theirs" not in text
