"""How a command goes out in waves: one after the other, past those who are away, and not past errors."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from merchants.models import Merchant
from people.models import User
from pos_monitor.commands import progress
from pos_monitor.commands.downlink import Downlink
from pos_monitor.commands.errors import CommandNotAllowed
from pos_monitor.commands.services import approve, go_on
from pos_monitor.history.write import copy
from pos_monitor.models import Command, CommandDelivery
from pos_monitor.tests.command_samples import UPDATE, advanced, answer, ordered, sent, staff, tills
from pos_monitor.tests.engine_samples import a_report, now_ms

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


def test_waves_go_out_one_after_the_other(acme: Merchant, lee: User, kim: User):
    numbers = {till.pk for till in tills(acme, 40)}
    command = approve(command=ordered("app_update", lee, UPDATE, waves=(5, 25, 100)), by=kim)
    assert list(command.deliveries.values_list("wave", flat=True)).count(0) == 2

    first = sent()
    assert len(first) == 2
    assert advanced(command, progress.PATIENCE / 2).released_wave == 0  # nobody has answered
    answer(command, "done", first)
    assert advanced(command).released_wave == 0  # too soon
    assert advanced(command, progress.PAUSE).released_wave == 1
    second = sent()
    assert len(second) == 8
    answer(command, "done", second)
    Command.objects.filter(pk=command.pk).update(released_at=timezone.now() - progress.PAUSE)
    assert advanced(command).released_wave == 2
    third = sent()

    assert {*first, *second, *third} == numbers
    answer(command, "done", third)
    assert advanced(command).state == Command.State.FINISHED


def test_terminals_that_are_away_do_not_hold_up_a_wave(acme: Merchant, lee: User, kim: User):
    tills(acme, 20)
    command = approve(command=ordered("app_update", lee, UPDATE, waves=(50, 100)), by=kim)
    downlink = Downlink()
    online = list(command.deliveries.filter(wave=0).values_list("terminal", flat=True)[:4])
    downlink.claim(online)
    answer(command, "done", online)

    assert advanced(command, progress.PAUSE).released_wave == 1


def test_errors_stop_a_command_and_a_person_may_let_it_go_on(acme: Merchant, lee: User, kim: User, sam: User):
    tills(acme, 40)
    command = approve(command=ordered("app_update", lee, UPDATE, waves=(25, 100), stop_at_percent=20), by=kim)
    first = sent()
    answer(command, "done", first[3:])
    answer(command, "failed", first[:3])

    halted = advanced(command, progress.PAUSE)

    assert (halted.state, halted.released_wave) == (Command.State.HALTED, 0)
    assert halted.halt_reason == "3 of 10 terminals that answered failed or fell silent."
    assert sent() == []
    with pytest.raises(CommandNotAllowed):
        go_on(command=command, by=sam)
    go_on(command=command, by=kim)
    assert advanced(command, 2 * progress.PAUSE).released_wave == 1
    assert len(sent()) == 30


def test_a_terminal_that_falls_silent_over_an_update_counts_as_failed(acme: Merchant, lee: User, kim: User):
    tills(acme, 12)
    command = approve(command=ordered("app_update", lee, UPDATE, waves=(50, 100)), by=kim)
    first = sent()
    answer(command, "received", first)
    assert advanced(command, timedelta(minutes=20)).state == Command.State.RUNNING

    assert advanced(command, timedelta(minutes=31)).state == Command.State.HALTED


def reported(*numbers: int, ago: timedelta = timedelta(seconds=5)) -> None:
    """These reported so long before a wave loses patience."""
    at_ms = now_ms() + int((progress.PATIENCE - ago).total_seconds() * 1000)
    with connection.cursor() as cursor:
        copy(cursor, np.concatenate([a_report(number, 1, received_ms=at_ms) for number in numbers]))


def test_where_a_whole_wave_is_away_others_in_reach_take_its_place(acme: Merchant, lee: User, kim: User):
    tills(acme, 40)
    command = approve(command=ordered("app_update", lee, UPDATE, waves=(5, 25, 100)), by=kim)
    away = set(command.deliveries.filter(wave=0).values_list("terminal", flat=True))
    here = list(command.deliveries.filter(wave=2).order_by("pk").values_list("terminal", flat=True))[5:9]
    reported(*here)
    assert advanced(command, progress.PATIENCE / 2).wave_note == ""

    filled = advanced(command, progress.PATIENCE)

    assert filled.released_wave == 0
    assert filled.wave_note == "Nobody of wave 1 did it in 10 minutes, 2 are away: 2 others that are in reach joined the wave."
    of_wave = set(command.deliveries.filter(wave=0).values_list("terminal", flat=True))
    assert of_wave == away | set(here[:2])
    downlink = Downlink()
    downlink.refresh()
    assert {order.number for order in downlink.claim(here)} == set(here[:2])
    answer(command, "done", here[:2])
    went_on = advanced(command, progress.PATIENCE + progress.PAUSE)
    assert (went_on.released_wave, went_on.wave_note) == (1, "")


def test_where_nobody_is_in_reach_the_wave_waits_and_says_so(acme: Merchant, lee: User, kim: User):
    tills(acme, 40)
    command = approve(command=ordered("app_update", lee, UPDATE, waves=(5, 100)), by=kim)
    reported(*command.deliveries.values_list("terminal", flat=True), ago=timedelta(minutes=3))

    waiting = advanced(command, progress.PATIENCE)

    assert waiting.wave_note == "Wave 1 waits: nobody of it did it in 10 minutes, and no other terminal is in reach either."
    assert (waiting.state, waiting.released_wave) == (Command.State.RUNNING, 0)
    assert command.deliveries.filter(wave=0).count() == 2


def test_who_went_away_just_when_it_was_sent_does_not_hold_up_a_wave(acme: Merchant, lee: User, kim: User):
    tills(acme, 20)
    command = approve(command=ordered("app_update", lee, UPDATE, waves=(50, 100)), by=kim)
    first = sent()
    answer(command, "done", first[:5])
    assert advanced(command, progress.PAUSE).released_wave == 0

    assert advanced(command, progress.PATIENCE + timedelta(seconds=1)).released_wave == 1
