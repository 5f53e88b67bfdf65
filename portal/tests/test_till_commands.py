"""Commands that a merchant's people send to their tills."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from common.scopes import across_merchants
from merchants.models import Merchant
from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.models import Command, CommandDelivery, CommandLog
from pos_monitor.tests.command_samples import a_command
from pos_monitor.tests.estate_samples import a_store, a_terminal
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


def send(client: Client, to: str, kind: str = "message", **typed: str) -> object:
    return client.post(f"{reverse('portal:till_send')}?kind={kind}&{to}", {"request_key": "k1", **typed})


def test_a_message_goes_to_the_till_once_however_often_it_is_sent(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till, client = a_terminal(acme, label="Till 7"), signed_in(acme_owner)

    answers = [send(client, f"id={till.public_id}", text="Close at nine", show_s="600") for _ in range(2)]

    command = Command.objects.get()
    assert {answer.url for answer in answers} == {reverse("portal:till_command", args=[command.public_id])}  # type: ignore[attr-defined]
    assert (command.kind, command.parameters, command.merchant, command.created_by, command.state) == (
        "message", {"text": "Close at nine", "show_s": 600}, acme, acme_owner, "running",
    )  # fmt: skip
    assert [one.terminal for one in command.deliveries.all()] == [till]
    page = client.get(answers[0].url).content.decode()  # type: ignore[attr-defined]
    assert all(words in page for words in ("Close at nine", "Till 7", "Waits for the till", "Under way"))


def test_one_key_with_another_command_in_it_is_refused(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till, client = a_terminal(acme), signed_in(acme_owner)
    send(client, f"id={till.public_id}", text="One")

    other = send(client, f"id={till.public_id}", text="Two")

    assert other.status_code == 422  # type: ignore[attr-defined]
    assert [one.parameters for one in Command.objects.all()] == [{"text": "One"}]


def test_a_shops_tills_get_it_and_no_others(acme: Merchant, globex: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    oak = a_store(acme, "Oak")
    inside = {a_terminal(acme, oak), a_terminal(acme, oak, state="repair")}
    a_terminal(acme, oak, state="retired")
    a_terminal(acme)
    a_terminal(globex)
    client = signed_in(acme_owner)

    form = client.get(f"{reverse('portal:till_send')}?kind=reboot&store={oak.public_id}")
    send(client, f"store={oak.public_id}", "reboot", delay_s="300")

    command = Command.objects.get()
    assert form.context["count"] == 2
    assert ({one.terminal for one in command.deliveries.all()}, command.parameters) == (inside, {"delay_s": 300})


def test_settings_and_logs_are_asked_for_in_their_own_words(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    to, client = f"id={a_terminal(acme).public_id}", signed_in(acme_owner)

    send(client, to, "update_configuration", brightness_percent="40", request_key="a")
    send(client, to, "log_pull", since_minutes="60", request_key="b")
    empty = send(client, to, "update_configuration", request_key="c")

    assert [one.parameters for one in Command.objects.order_by("pk")] == [
        {"settings": {"brightness_percent": 40}},
        {"since_minutes": 60},
    ]
    assert empty.status_code == 400  # type: ignore[attr-defined]


def test_an_app_is_not_theirs_to_update(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client, to = signed_in(acme_owner), f"id={a_terminal(acme).public_id}"

    answer = send(client, to, "app_update", version="9.9", url="https://evil.example/a", sha256="0" * 64)

    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert not Command.objects.exists()


@pytest.mark.parametrize("typed", [{}, {"text": " "}, {"text": "x" * 201}, {"text": "Hi", "request_key": ""}])
def test_what_is_wrong_is_said_and_nothing_is_sent(
    acme: Merchant, acme_owner: User, signed_in: SignedIn, typed: dict[str, str]
) -> None:
    answer = send(signed_in(acme_owner), f"id={a_terminal(acme).public_id}", **typed)

    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert "It was not sent." in answer.content.decode()  # type: ignore[attr-defined]
    assert not Command.objects.exists()


def test_too_many_in_a_short_while_are_refused(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client, to = signed_in(acme_owner), f"id={a_terminal(acme).public_id}"

    answers = [send(client, to, "reboot", request_key=f"k{number}").status_code for number in range(40)]  # type: ignore[attr-defined]

    assert 429 in answers
    assert Command.objects.count() == answers.count(302) < 40


def test_many_tills_wait_for_our_support(acme: Merchant, acme_owner: User, signed_in: SignedIn, settings: object) -> None:
    settings.COMMAND_TAKES_TWO_ABOVE = 1  # type: ignore[attr-defined]
    oak = a_store(acme, "Oak")
    for _ in range(2):
        a_terminal(acme, oak)
    client = signed_in(acme_owner)

    form = client.get(f"{reverse('portal:till_send')}?store={oak.public_id}").content.decode()
    send(client, f"store={oak.public_id}", text="Hi")

    assert "Our support looks at it before it goes out" in form
    assert Command.objects.get().state == Command.State.WAITING


def test_of_another_merchants_till_nothing_is_sent_and_a_viewer_sends_nothing(
    acme: Merchant, globex: Merchant, acme_owner: User, acme_viewer: User, signed_in: SignedIn
) -> None:
    mine, theirs = a_terminal(acme), a_terminal(globex)

    foreign = send(signed_in(acme_owner), f"id={theirs.public_id}", text="Hi")
    looking = send(signed_in(acme_viewer), f"id={mine.public_id}", text="Hi")

    assert (foreign.status_code, looking.status_code) == (409, 403)  # type: ignore[attr-defined]
    assert not Command.objects.exists()


def test_ones_own_is_cancelled_and_supports_is_not(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    sue = User.objects.create_user("sue", is_staff=True)
    give_role(user=sue, role=SUPPORT)
    till, client = a_terminal(acme), signed_in(acme_owner)
    ours = a_command(till, merchant=acme, created_by=sue)
    send(client, f"id={till.public_id}", text="Hi")
    mine = Command.objects.exclude(pk=ours.pk).get()

    for command in (ours, mine, mine):
        client.post(reverse("portal:till_command_cancel", args=[command.public_id]))

    assert [Command.objects.get(pk=one.pk).state for one in (ours, mine)] == ["running", "cancelled"]
    page = client.get(reverse("portal:till_command", args=[ours.public_id])).content.decode()
    assert "our support" in page
    assert "sue" not in page


def test_another_merchants_command_and_log_are_not_there(
    acme: Merchant, globex: Merchant, acme_owner: User, signed_in: SignedIn
) -> None:
    theirs = a_terminal(globex)
    command = a_command(theirs, merchant=globex, kind="log_pull")
    CommandLog.objects.create(merchant=globex, delivery=command.deliveries.get(), content="secret", size=6)
    client = signed_in(acme_owner)

    answers = [
        client.get(reverse("portal:till_command", args=[command.public_id])),
        client.get(reverse("portal:till_command_now", args=[command.public_id])),
        client.post(reverse("portal:till_command_cancel", args=[command.public_id])),
        client.get(reverse("portal:till_log", args=[command.public_id, theirs.public_id])),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    command.refresh_from_db()
    assert command.state == "running"


@pytest.mark.django_db(transaction=True)
def test_each_look_at_a_log_is_written_down(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    till = a_terminal(acme)
    command = a_command(till, merchant=acme, kind="log_pull")
    log = CommandLog.objects.create(merchant=acme, delivery=command.deliveries.get(), content="<b>out of paper</b>", size=19)
    CommandDelivery.objects.update(state=CommandDelivery.State.DONE)

    page = signed_in(acme_owner).get(reverse("portal:till_log", args=[command.public_id, till.public_id])).content.decode()

    assert "&lt;b&gt;out of paper&lt;/b&gt;" in page
    with across_merchants("the trail is one for all"):
        looks = AuditEntry.objects.filter(action="command_log.read", subject_id=log.public_id)
        assert [(look.actor_id, look.fields) for look in looks] == [(acme_owner.public_id, ["content"])]
