"""The admin’s pages of terminals, lists and commands, as support uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from merchants.models import Merchant
from people.models import User
from people.roles import give_role
from pos_monitor.commands.downlink import Downlink
from pos_monitor.estate.tokens import TokenMap, issue
from pos_monitor.models import Command, CommandDelivery, Terminal, TerminalGroup, TerminalImport
from pos_monitor.tests.command_samples import a_command
from pos_monitor.tests.estate_samples import a_store, a_terminal
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
ROOT = "/admin/pos_monitor"


def person(name: str, *roles: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", is_staff=True)
    for role in roles:
        give_role(user=user, role=role)
    return user


@pytest.fixture
def support(signed_in: Callable[[User], Client]) -> Client:
    return signed_in(person("sam", "support"))


@pytest.fixture
def lead(signed_in: Callable[[User], Client]) -> Client:
    return signed_in(person("lee", "support", "support_lead"))


@pytest.fixture
def auditor(signed_in: Callable[[User], Client]) -> Client:
    return signed_in(person("aud", "auditor"))


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    return a_terminal(acme, a_store(acme, "Elm Street"), serial="SN-77", label="Till 7")


def text(response: Any) -> str:
    return response.content.decode()


@pytest.mark.parametrize("words", ["SN-77", "till 7", "elm street"])
def test_a_terminal_is_found_by_what_is_said_on_the_phone(support: Client, till: Terminal, acme: Merchant, words: str):
    a_terminal(acme, serial="OTHER-1", label="Kiosk")

    page = text(support.get(f"{ROOT}/terminal/", {"q": words}))

    assert "SN-77" in page
    assert "OTHER-1" not in page


def test_a_code_is_shown_once_and_enrols_the_terminal(support: Client, till: Terminal):
    door = f"{ROOT}/terminal/{till.pk}/do/enrol/"
    assert "works once" in text(support.get(door))

    page = support.post(door)

    code = page.context["shown"]
    assert code in text(page)
    answer = APIClient().post("/v1/terminals/enrol", {"code": code, "serial": "SN-77"}, format="json")
    assert answer.status_code == 201
    assert AuditEntry.objects.filter(action="terminal.enrolment_code_made", subject_id=till.public_id).count() == 1
    assert code not in str(list(AuditEntry.objects.values_list("details", flat=True)))


def test_tokens_end_and_states_move_by_pages_that_say_so(support: Client, till: Terminal):
    token = issue(terminal=till)
    support.post(f"{ROOT}/terminal/{till.pk}/do/revoke/")
    tokens = TokenMap()
    tokens.refresh()
    assert tokens.find(token) is None

    support.post(f"{ROOT}/terminal/{till.pk}/do/repair/", {"reason": "screen cracked"})
    till.refresh_from_db()
    assert till.state == "repair"
    assert AuditEntry.objects.get(action="terminal.moved").reason == "screen cracked"
    support.post(f"{ROOT}/terminal/{till.pk}/do/retired/")
    refused = support.post(f"{ROOT}/terminal/{till.pk}/do/active/")
    assert refused.status_code == 409
    assert "cannot become active" in text(refused)
    assert "Enrolment code" not in text(support.get(f"{ROOT}/terminal/{till.pk}/change/"))


def test_who_may_only_look_does_nothing(auditor: Client, till: Terminal):
    issue(terminal=till)
    before = Terminal.objects.values().get(pk=till.pk)

    assert auditor.get(f"{ROOT}/terminal/{till.pk}/change/").status_code == 200
    for name in ("enrol", "rotate", "revoke", "repair"):
        assert auditor.post(f"{ROOT}/terminal/{till.pk}/do/{name}/").status_code == 403
    for address in ("terminal/edit/", "command/compose/", "terminalimport/bring/"):
        assert auditor.get(f"{ROOT}/{address}").status_code == 403
        assert auditor.post(f"{ROOT}/{address}").status_code == 403

    assert Terminal.objects.values().get(pk=till.pk) == before
    assert till.tokens.filter(revoked_at=None).count() == 1


def test_a_change_by_hand_is_audited_and_identity_stays(support: Client, till: Terminal):
    page = support.get(f"{ROOT}/terminal/{till.pk}/change/")
    form = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}

    answer = support.post(
        f"{ROOT}/terminal/{till.pk}/change/",
        {**form, "label": "Kiosk", "tags": "front,new", "serial": "STOLEN", "certificate_sha256": ""},
    )

    assert answer.status_code == 302
    till.refresh_from_db()
    assert (till.label, till.serial, till.tags) == ("Kiosk", "SN-77", ["front", "new"])
    assert AuditEntry.objects.filter(action="terminal.changed", subject_id=till.public_id).count() == 1


def test_a_terminal_stands_in_a_store_of_its_own_merchant(support: Client, till: Terminal, globex: Merchant):
    page = support.get(f"{ROOT}/terminal/{till.pk}/change/")
    form = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}

    answer = support.post(f"{ROOT}/terminal/{till.pk}/change/", {**form, "tags": "", "store": a_store(globex).pk})

    assert "This store is another merchant’s." in text(answer)
    assert Terminal.objects.get(pk=till.pk).store_id == till.store_id


def test_many_are_tagged_and_grouped_at_once(support: Client, till: Terminal, acme: Merchant):
    others = [a_terminal(acme, tags=["old"]) for _ in range(3)]
    a_terminal(acme, model="S1")
    group = TerminalGroup.objects.create(name="Pilot")
    picked = support.post(
        f"{ROOT}/terminal/", {"action": "tag_and_group", "_selected_action": [one.pk for one in (till, *others)]}
    )
    assert picked.status_code == 302

    support.post(picked["Location"], {"add_tags": "Front, x", "remove_tags": "old", "group": group.public_id})

    changed = Terminal.objects.filter(group=group)
    assert {tuple(one.tags) for one in changed} == {("front", "x")}
    assert changed.count() == 4
    assert AuditEntry.objects.filter(action="terminal.changed").count() == 4
    support.post(picked["Location"], {"add_tags": "front"})
    assert AuditEntry.objects.filter(action="terminal.changed").count() == 4


def test_a_list_is_shown_before_it_is_taken_in(support: Client, acme: Merchant, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("pos_monitor.estate.tasks.run_terminal_import.delay", lambda pk: None)
    file = SimpleUploadedFile("tills.csv", b"serial,model,store,region\nA-1,P400,Main,VT\nA-2,,Main,VT\n")
    made = support.post(f"{ROOT}/terminalimport/bring/", {"file": file, "merchant": acme.public_id})
    source = TerminalImport.objects.get()
    page = text(support.get(made["Location"]))
    assert "Would be added" in page
    assert "model: it is missing." in page
    assert Terminal.objects.count() == 0

    with django_capture_on_commit_callbacks(execute=True):
        support.post(f"{ROOT}/terminalimport/{source.pk}/do/start/")
    assert support.get(f"{ROOT}/terminalimport/{source.pk}/now/").json() == {
        "is_open": True,
        "percent": 0,
        "words": "0 of 2 rows",
    }
    from pos_monitor.estate.importing import carry_on

    carry_on(source.pk)

    assert Terminal.objects.get().serial == "A-1"
    page = text(support.get(made["Location"]))
    assert "Not taken" in page
    assert support.get(f"{ROOT}/terminalimport/{source.pk}/now/").json()["is_open"] is False


def test_a_file_that_is_none_is_refused_in_words(support: Client, acme: Merchant):
    answer = support.post(f"{ROOT}/terminalimport/bring/", {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")})

    assert answer.status_code == 422
    assert "No column is named" in text(answer)
    assert TerminalImport.objects.count() == 0


def test_a_command_is_counted_before_it_is_sent_and_once_sent_is_one(
    support: Client, till: Terminal, acme: Merchant, globex: Merchant
):
    a_terminal(globex)
    address = f"{ROOT}/command/compose/?kind=message&p.text=Hello&merchant={acme.public_id}&count=1&hours=4"
    page = support.get(address)
    assert page.context["counted"]["count"] == 1
    assert Command.objects.count() == 0

    key = {"request_key": page.context["request_key"]}
    first = support.post(address, key)
    again = support.post(address, key)

    assert first["Location"] == again["Location"]
    command = Command.objects.get()
    assert (command.parameters, command.selection) == ({"text": "Hello"}, {"merchant": acme.public_id})
    assert list(command.deliveries.values_list("terminal", flat=True)) == [till.pk]
    assert "Message on screen for 1 terminal" in text(support.get(first["Location"]))


@pytest.mark.parametrize("query", ["kind=message&count=1", "kind=message&p.text=x&merchant=mer_nobody&state=lost&count=1"])
def test_what_cannot_be_sent_is_not_sent(support: Client, till: Terminal, query: str):
    page = support.get(f"{ROOT}/command/compose/?{query}")
    if page.status_code == 200:
        assert page.context["counted"]["count"] == 0
    assert support.post(f"{ROOT}/command/compose/?{query}").status_code == 422
    assert Command.objects.count() == 0


def test_support_is_not_offered_what_it_may_not_send(support: Client, lead: Client, till: Terminal):
    assert {kind for kind, *_ in support.get(f"{ROOT}/command/compose/").context["kinds"]} == {"reboot", "message", "log_pull"}
    assert len(lead.get(f"{ROOT}/command/compose/").context["kinds"]) == 5


def test_a_second_person_approves_on_the_page(lead: Client, signed_in: Callable[[User], Client], till: Terminal, support: Client):
    update = f"kind=app_update&p.version=5.0&p.url=https://packages.example/5&p.sha256={'ab' * 32}&count=1&waves=1"
    lead.post(f"{ROOT}/command/compose/?{update}")
    command = Command.objects.get()
    door = f"{ROOT}/command/{command.pk}/do/approve/"
    assert "waits for a second person" in text(lead.get(f"{ROOT}/command/{command.pk}/change/"))
    lead.post(door)
    assert support.post(door).status_code == 403
    command.refresh_from_db()
    assert command.state == Command.State.WAITING

    signed_in(person("kim", "support_lead")).post(door)

    command.refresh_from_db()
    assert command.state == Command.State.RUNNING
    assert Downlink().claim([till.pk])


def test_the_page_of_a_command_follows_it(support: Client, till: Terminal, acme: Merchant):
    command = a_command(till, a_terminal(acme))
    CommandDelivery.objects.filter(terminal=till).update(state=CommandDelivery.State.FAILED, is_waiting=False, message="no paper")

    live = support.get(f"{ROOT}/command/{command.pk}/live/")

    assert live["X-Run-State"] == "running"
    assert dict(live.context["figures"]) | {} == {
        "Queued": 1, "Sent": 0, "Received": 0, "Done": 0, "Failed": 1, "Expired": 0, "Cancelled": 0,
    }  # fmt: skip
    page = text(support.get(f"{ROOT}/command/{command.pk}/change/"))
    assert page.index("no paper") < page.index("Queued</span>")
    support.post(f"{ROOT}/command/{command.pk}/do/cancel/")
    assert support.get(f"{ROOT}/command/{command.pk}/live/")["X-Run-State"] == "cancelled"
