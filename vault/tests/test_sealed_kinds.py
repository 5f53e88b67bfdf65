"""Dates, data, addresses, and what belongs to the platform instead of a merchant."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from vault import merchant_keys
from vault.blind import blind_index
from vault.display import LOCKED, shown
from vault.errors import MerchantKeyRevoked, SealBroken
from vault.reseal import reseal_rows
from vault.tests.sealed_samples import sample_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample(db):
    model = sample_model()
    with connection.schema_editor() as editor:
        editor.create_model(model)
    yield model
    del apps.all_models["vault"]["sealedsample"]
    apps.clear_cache()


def stored(row, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM vault_sealedsample WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def test_a_date_comes_back_as_a_date(sample, acme):
    row = sample.objects.create(merchant_id=acme.pk, born_on="1980-02-29")

    assert sample.objects.get().born_on == date(1980, 2, 29)
    assert row.born_on == date(1980, 2, 29)
    assert "1980" not in stored(row, "born_on")


def test_what_is_no_date_is_refused(sample, acme):
    with pytest.raises(ValidationError):
        sample.objects.create(merchant_id=acme.pk, born_on="not a date")


def test_a_dumped_date_is_sealed_too(sample, acme):
    row = sample.objects.create(merchant_id=acme.pk, born_on=date(1980, 2, 29))
    out = StringIO()

    call_command("dumpdata", "vault.SealedSample", stdout=out)

    assert json.loads(out.getvalue())[0]["fields"]["born_on"] == stored(row, "born_on")


def test_a_change_inside_the_data_is_saved(sample, acme):
    sample.objects.create(merchant_id=acme.pk, notes={"letters": [1], "é": None})
    row = sample.objects.get()

    row.notes["letters"].append(2)
    row.save()

    assert sample.objects.get().notes == {"letters": [1, 2], "é": None}


def test_data_that_was_saved_and_changed_again_is_saved_again(sample, acme):
    row = sample.objects.create(merchant_id=acme.pk, notes=[1])

    row.notes.append(2)
    row.save()

    assert sample.objects.get().notes == [1, 2]


def test_an_address_is_checked_where_forms_check(sample, acme):
    row = sample(merchant_id=acme.pk, email="no address", born_on=date(1980, 2, 29), notes=[1], phone="555-0100")

    with pytest.raises(ValidationError, match="email"):
        row.full_clean()
    row.email = "ann@example.com"
    row.full_clean()


# --- The platform's own ---


def test_the_platforms_own_opens_while_the_merchant_is_locked(sample, acme):
    sample.objects.create(merchant_id=acme.pk, phone="555-0100", email="ann@example.com")
    merchant_keys.lock_key(merchant_id=acme.pk)
    row = sample.objects.get()

    assert row.phone == "555-0100"
    assert shown(row, "email") is LOCKED
    with pytest.raises(MerchantKeyRevoked):
        _ = row.email


def test_a_new_platform_key_seals_and_the_old_one_opens_until_it_is_taken_away(sample, acme, settings):
    old, new = settings.FIELD_ENCRYPTION_KEY[0], Fernet.generate_key().decode()
    row = sample.objects.create(merchant_id=acme.pk, phone="555-0100")
    settings.FIELD_ENCRYPTION_KEY = [new, old]
    assert sample.objects.get().phone == "555-0100"
    field = sample._meta.get_field("phone")

    assert reseal_rows(model=sample, field=field, merchant_id=None).changed == 1
    assert reseal_rows(model=sample, field=field, merchant_id=None).changed == 0

    settings.FIELD_ENCRYPTION_KEY = [new]
    assert sample.objects.get(pk=row.pk).phone == "555-0100"
    settings.FIELD_ENCRYPTION_KEY = [old]
    with pytest.raises(SealBroken):
        _ = sample.objects.get(pk=row.pk).phone
    assert shown(sample.objects.get(pk=row.pk), "phone") == "does not open"


def test_what_was_moved_to_another_row_or_kind_does_not_open(sample, acme):
    first = sample.objects.create(merchant_id=acme.pk, phone="1", email="a@b.example")
    second = sample.objects.create(merchant_id=acme.pk, phone="2", email="c@d.example")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vault_sealedsample SET phone = %s, email = %s WHERE id = %s",
            [stored(first, "phone"), stored(first, "phone"), second.pk],
        )

    for field in ("phone", "email"):
        with pytest.raises(SealBroken):
            getattr(sample.objects.get(pk=second.pk), field)


def test_the_platforms_blind_index_stays_when_a_key_is_put_in_front(settings):
    index = blind_index(label="people.User.email", value="Ann@Example.com ", merchant_id=None)
    assert index == blind_index(label="people.User.email", value="ann@example.com", merchant_id=None)
    assert index != blind_index(label="people.User.phone", value="ann@example.com", merchant_id=None)

    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEY]

    assert blind_index(label="people.User.email", value="ann@example.com", merchant_id=None) == index


def test_an_index_of_a_locked_merchant_cannot_be_made(acme):
    merchant_keys.lock_key(merchant_id=acme.pk)

    with pytest.raises(MerchantKeyRevoked):
        blind_index(label="x", value="y", merchant_id=acme.pk)
