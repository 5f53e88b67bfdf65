"""Sealed columns, on the card number of a token: in clear to us, a Fernet token to whoever reads the database."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Cast, Concat, Upper
from django.utils import timezone

from vault.errors import SealBroken, SealedColumnMisused
from vault.fields import SealedMixin

pytestmark = pytest.mark.django_db
CardToken, Shopper = apps.get_model("checkout", "CardToken"), apps.get_model("shoppers", "Shopper")
NUMBER, OTHER = "9999410000000005", "9999490000000007"


@pytest.fixture
def add(acme):
    """Keep a card's number sealed; returns its row."""

    def added(number=NUMBER, **fields):
        return CardToken.objects.create(
            merchant=acme, network="visa", account_kind="fsa", last4="0005", exp_month=12, exp_year=2030, card_number=number,
            expires_at=timezone.now() + timedelta(minutes=15), **fields,
        )  # fmt: skip

    return added


def stored(row):
    """What the database holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_number FROM checkout_cardtoken WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def read(row):
    return CardToken.objects.get(pk=row.pk).card_number


def write_raw(row, text):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE checkout_cardtoken SET card_number = %s WHERE id = %s", [text, row.pk])


# --- Writing and reading ---


def test_the_database_holds_no_clear_text(add):
    row = add()

    assert stored(row).startswith("gAAAA")
    assert NUMBER not in stored(row)
    assert read(row) == NUMBER


@pytest.mark.parametrize("text", ["", " ", "ü €", "👩‍⚕️", "שלום", "a" * 100_000, "gAAAA", "None", "line\nline"])
def test_any_text_comes_back_as_it_was(add, text):
    assert read(add(text)) == text


def test_nothing_stays_nothing(add):
    row = add(None)

    assert (stored(row), read(row)) == (None, None)
    assert CardToken.objects.filter(card_number__isnull=True).count() == 1


def test_the_same_text_is_sealed_differently_each_time(add):
    assert stored(add()) != stored(add())


def test_saving_again_seals_once(add):
    row = CardToken.objects.get(pk=add().pk)

    row.save()
    CardToken.objects.get(pk=row.pk).save()

    assert read(row) == NUMBER


def test_update_with_a_value_seals_it(add):
    row = add()

    CardToken.objects.filter(pk=row.pk).update(card_number=OTHER)

    assert OTHER not in stored(row)
    assert read(row) == OTHER


def test_bulk_create_seals_each_value(acme, add):
    fields = {"merchant": acme, "network": "visa", "account_kind": "fsa", "last4": "0005", "exp_month": 1, "exp_year": 2030}
    rows = CardToken.objects.bulk_create(
        CardToken(**fields, card_number=number, expires_at=timezone.now()) for number in (NUMBER, OTHER, None)
    )

    assert [read(row) for row in rows] == [NUMBER, OTHER, None]
    assert [stored(row) is not None and stored(row).startswith("gAAAA") for row in rows] == [True, True, False]


def test_bulk_update_seals_each_value(add):
    rows = [add(), add(), add()]
    for row, number in zip(rows, ("one", None, "CASE WHEN"), strict=True):
        row.card_number, row.last4 = number, "9999"

    CardToken.objects.bulk_update(rows, ["card_number", "last4"])

    assert [read(row) for row in rows] == ["one", None, "CASE WHEN"]
    assert [CardToken.objects.get(pk=row.pk).last4 for row in rows] == ["9999"] * 3
    assert stored(rows[0]).startswith("gAAAA")
    assert stored(rows[1]) is None


def test_values_and_annotations_read_it_in_clear(add):
    add()

    assert list(CardToken.objects.values_list("card_number", flat=True)) == [NUMBER]
    assert CardToken.objects.annotate(number=F("card_number")).get().number == NUMBER


# --- Keys ---


def test_with_another_key_reading_is_refused_and_nothing_is_damaged(add, settings):
    row, known = add(), list(settings.FIELD_ENCRYPTION_KEY)
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode()]

    with pytest.raises(SealBroken):
        read(row)
    with pytest.raises(SealBroken):
        list(CardToken.objects.values_list("card_number", flat=True))

    settings.FIELD_ENCRYPTION_KEY = known
    assert read(row) == NUMBER


def test_the_refusal_tells_neither_the_text_nor_what_is_stored(add, settings):
    row = add()
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode()]

    with pytest.raises(SealBroken) as refusal:
        read(row)

    assert stored(row) not in str(refusal.value)
    assert NUMBER not in str(refusal.value)


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(add, settings):
    old, new = settings.FIELD_ENCRYPTION_KEY[0], Fernet.generate_key().decode()
    before = add()
    settings.FIELD_ENCRYPTION_KEY = [new, old]
    after = add(OTHER)
    assert (read(before), read(after)) == (NUMBER, OTHER)

    CardToken.objects.get(pk=before.pk).save()
    settings.FIELD_ENCRYPTION_KEY = [new]

    assert (read(before), read(after)) == (NUMBER, OTHER)


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-4] + "AAAA", lambda text: text[:20], lambda text: NUMBER, lambda text: ""]
)
def test_what_was_changed_in_the_database_does_not_open(add, damage):
    row = add()
    write_raw(row, damage(stored(row)))

    with pytest.raises(SealBroken):
        read(row)


def test_what_was_moved_to_another_model_does_not_open(acme, add):
    row = add()
    shopper = Shopper.objects.create(merchant=acme, email="ann@example.com", email_index="x" * 64)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shoppers_shopper SET email = %s WHERE id = %s", [stored(row), shopper.pk])

    with pytest.raises(SealBroken):
        Shopper.objects.get(pk=shopper.pk)


def test_sealed_text_that_somebody_types_is_kept_as_typed(add):
    stolen = stored(add())

    row = add(stolen)

    assert read(row) == stolen
    assert CardToken._meta.get_field("card_number").clean(stolen, None) == stolen


# --- What cannot be asked ---


@pytest.mark.parametrize(
    "lookup", ["exact", "iexact", "in", "contains", "icontains", "startswith", "gt", "lt", "range", "regex", "year", "length"]
)
def test_looking_for_a_value_is_refused(add, lookup):
    add()

    with pytest.raises(SealedColumnMisused):
        list(CardToken.objects.filter(**{f"card_number__{lookup}": NUMBER}))


def test_getting_or_creating_by_a_sealed_value_is_refused(add, acme):
    add()

    with pytest.raises(SealedColumnMisused):
        CardToken.objects.get_or_create(card_number=NUMBER, defaults={"merchant": acme})

    assert CardToken.objects.count() == 1


@pytest.mark.parametrize(
    "expression",
    [
        F("last4"), F("card_number"), Upper("card_number"), Upper("last4"), Concat("last4", Value("x")), Value("clear text"),
        Case(When(last4="0005", then=Value("clear text")), default=Value("other")),
        Case(When(last4="0005", then=F("last4")), default=None),
        Cast(F("last4"), CardToken._meta.get_field("card_number")),
    ],
    ids=range(9),
)  # fmt: skip
def test_writing_an_expression_is_refused_and_changes_nothing(add, expression):
    row = add()
    before = stored(row)

    with pytest.raises(SealedColumnMisused), transaction.atomic():
        CardToken.objects.update(card_number=expression)
    row.card_number = expression
    with pytest.raises(SealedColumnMisused), transaction.atomic():
        row.save()
    with pytest.raises(SealedColumnMisused), transaction.atomic():
        CardToken.objects.bulk_update([row], ["card_number"])

    assert stored(row) == before


def test_computing_with_a_sealed_value_raises(add):
    add()

    with pytest.raises(SealBroken):
        list(CardToken.objects.annotate(loud=Upper("card_number")).values_list("loud"))


# --- Beyond the database ---


def test_a_dump_holds_no_clear_text(add):
    add()
    out = StringIO()

    call_command("dumpdata", "checkout.CardToken", stdout=out)

    [row] = json.loads(out.getvalue())
    assert row["fields"]["card_number"] == "sealed"
    assert NUMBER not in out.getvalue()


def test_every_column_of_the_encryption_library_is_one_of_ours():
    """Bare, the library opens what is typed, and hands out sealed text when a key is wrong."""
    bare = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if type(field).__module__.startswith("encrypted_model_fields") and not isinstance(field, SealedMixin)
    ]

    assert bare == []
