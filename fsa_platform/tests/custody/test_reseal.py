"""Sealing rows anew: under a new version, under a new key of the platform, and from the seals of an earlier version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone

from checkout.models import CardToken
from merchants.services import open_missing_keys
from shoppers.models import Shopper
from shoppers.selectors import email_index, shoppers_with_email
from shoppers.services import index_again, shopper_for_email
from vault import keyring, merchant_keys
from vault.adopt import adopt_old_seals
from vault.errors import SealBroken
from vault.keys import field_crypter
from vault.models import KeyVersion, MerchantKey
from vault.registry import sealed_fields
from vault.reseal import reseal_rows

pytestmark = pytest.mark.django_db
NUMBER = "9999410000000005"
FIELD = CardToken._meta.get_field("card_number")


def add(merchant, number=NUMBER):
    return CardToken.objects.create(
        merchant=merchant, network="visa", account_kind="fsa", last4="0005", exp_month=12, exp_year=2030, card_number=number,
        expires_at=timezone.now() + timedelta(minutes=15),
    )  # fmt: skip


def version_in(row):
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_number FROM checkout_cardtoken WHERE id = %s", [row.pk])
        return cursor.fetchone()[0].split(".")[1]


def new_version(merchant):
    """What a rotation does: a fresh secret that seals from now on, the old one still opens."""
    key = MerchantKey.objects.get(merchant_id=merchant.pk)
    prepared = merchant_keys.prepare_key(owner=key.owner)
    KeyVersion.objects.filter(key=key).update(state=KeyVersion.State.RETIRING)
    version = KeyVersion.objects.create(key=key, number=2, public_id=prepared.version, wrapped=prepared.wrapped)
    keyring.changes_with_transaction(merchant.pk)
    return version.public_id


def test_every_sealed_column_is_in_the_registry():
    labels = {field.label for _, field in sealed_fields()}

    assert {"checkout.CardToken.card_number", "shoppers.Shopper.email"} <= labels


def test_rows_are_sealed_anew_in_batches_and_the_old_version_is_needed_no_more(acme, globex):
    rows, other = [add(acme, f"{NUMBER}{n}") for n in range(5)], add(globex)
    new = new_version(acme)
    untouched = version_in(other)

    first = reseal_rows(model=CardToken, field=FIELD, merchant_id=acme.pk, limit=3)
    rest = reseal_rows(model=CardToken, field=FIELD, merchant_id=acme.pk, after_pk=first.last_pk, limit=3)

    assert (first.looked_at, first.changed, first.last_pk) == (3, 3, rows[2].pk)
    assert (rest.looked_at, rest.changed, rest.last_pk) == (2, 2, None)
    assert {version_in(row) for row in rows} == {new}
    assert version_in(other) == untouched
    KeyVersion.objects.filter(state=KeyVersion.State.RETIRING).update(state=KeyVersion.State.RETIRED)
    keyring.forget(acme.pk)
    assert [CardToken.objects.get(pk=row.pk).card_number for row in rows] == [f"{NUMBER}{n}" for n in range(5)]


def test_a_second_pass_changes_nothing(acme):
    add(acme)
    new_version(acme)
    reseal_rows(model=CardToken, field=FIELD, merchant_id=acme.pk)

    assert reseal_rows(model=CardToken, field=FIELD, merchant_id=acme.pk).changed == 0


def test_a_value_that_somebody_saved_meanwhile_stays(acme, monkeypatch):
    row = add(acme)
    new_version(acme)
    seal = type(FIELD).seal

    def save_first(field, owner, text):
        monkeypatch.setattr(type(FIELD), "seal", seal)
        CardToken.objects.filter(pk=row.pk).update(card_number=None)
        return seal(field, owner, text)

    monkeypatch.setattr(type(FIELD), "seal", save_first)

    assert reseal_rows(model=CardToken, field=FIELD, merchant_id=acme.pk).changed == 0
    assert CardToken.objects.get(pk=row.pk).card_number is None


def test_a_row_that_was_looked_at_is_sealed_with_the_new_version_when_it_is_saved(acme):
    row = add(acme)
    new = new_version(acme)

    same = CardToken.objects.get(pk=row.pk)
    assert same.card_number == NUMBER
    same.save()

    assert version_in(row) == new


def test_a_version_that_this_process_does_not_know_yet_is_looked_up(acme, monkeypatch):
    row = add(acme)
    keyring.forget_all()
    stale = keyring._keyring._of_this_transaction(acme.pk)
    new_version(acme)
    row.card_number = NUMBER
    row.save()
    stale.asked_at -= 10
    keyring._keyring._found[acme.pk] = stale
    monkeypatch.setattr("vault.uncommitted.is_changed_here", lambda pk: False)

    assert CardToken.objects.get(pk=row.pk).card_number == NUMBER


def test_blind_indexes_survive_a_new_version_and_are_the_merchants_own(acme, globex):
    before = email_index(merchant_id=acme.pk, email="Ann@Example.com ")

    new_version(acme)

    assert email_index(merchant_id=acme.pk, email="ann@example.com") == before
    assert email_index(merchant_id=globex.pk, email="ann@example.com") != before
    assert email_index(merchant_id=acme.pk, email="bob@example.com") != before
    assert len(before) == 64


def test_people_of_a_locked_merchant_are_not_found_and_the_others_are(acme, globex):
    shopper_for_email(merchant=acme, email="ann@example.com")
    mine = shopper_for_email(merchant=globex, email="ann@example.com")

    merchant_keys.lock_key(merchant_id=acme.pk)

    assert list(shoppers_with_email("ANN@example.com")) == [mine]


# --- From before there was a key for each merchant ---


def old_seal(label, text):
    return field_crypter(label).encrypt(text.encode()).decode()


def make_old(row, table, column, label, text):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [old_seal(label, text), row.pk])


def test_old_seals_are_opened_once_more_and_sealed_as_now(acme):
    token, shopper = add(acme, "x"), shopper_for_email(merchant=acme, email="x")
    make_old(token, "checkout_cardtoken", "card_number", "checkout.CardToken.card_number", NUMBER)
    make_old(shopper, "shoppers_shopper", "email", "shoppers.Shopper.email", "ann@example.com")
    new = add(acme)

    assert adopt_old_seals(after={"shoppers.Shopper.email": index_again}) == 2

    assert CardToken.objects.get(pk=token.pk).card_number == CardToken.objects.get(pk=new.pk).card_number == NUMBER
    assert shopper_for_email(merchant=acme, email="ann@example.com") == shopper
    assert Shopper.objects.get().email == "ann@example.com"
    assert adopt_old_seals() == 0


def test_an_old_seal_whose_key_is_gone_stops_the_work_and_stays(acme, settings):
    token = add(acme)
    make_old(token, "checkout_cardtoken", "card_number", "checkout.CardToken.card_number", NUMBER)
    known, settings.FIELD_ENCRYPTION_KEY = settings.FIELD_ENCRYPTION_KEY, [Fernet.generate_key().decode()]

    with pytest.raises(SealBroken):
        adopt_old_seals()

    settings.FIELD_ENCRYPTION_KEY = known
    assert adopt_old_seals() == 1
    assert CardToken.objects.get(pk=token.pk).card_number == NUMBER


def test_merchants_of_before_get_their_keys(acme, globex):
    key = MerchantKey.objects.get(merchant_id=acme.pk)
    key.versions.all().delete()
    key.delete()

    assert (open_missing_keys(), open_missing_keys()) == (1, 0)

    keyring.forget_all()
    keyring.require_open(acme.pk)
