"""Rotating a merchant's key under running business: nothing is lost, nobody waits, and the old secret goes last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from vault import keyring, reseal
from vault.custody.keeper import custodian
from vault.errors import SealBroken
from vault.governance.errors import RotationUnderWay
from vault.governance.models import CustodyEvent
from vault.key_models import KeyVersion
from vault.merchant_keys import key_of, lock_key, unlock_key
from vault.rotation import advance as advancing
from vault.rotation.advance import advance
from vault.rotation.models import KeyRotation
from vault.rotation.services import start_reseal, start_rewrap
from vault.rotation.tasks import resume_rotations

pytestmark = pytest.mark.django_db
CardToken = apps.get_model("checkout", "CardToken")
COLUMN = "checkout.CardToken.card_number"


def number(place: int) -> str:
    return f"99994100000{place:05d}"


def add_cards(merchant, count: int) -> list:
    return [
        CardToken.objects.create(
            merchant=merchant, network="visa", account_kind="fsa", last4="0005", exp_month=12, exp_year=2030,
            card_number=number(place), expires_at=timezone.now() + timedelta(minutes=15),
        )
        for place in range(count)
    ]  # fmt: skip


@pytest.fixture
def cards(acme):
    return add_cards(acme, 5)


@pytest.fixture
def key(acme):
    return key_of(acme.pk)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(advancing, "BATCH", 2)


@pytest.fixture
def after_a_while(monkeypatch):
    """Every process has heard of the new version by now."""
    monkeypatch.setattr(advancing, "MARGIN_S", -3600.0)
    monkeypatch.setattr(advancing, "_is_older_transaction_open", lambda moment: False)


def versions_in_rows(merchant) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT split_part(card_number, '.', 2) FROM checkout_cardtoken WHERE merchant_id = %s ORDER BY id", [merchant.pk]
        )
        return [version for (version,) in cursor.fetchall()]


def numbers(merchant) -> list[str]:
    return [card.card_number for card in CardToken.objects.filter(merchant=merchant).order_by("pk")]


def run(rotation: KeyRotation) -> KeyRotation:
    """As the task does: turn after turn until it has ended or waits."""
    rotation.refresh_from_db()
    turn: int | None = rotation.turn
    while turn is not None:
        turn = advance(rotation_id=rotation.pk, turn=turn)
    rotation.refresh_from_db()
    return rotation


def states(key) -> list[str]:
    return [version.state for version in key.versions.order_by("number")]


def test_every_row_is_sealed_anew_and_the_old_secret_destroyed(acme, globex, key, cards, after_a_while):
    add_cards(globex, 1)
    others = versions_in_rows(globex)
    old = key.versions.get()

    rotation = run(start_reseal(key))

    new = key.versions.get(state="active")
    assert rotation.state == "done"
    assert versions_in_rows(acme) == [new.public_id] * 5
    assert numbers(acme) == [number(place) for place in range(5)]
    assert states(key) == ["retired", "active"]
    assert bytes(KeyVersion.objects.get(pk=old.pk).wrapped) == b""
    assert versions_in_rows(globex) == others
    step = rotation.steps.get(label=COLUMN)
    assert (step.total, step.looked_at, step.changed, step.is_done) == (5, 5, 5, True)
    assert CustodyEvent.objects.filter(key=key, kind="reseal.finished", text="version 1 retired").exists()


def test_while_it_runs_old_and_new_rows_open(acme, key, cards):
    rotation = start_reseal(key)
    turn = rotation.turn
    while len(set(versions_in_rows(acme))) == 1:
        turn = advance(rotation_id=rotation.pk, turn=turn)

    assert len(set(versions_in_rows(acme))) == 2
    assert numbers(acme) == [number(place) for place in range(5)]


def test_the_old_secret_stays_until_every_process_has_heard(acme, key, cards):
    rotation = run(start_reseal(key))

    assert (rotation.state, rotation.waits_for) == ("running", "every process to take the new key into use")
    assert states(key) == ["retiring", "active"]


def test_the_old_secret_stays_while_older_work_may_still_commit(acme, key, cards, after_a_while, monkeypatch):
    monkeypatch.setattr(advancing, "_is_older_transaction_open", lambda moment: True)

    rotation = run(start_reseal(key))

    assert rotation.waits_for.startswith("work that began before")
    assert states(key) == ["retiring", "active"]


@pytest.mark.django_db(transaction=True)
def test_an_open_transaction_of_another_process_is_seen(db):
    now = timezone.now()
    assert not advancing._is_older_transaction_open(now - timedelta(hours=1))
    parameters = connection.get_connection_params()
    with psycopg.connect(host=parameters.get("host"), user=parameters["user"], dbname=parameters["dbname"]) as other:
        other.execute("SELECT 1")
        assert advancing._is_older_transaction_open(timezone.now() + timedelta(minutes=1))


def test_a_row_that_a_late_process_sealed_with_the_old_version_is_found(acme, key, cards, after_a_while):
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_number FROM checkout_cardtoken WHERE id = %s", [cards[0].pk])
        (old_token,) = cursor.fetchone()
    rotation = start_reseal(key)
    turn = rotation.turn
    while rotation.steps.filter(is_done=False).exists():
        turn = advance(rotation_id=rotation.pk, turn=turn)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE checkout_cardtoken SET card_number = %s WHERE id = %s", [old_token, cards[0].pk])

    run(rotation)

    rotation.refresh_from_db()
    assert rotation.state == "done"
    assert set(versions_in_rows(acme)) == {key.versions.get(state="active").public_id}
    assert numbers(acme) == [number(place) for place in range(5)]


def test_a_value_saved_meanwhile_wins(acme, key, cards, after_a_while, monkeypatch):
    replaced, is_first = reseal.replaced, [True]

    def somebody_saves_first(model, field, cell, new):
        if cell.pk == cards[3].pk and is_first.pop():
            card = CardToken.objects.get(pk=cell.pk)
            card.card_number = "9999490000000007"
            card.save()
            assert not replaced(model, field, cell, new)
            return False
        return replaced(model, field, cell, new)

    monkeypatch.setattr(reseal, "replaced", somebody_saves_first)

    run(start_reseal(key))

    assert is_first == []
    assert numbers(acme)[3] == "9999490000000007"
    assert len(set(versions_in_rows(acme))) == 1


def test_of_two_workers_with_one_turn_one_goes_on(key, cards):
    rotation = start_reseal(key)

    first, second = (advance(rotation_id=rotation.pk, turn=rotation.turn) for _ in range(2))

    assert (first, second) == (rotation.turn + 1, None)


def test_a_second_start_joins_the_first(key, cards):
    assert start_reseal(key) == start_reseal(key)
    assert states(key) == ["retiring", "active"]


def test_one_rotation_at_a_time(key, cards):
    start_reseal(key)

    with pytest.raises(RotationUnderWay):
        start_rewrap(key)
    with pytest.raises(IntegrityError, match="key_rotation_one_at_a_time"), transaction.atomic():
        KeyRotation.objects.create(key=key, kind="rewrap")
    assert custodian().describe(reference=key.reference).version == 1


def test_a_rotation_waits_while_the_bank_has_locked_the_key(acme, key, cards, after_a_while):
    rotation = start_reseal(key)
    before = versions_in_rows(acme)
    lock_key(merchant_id=acme.pk)

    assert run(rotation).waits_for.startswith("the bank:")
    assert versions_in_rows(acme) == before

    unlock_key(merchant_id=acme.pk)
    keyring.forget_all()
    assert run(rotation).state == "done"


def test_a_rewrap_wraps_every_secret_with_the_banks_new_material(acme, key, cards):
    before = (bytes(key.wrapped_index), *(bytes(version.wrapped) for version in key.versions.all()))

    rotation = run(start_rewrap(key))

    key.refresh_from_db()
    after = (bytes(key.wrapped_index), *(bytes(version.wrapped) for version in key.versions.all()))
    assert rotation.state == "done"
    assert not set(before) & set(after)
    assert custodian().describe(reference=key.reference).version == 2
    keyring.forget_all()
    assert numbers(acme) == [number(place) for place in range(5)]


def test_what_was_sealed_with_a_retired_version_stays_shut(acme, key, cards, after_a_while):
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_number FROM checkout_cardtoken WHERE id = %s", [cards[0].pk])
        (old_token,) = cursor.fetchone()
    run(start_reseal(key))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE checkout_cardtoken SET card_number = %s WHERE id = %s", [old_token, cards[0].pk])
    keyring.forget_all()

    with pytest.raises(SealBroken):
        numbers(acme)


def test_the_clock_picks_up_what_stands_still(key, cards):
    start_reseal(key)
    assert resume_rotations() == 0  # its own task is at it

    KeyRotation.objects.update(went_on_at=timezone.now() - timedelta(minutes=1))

    assert resume_rotations() == 1


DIES_IN_THE_SECOND_BATCH = """
import os, signal, django
django.setup()
from vault import reseal
from vault.rotation import advance as advancing
advancing.BATCH = 2
replaced, count = reseal.replaced, 0
def dying(*args):
    global count
    count += 1
    done = replaced(*args)
    if count == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
