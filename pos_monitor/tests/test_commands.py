"""Sending commands: what is taken, by whom, how they go out in waves, stop and end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.scopes import guarded
from merchants.models import Merchant
from people.models import User
from pos_monitor.commands.downlink import Downlink
from pos_monitor.commands.errors import (
    CommandForNobody,
    CommandInvalid,
    CommandNeedsOther,
    CommandNotAllowed,
    CommandOver,
    CommandReused,
    CommandsTooMany,
)
from pos_monitor.commands.kinds import checked
from pos_monitor.commands.ledger import counts
from pos_monitor.commands.services import Sender, approve, cancel
from pos_monitor.commands.tasks import advance_commands
from pos_monitor.models import Command, CommandDelivery, Terminal
from pos_monitor.tests.command_samples import UPDATE, answer, ordered, sent, staff, tills
from pos_monitor.tests.estate_samples import a_store, a_terminal
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
Of = CommandDelivery.State


@pytest.fixture
def sam(db: None) -> User:
    """Support."""
    return staff("sam", "support")


@pytest.fixture
def lee(db: None) -> User:
    """Leads support."""
    return staff("lee", "support", "support_lead")


@pytest.fixture
def kim(db: None) -> User:
    """Another lead."""
    return staff("kim", "support_lead")


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    return a_terminal(acme)


@pytest.mark.parametrize(
    ("kind", "parameters", "param"),
    [
        ("explode", {}, "kind"),
        ("reboot", {"delay_s": -1}, "parameters.delay_s"),
        ("reboot", {"delay_s": True}, "parameters.delay_s"),
        ("reboot", {"now": 1}, "parameters.now"),
        ("message", {}, "parameters.text"),
        ("message", {"text": "x" * 201}, "parameters.text"),
        ("message", {"text": "\x00\n"}, "parameters.text"),
        ("update_configuration", {"settings": {}}, "parameters.settings"),
        ("update_configuration", {"settings": {"shell": "rm"}}, "parameters.settings.shell"),
        ("update_configuration", {"settings": {"report_every_s": 1}}, "parameters.settings.report_every_s"),
        ("log_pull", {"lines": 0}, "parameters.lines"),
        ("app_update", {**UPDATE, "url": "http://packages.example/x"}, "parameters.url"),
        ("app_update", {**UPDATE, "url": "https://me:pass@packages.example/x"}, "parameters.url"),
        ("app_update", {**UPDATE, "sha256": "ab"}, "parameters.sha256"),
        ("app_update", {"version": "5"}, "parameters.url"),
        ("reboot", [], "parameters"),
    ],
)  # fmt: skip
def test_parameters_are_what_the_kind_takes(kind: str, parameters: Any, param: str):
    with pytest.raises(CommandInvalid) as refused:
        checked(kind, parameters)
    assert refused.value.param == param


def test_a_command_is_written_for_every_terminal_in_use_and_reaches_those_that_ask(acme: Merchant, globex: Merchant, sam: User):
    first, second = a_terminal(acme), a_terminal(globex, state="repair")
    a_terminal(acme, state="stock")
    a_terminal(acme, a_store(acme), state="retired")

    command = ordered("message", sam, {"text": "We  close at 6"}, reason="storm")

    assert (command.state, command.terminals, command.merchant) == (Command.State.RUNNING, 2, None)
    assert sent() == [first.pk, second.pk]
    entry = AuditEntry.objects.get(action="command.sent", subject_id=command.public_id)
    assert (entry.reason, entry.details["terminals"]) == ("storm", 2)


def test_terminals_of_one_merchant_make_it_that_merchants_command(acme: Merchant, sam: User):
    tills(acme, 2)

    assert ordered(by=sam).merchant == acme


def test_nobody_to_tell_is_no_command(acme: Merchant, sam: User):
    a_terminal(acme, state="stock")

    with pytest.raises(CommandForNobody):
        ordered(by=sam)
    assert Command.objects.count() == CommandDelivery.objects.count() == 0


def test_who_may_send_what(till: Terminal, sam: User, lee: User, acme: Merchant):
    curator, key = staff("cur", "curator"), Sender(merchant=acme)
    configuration = ("update_configuration", {"settings": {"volume_percent": 50}})
    may = [
        (sam, "reboot", {}, True), (sam, "message", {"text": "x"}, True), (sam, "log_pull", {}, True), (sam, *configuration, False),
        (sam, "app_update", UPDATE, False), (lee, *configuration, True), (lee, "app_update", UPDATE, True), (curator, "reboot", {}, False),
    ]  # fmt: skip
    for user, kind, parameters, allowed in may:
        if allowed:
            ordered(kind, user, parameters)
        else:
            before = Command.objects.count()
            with pytest.raises(CommandNotAllowed):
                ordered(kind, user, parameters)
            assert Command.objects.count() == before
    assert key.may("reboot")
    assert not key.may("app_update")


def test_an_update_waits_for_a_second_person(till: Terminal, lee: User, kim: User, sam: User):
    command = ordered("app_update", lee, UPDATE)
    assert command.state == Command.State.WAITING
    assert sent() == []
    with pytest.raises(CommandNeedsOther):
        approve(command=command, by=lee)
    with pytest.raises(CommandNotAllowed):
        approve(command=command, by=sam)
    assert sent() == []

    approve(command=command, by=kim)

    assert sent() == [till.pk]
    with pytest.raises(CommandOver):
        approve(command=command, by=kim)
    assert AuditEntry.objects.filter(action="command.approved", subject_id=command.public_id).count() == 1


def test_many_terminals_take_a_second_person_too(acme: Merchant, sam: User, kim: User, settings):
    settings.COMMAND_TAKES_TWO_ABOVE = 2
    tills(acme, 2)
    assert ordered(by=sam).state == Command.State.RUNNING
    tills(acme, 1)

    many = ordered("message", sam, {"text": "x"})

    assert many.state == Command.State.WAITING
    assert approve(command=many, by=kim).state == Command.State.RUNNING


def test_even_the_database_wants_two_people(till: Terminal, lee: User):
    from django.db import IntegrityError

    command = ordered("app_update", lee, UPDATE)
    with pytest.raises(IntegrityError):
        Command.objects.filter(pk=command.pk).update(approved_by=lee)


def test_the_same_request_twice_is_one_command(till: Terminal, sam: User):
    first = ordered(by=sam, request_key="form-1")

    assert ordered(by=sam, request_key="form-1") == first
    with pytest.raises(CommandReused):
        ordered("message", sam, {"text": "x"}, request_key="form-1")
    assert Command.objects.count() == CommandDelivery.objects.count() == 1


def test_who_sends_too_many_is_held_up(till: Terminal, sam: User, lee: User, monkeypatch):
    monkeypatch.setattr("pos_monitor.commands.services.PER_S", 1e-6)
    for _ in range(30):
        ordered(by=sam)

    with pytest.raises(CommandsTooMany):
        ordered(by=sam)
    ordered(by=lee)
    assert Command.objects.count() == 31


def test_a_cancelled_command_goes_nowhere_and_a_terminal_that_did_it_is_believed(acme: Merchant, sam: User):
    first, _second = tills(acme, 2)
    command = ordered(by=sam)
    Downlink().claim([first.pk])

    cancel(command=command)
    cancel(command=command)

    assert sent() == []
    assert counts(command)[Of.CANCELLED] == 2
    answer(command, "done", [first.pk])
    assert command.deliveries.get(terminal=first).state == Of.DONE
    assert AuditEntry.objects.filter(action="command.cancelled").count() == 1


def test_what_waits_too_long_expires_and_the_command_ends(acme: Merchant, sam: User):
    first, _ = tills(acme, 2)
    command = ordered(by=sam, ttl=timedelta(minutes=5))
    Downlink().claim([first.pk])
    answer(command, "done", [first.pk])
    Command.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with guarded():
        advance_commands()
        advance_commands()

    command.refresh_from_db()
    assert command.state == Command.State.FINISHED
    assert counts(command) | {} == {**dict.fromkeys(Of, 0), Of.DONE: 1, Of.EXPIRED: 1}
    with pytest.raises(CommandOver):
        cancel(command=command)


def test_a_terminal_that_reports_at_another_pace_is_expected_at_that_pace(till: Terminal, lee: User):
    command = ordered("update_configuration", lee, {"settings": {"report_every_s": 60, "volume_percent": 5}})
    sent()

    answer(command, "received", [till.pk])
    till.refresh_from_db()
    assert till.report_every_s == 10
    answer(command, "done", [till.pk])
    till.refresh_from_db()
    assert till.report_every_s == 60
