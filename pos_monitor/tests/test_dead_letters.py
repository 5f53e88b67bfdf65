"""Dead letters as support meets them: looked at, put back, thrown away."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from merchants.models import Merchant
from people.models import User
from people.roles import give_role
from pos_monitor.engine import metrics
from pos_monitor.engine.figures import Figures
from pos_monitor.models import DeadLetter
from pos_monitor.tests.engine_samples import a_report, a_shift, send, stored, streams
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire.record import stream_of
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "admin:pos_monitor_deadletter_changelist"


Door = Callable[[User], Client]


def staff(role: str) -> User:
    user = User.objects.create_user(username=role, email=f"{role}@platform.example", is_staff=True)
    give_role(user=user, role=role)
    return user


@pytest.fixture
def sam(db: None, signed_in: Door) -> Client:
    """Support."""
    return signed_in(staff("support"))


def do(client: Client, letter: DeadLetter, name: str, **said: str) -> int:
    return client.post(reverse("admin:pos_monitor_deadletter_do", args=[letter.pk, name]), said).status_code


def page(client: Client, letter: DeadLetter) -> str:
    return client.get(reverse("admin:pos_monitor_deadletter_change", args=[letter.pk])).content.decode()


def of_a_stranger(acme: Merchant, *, extras: dict[int, dict[str, object]] | None = None) -> tuple[DeadLetter, int]:
    """A letter with two reports of a terminal that is not there yet, and the number that it will have."""
    till = a_terminal(acme).pk
    number = till + 1
    send(a_report(number, 1, battery=42), a_report(number, 2), extras=extras)
    with a_shift() as shift:
        shift.tick()
    return DeadLetter.objects.get(), number


def test_a_letter_shows_what_it_holds(sam: Client, acme: Merchant) -> None:
    letter, number = of_a_stranger(acme, extras={0: {"events": ["door opened"]}})

    shown = page(sam, letter)

    assert "battery 42" in shown
    assert "door opened" in shown
    assert f"number {number}" in shown
    assert f"there is no terminal {number}" in sam.get(reverse(LIST)).content.decode()


def test_what_is_put_back_is_stored_once(sam: Client, acme: Merchant) -> None:
    letter, number = of_a_stranger(acme)
    assert a_terminal(acme).pk == number

    assert do(sam, letter, "put-back") == 302
    assert do(sam, letter, "put-back") == 302
    with a_shift() as shift:
        shift.tick()

    assert stored() == [(number, 1, 1), (number, 1, 2)]
    letter.refresh_from_db()
    assert (letter.state, letter.settled_by.username) == (DeadLetter.State.PUT_BACK, "support")  # type: ignore[union-attr]
    assert streams().xlen(stream_of(0)) == 2  # the first time, and once more
    assert AuditEntry.objects.filter(action__endswith="put_back").count() == 1


def test_what_memory_has_as_stored_goes_straight_into_the_history(
    sam: Client, acme: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pos_monitor.engine import storing

    till = a_terminal(acme).pk
    with monkeypatch.context() as patch:
        patch.setattr(storing.history, "copy", lambda *_: 1 / 0)
        send(a_report(till, 1))
        with a_shift() as shift:
            shift.tick()
    letter = DeadLetter.objects.get()
    assert (letter.kind, stored()) == (DeadLetter.Kind.UNSTORED, [])

    do(sam, letter, "put-back")
    do(sam, letter, "put-back")

    assert stored() == [(till, 1, 1)]


def test_what_is_thrown_away_stays_and_cannot_be_put_back(sam: Client, acme: Merchant) -> None:
    letter, _ = of_a_stranger(acme)

    do(sam, letter, "throw-away")
    do(sam, letter, "put-back")

    letter.refresh_from_db()
    assert letter.state == DeadLetter.State.THROWN_AWAY
    assert streams().xlen(stream_of(0)) == 1
    assert "Put back</button>" not in page(sam, letter)


def test_all_with_one_reason_are_settled_at_once(sam: Client, acme: Merchant) -> None:
    first, number = of_a_stranger(acme)
    send(a_report(number, 3))
    send(a_report(number + 1, 1))
    for _ in range(2):
        with a_shift() as shift:
            shift.tick()
        send(a_report(number, 4))
    other = DeadLetter.objects.exclude(reason=first.reason)

    do(sam, first, "throw-away", alike="1")

    assert set(other.values_list("state", flat=True)) == {"open"}
    assert not DeadLetter.objects.filter(reason=first.reason, state="open").exists()


@pytest.mark.parametrize("body", [b"", b"no entry", b"\x81\xa1v\xa11"])
def test_what_cannot_be_read_is_shown_all_the_same(sam: Client, body: bytes) -> None:
    letter = DeadLetter.objects.create(shard=0, stream_id="1-0", kind="entry", reason="odd", body=body)

    assert "It cannot be read" in page(sam, letter) or not body


def test_who_may_not_settle_letters_changes_nothing(acme: Merchant, signed_in: Door) -> None:
    letter, _ = of_a_stranger(acme)
    auditor = signed_in(staff("auditor"))

    assert do(auditor, letter, "put-back") == 403
    assert "Put back</button>" not in page(auditor, letter)
    letter.refresh_from_db()
    assert letter.state == DeadLetter.State.OPEN


def test_figures_tell_of_engines_and_of_what_waits_for_a_person(acme: Merchant) -> None:
    of_a_stranger(acme)
    figures = Figures(0)
    figures.begin(0.25)
    figures.batch(0.5, reports=3, repeats=1)
    figures.stumbled("screens")
    figures.say(streams())

    told = metrics.exposition()

    lines = {re.sub(r'process="[^"]+",', "", line) for line in told.splitlines()}
    assert {
        'fsa_telemetry_engine_serving{shard="0"} 1', 'fsa_telemetry_engine_reports_total{shard="0"} 3',
        'fsa_telemetry_engine_batch_seconds_total{shard="0"} 0.5', 'fsa_telemetry_engine_errors_total{shard="0",where="screens"} 1',
        'fsa_telemetry_dead_letters{shard="0"} 1', 'fsa_telemetry_open_alerts{severity="critical"} 0',
    } <= lines  # fmt: skip