reseal.replaced = dying
from common.scopes import across_merchants
with across_merchants("a test"):
    turn = 0
    while turn is not None:
        turn = advancing.advance(rotation_id=int(os.environ["ROTATION"]), turn=turn)
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_leaves_the_rotation_to_the_next(acme, key, cards, monkeypatch, settings):
    rotation = start_reseal(key)
    old = key.versions.get(state="retiring").public_id
    database = connection.settings_dict["NAME"]
    environment = {
        **os.environ, "DATABASE_URL": os.environ["DATABASE_URL"].replace("/fsa?", f"/{database}?"), "ROTATION": str(rotation.pk),
        "DJANGO_SETTINGS_MODULE": "fsa_platform.settings", "CUSTODIAN_URL": settings.CUSTODIAN_URL, "CUSTODIAN_TOKEN": "platform",
        "CUSTODIAN_BANK_TOKEN": "bank",
    }  # fmt: skip

    died = subprocess.run([sys.executable, "-c", DIES_IN_THE_SECOND_BATCH], env=environment, capture_output=True, text=True)

    assert died.returncode == -signal.SIGKILL, died.stderr
    assert versions_in_rows(acme).count(old) == 3  # the first batch of two is kept, the broken one undone
    assert rotation.steps.get(label=COLUMN).looked_at == 2
    later = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    monkeypatch.setattr(advancing, "_is_older_transaction_open", lambda moment: False)
    assert run(rotation).state == "done"
    assert numbers(acme) == [number(place) for place in range(5)]
    assert versions_in_rows(acme).count(old) == 0
    assert rotation.steps.get(label=COLUMN).looked_at == 5
