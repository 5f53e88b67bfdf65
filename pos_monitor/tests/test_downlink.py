from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from merchants.models import Merchant
from pos_monitor.commands import results
from pos_monitor.commands.downlink import Downlink, Order
from pos_monitor.models import Command, CommandDelivery, Terminal
from pos_monitor.tests.command_samples import a_command
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db
NOW_MS = 1_795_000_000_000


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    return a_terminal(acme)


def fresh() -> Downlink:
    downlink = Downlink()
    downlink.refresh()
    return downlink


def states(command: Command) -> list[int]:
    return list(command.deliveries.order_by("terminal").values_list("state", flat=True))


def answer(till: Terminal, *said: dict) -> int:
    with connection.cursor() as cursor:
        return results.apply(cursor, [(till.pk, NOW_MS, list(said))])


def test_what_waits_is_claimed_once_and_stands_in_the_ledger_as_sent(till: Terminal):
    command = a_command(till, kind="message", parameters={"text": "Café closes"})
    downlink = fresh()
    assert downlink.has(till.pk)
    assert downlink.among([till.pk, till.pk + 1]) == [till.pk]

    (order,) = downlink.claim([till.pk])

    assert order.number == till.pk
    body = json.loads(order.body)
    assert body["expires_at_ms"] == int(command.expires_at.timestamp() * 1000)
    assert {**body, "expires_at_ms": 0} == {
        "id": command.public_id, "kind": "message", "parameters": {"text": "Café closes"}, "expires_at_ms": 0,
    }  # fmt: skip
    assert states(command) == [CommandDelivery.State.SENT]
    assert not downlink.has(till.pk)
    assert downlink.claim([till.pk]) == [] == fresh().claim([till.pk])


def test_commands_of_one_terminal_go_out_in_their_order(till: Terminal):
    first, second = a_command(till), a_command(till, kind="log_pull")

    assert [json.loads(order.body)["id"] for order in fresh().claim([till.pk])] == [first.public_id, second.public_id]


def test_a_new_command_wakes(till: Terminal):
    downlink = fresh()
    assert not downlink.refresh()

    a_command(till)
    assert downlink.refresh()
    downlink.claim([till.pk])
    a_command(till)
    assert downlink.refresh()


def test_what_was_not_confirmed_is_offered_again_later(till: Terminal):
    command = a_command(till)
    fresh().claim([till.pk])
    command.deliveries.update(sent_at=timezone.now() - timedelta(minutes=2))

    assert [order.number for order in fresh().claim([till.pk])] == [till.pk]
    assert command.deliveries.get().attempts == 2

    answer(till, {"id": command.public_id, "state": "received"})
    command.deliveries.update(sent_at=timezone.now() - timedelta(minutes=2))
    assert fresh().claim([till.pk]) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"state": Command.State.WAITING},
        {"state": Command.State.HALTED},
        {"state": Command.State.CANCELLED},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
    ],
)
def test_what_may_not_go_out_stays(till: Terminal, fields: dict):
    command = a_command(till, **fields)

    assert not fresh().has(till.pk)
    assert fresh().claim([till.pk]) == []
    assert states(command) == [CommandDelivery.State.QUEUED]


def test_a_later_wave_waits_for_its_release(acme: Merchant, till: Terminal):
    other = a_terminal(acme)
    command = a_command(till, other, waves=[50, 100])
    command.deliveries.filter(terminal=other).update(wave=1)

    assert [order.number for order in fresh().claim([till.pk, other.pk])] == [till.pk]

    Command.objects.filter(pk=command.pk).update(released_wave=1)
    assert [order.number for order in fresh().claim([till.pk, other.pk])] == [other.pk]


def test_the_best_known_answer_counts_whatever_the_order(till: Terminal):
    command = a_command(till)
    name = command.public_id
    fresh().claim([till.pk])

    assert answer(till, {"id": name, "state": "received"}) == 1
    assert states(command) == [CommandDelivery.State.RECEIVED]
    assert answer(till, {"id": name, "state": "received"}) == 0
    assert answer(till, {"id": name, "state": "done", "message": "up in 41 s"}, {"id": name, "state": "received"}) == 1
    assert answer(till, {"id": name, "state": "failed"}) == 0

    delivery = command.deliveries.get()
    assert (delivery.state, delivery.message, delivery.is_waiting) == (CommandDelivery.State.DONE, "up in 41 s", False)
    assert delivery.ended_at.timestamp() == NOW_MS / 1000


def test_a_late_answer_to_what_expired_is_the_truth(till: Terminal):
    command = a_command(till)
    command.deliveries.update(state=CommandDelivery.State.EXPIRED, is_waiting=False)

    answer(till, {"id": command.public_id, "state": "received"})
    assert states(command) == [CommandDelivery.State.EXPIRED]
    answer(till, {"id": command.public_id, "state": "done"})
    assert states(command) == [CommandDelivery.State.DONE]


@pytest.mark.parametrize(
    "said",
    [
        "cmd_1", None, 5, [], ["done"], [None], [{}], [{"id": None, "state": "done"}], [{"id": "cmd_' OR 1=1", "state": "done"}],
        [{"id": "cmd_zzzz", "state": "done"}], [{"id": ["cmd_1"], "state": {"a": 1}}],
    ],
)  # fmt: skip
def test_nonsense_changes_nothing(till: Terminal, said: object):
    command = a_command(till)
    with connection.cursor() as cursor:
        assert results.apply(cursor, [(till.pk, NOW_MS, said)]) == 0
    assert states(command) == [CommandDelivery.State.QUEUED]


def test_nobody_answers_for_another_terminal(acme: Merchant, till: Terminal):
    command, stranger = a_command(till), a_terminal(acme)

    assert answer(stranger, {"id": command.public_id, "state": "done"}) == 0
    assert states(command) == [CommandDelivery.State.QUEUED]


def test_what_a_terminal_says_is_kept_as_text_of_limited_length(till: Terminal):
    command = a_command(till)

    answer(till, {"id": command.public_id, "state": "failed", "message": "no\x00 space\ud800 " + "x" * 1000})

    message = command.deliveries.get().message
    assert message.startswith("no space x")
    assert len(message) == 300


@pytest.mark.django_db(transaction=True)
def test_two_receivers_do_not_both_send(acme: Merchant):
    tills = [a_terminal(acme) for _ in range(40)]
    a_command(*tills)
    numbers = [till.pk for till in tills]

    def claim(_: int) -> list[Order]:
        try:
            return Downlink().claim(numbers)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [order.number for orders in pool.map(claim, range(4)) for order in orders]

    assert sorted(claimed) == sorted(numbers)
