"""Sealed columns, on the card number of a token: in clear to us, noise to whoever reads the database."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import timedelta
from io import StringIO

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.apps import apps
from django.core.management import call_command
from django.core.serializers.base import DeserializationError
from django.db import connection, transaction
from django.db.models import Case, Count, F, Max, Subquery, Value, When
from django.db.models.functions import Cast, Concat, Length, Upper
from django.forms import modelform_factory
from django.utils import timezone

from common.compiled import Compiled
from vault import opened
from vault.errors import SealBroken, SealedColumnMisused
from vault.fields import SealedMixin
from vault.sealed import Sealed

pytestmark = pytest.mark.django_db
CardToken, Shopper = apps.get_model("checkout", "CardToken"), apps.get_model("shoppers", "Shopper")
NUMBER, OTHER = "9999410000000005", "9999490000000007"


def fields_of(merchant, number=NUMBER):
    return {
        "merchant": merchant, "network": "visa", "account_kind": "fsa", "last4": "0005", "exp_month": 12, "exp_year": 2030,
        "card_number": number, "expires_at": timezone.now() + timedelta(minutes=15),
    }  # fmt: skip


@pytest.fixture
def add(acme):
    """Keep a card's number sealed; returns its row."""
    return lambda number=NUMBER, **more: CardToken.objects.create(**{**fields_of(acme, number), **more})


@pytest.fixture
def openings(monkeypatch):
    """(row id, field) of each value that was opened."""
    seen = []
    monkeypatch.setattr(opened, "listeners", [lambda row, field: seen.append((row.pk, field))])
    return seen


def stored(row):
    """What the database holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_number FROM checkout_cardtoken WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def again(row):
    return CardToken.objects.get(pk=row.pk)


def read(row):
    return again(row).card_number


def write_raw(row, text, table="checkout_cardtoken", column="card_number"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [text, row.pk])


# --- Writing and reading ---


def test_the_database_holds_no_clear_text(add):
    row = add()

    kind, version, body = stored(row).split(".")
    assert (kind, len(version)) == ("m1", 16)
    assert NUMBER not in stored(row)
    assert len(body) > len(NUMBER)
    assert read(row) == NUMBER


@pytest.mark.parametrize(
    "text", ["", " ", "ü €", "👩‍⚕️", "שלום", "a" * 100_000, "gAAAA", "None", "line\nline", "m1.x.y", "sealed", "\ud800"]
)
def test_any_text_comes_back_as_it_was(add, text):
    assert read(add(text)) == text


def test_nothing_stays_nothing(add):
    row = add(None)

    assert (stored(row), read(row)) == (None, None)
    assert CardToken.objects.filter(card_number__isnull=True).count() == 1
    assert CardToken.objects.filter(card_number__isnull=False).count() == 0


def test_the_same_text_is_sealed_differently_each_time(add):
    assert stored(add()).split(".")[2] != stored(add()).split(".")[2]


def test_it_is_opened_when_somebody_looks_and_once_for_each_row_object(add, openings):
    row = again(add())
    assert openings == []

    assert (row.card_number, row.card_number) == (NUMBER, NUMBER)

    assert openings == [(row.pk, "card_number")]


def test_what_was_just_saved_is_not_opened_to_be_read(add, openings):
    assert add().card_number == NUMBER
    assert openings == []


def test_a_listener_that_refuses_keeps_the_value_closed(add, monkeypatch):
    row = again(add())

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(opened, "listeners", [refuse])
    for _ in range(2):
        with pytest.raises(PermissionError):
            _ = row.card_number


def test_an_unopened_value_is_written_back_as_it_is(add, openings):
    row = add()
    before = stored(row)

    same = again(row)
    same.last4 = "1234"
    same.save()

    assert (stored(row), openings) == (before, [])
    assert read(row) == NUMBER


def test_a_value_that_was_only_looked_at_is_written_back_as_it_is(add):
    row = add()
    before = stored(row)

    same = again(row)
    assert same.card_number == NUMBER
    same.save()

    assert stored(row) == before


def test_a_new_value_replaces_the_old_one(add):
    row = again(add())

    row.card_number = OTHER
    row.save(update_fields=["card_number"])

    assert read(row) == OTHER
    row.card_number = None
    row.save()
    assert stored(row) is None


def test_bulk_create_seals_each_value(acme):
    rows = CardToken.objects.bulk_create(CardToken(**fields_of(acme, number)) for number in (NUMBER, OTHER, None))

    assert [read(row) for row in rows] == [NUMBER, OTHER, None]
    assert [stored(row) is not None and stored(row).startswith("m1.") for row in rows] == [True, True, False]


def test_update_or_create_and_get_or_create_seal_what_they_write(acme):
    row, _ = CardToken.objects.get_or_create(last4="0005", defaults=fields_of(acme))
    row, is_new = CardToken.objects.update_or_create(last4="0005", defaults={"card_number": OTHER})

    assert (is_new, read(row)) == (False, OTHER)


def test_a_column_can_be_emptied_for_many_rows(add):
    rows = [add(), add()]

    CardToken.objects.filter(pk=rows[0].pk).update(card_number=None)
    rows[1].card_number = None
    CardToken.objects.bulk_update(rows[1:], ["card_number"])

    assert [stored(row) for row in rows] == [None, None]


def test_bulk_update_of_other_columns_leaves_it_alone(add, openings):
    rows = [again(add()), again(add())]
    before = [stored(row) for row in rows]
    for row in rows:
        row.last4 = "9999"

    CardToken.objects.bulk_update(rows, ["last4"])

    assert [stored(row) for row in rows] == before
    assert openings == []


# --- Ways to a row ---


def test_only_and_defer_load_it_when_it_is_looked_at(add, openings, django_assert_num_queries):
    pk = add().pk
    deferred, only = CardToken.objects.defer("card_number").get(pk=pk), CardToken.objects.only("card_number").get(pk=pk)

    with django_assert_num_queries(1):
        assert deferred.card_number == NUMBER
    assert only.card_number == NUMBER
    assert len(openings) == 2


def test_a_deferred_value_stays_out_of_a_save(add):
    row = add()
    before = stored(row)

    same = CardToken.objects.defer("card_number").get(pk=row.pk)
    same.last4 = "7777"
    same.save()

    assert stored(row) == before
    assert again(row).last4 == "7777"


def test_refreshing_a_row_brings_the_new_value_and_opens_nothing(add, openings):
    row = add()
    other = again(row)
    other.card_number = OTHER
    other.save()

    row.refresh_from_db()
    assert openings == []
    assert row.card_number == OTHER
    other.refresh_from_db(fields=["last4"])
    assert other.card_number == OTHER


def test_a_related_row_opens_like_any_other(acme, openings):
    Shopper.objects.create(merchant=acme, email="ann@example.com", email_index="x" * 64)
    session = apps.get_model("checkout", "CheckoutSession").objects.create(
        merchant=acme, shopper=Shopper.objects.get(), amount_subtotal_cents=1, amount_total_cents=1, amount_eligible_cents=0,
        success_url="https://a.example", cancel_url="https://a.example", expires_at=timezone.now(),
    )  # fmt: skip

    [joined] = type(session).objects.select_related("shopper")
    assert openings == []
    assert joined.shopper.email == "ann@example.com"
    [fetched] = type(session).objects.prefetch_related("shopper")
    assert fetched.shopper.email == "ann@example.com"


def test_a_compiled_query_gives_rows_that_open(add):
    row = add()
    compiled = Compiled(lambda pk: CardToken.objects.filter(pk=pk), -1, across_merchants="a test reads one row by its id")

    assert [found.card_number for found in compiled.rows(row.pk)] == [NUMBER]


def test_a_raw_query_gives_rows_that_open(add):
    add()

    assert [row.card_number for row in CardToken.objects.raw("SELECT * FROM checkout_cardtoken")] == [NUMBER]


def test_values_are_opaque(add):
    row = add()

    [value] = CardToken.objects.values_list("card_number", flat=True)
    [by_name] = CardToken.objects.values("card_number", "last4")

    assert isinstance(value, Sealed)
    assert (str(value), repr(value), f"{value}") == ("sealed", "<sealed>", "sealed")
    assert by_name == {"card_number": value, "last4": "0005"}
    assert stored(row) not in repr(vars(again(row)))


def test_a_pickled_row_holds_no_clear_text(add):
    row = again(add())
    assert row.card_number == NUMBER

    pickled = pickle.dumps(row)

    assert NUMBER.encode() not in pickled
    assert pickle.loads(pickled).card_number == NUMBER
    assert NUMBER.encode() not in pickle.dumps(add())


def test_copies_open_too(add):
    row = again(add())

    assert copy.copy(row).card_number == NUMBER
    assert copy.deepcopy(row).card_number == NUMBER
    assert copy.deepcopy(copy.copy(row)).card_number == NUMBER


def test_a_copied_row_with_an_id_of_its_own_needs_the_value_set(add):
    row = again(add())
    row.pk, row.public_id, row._state.adding = None, "tok_another", True

    with pytest.raises(SealBroken), transaction.atomic():
        row.save()
    row.card_number = OTHER
    row.save()

    assert read(row) == OTHER


def test_it_opens_in_an_async_view_on_a_thread_of_its_own(acme):
    async def view():
        row = CardToken(**fields_of(acme))
        await row.asave()
        found = await CardToken.objects.aget(pk=row.pk)
        return await sync_to_async(lambda: found.card_number)()

    assert async_to_sync(view)() == NUMBER


def test_a_form_shows_it_keeps_it_and_changes_it(add):
    row = again(add())
    form_class = modelform_factory(CardToken, fields=["card_number"])

    assert NUMBER in form_class(instance=row).as_p()
    assert form_class({"card_number": NUMBER}, instance=again(row)).has_changed() is False
    form = form_class({"card_number": OTHER}, instance=again(row))
    assert form.has_changed()
    form.save()

    assert read(row) == OTHER


# --- What was moved or changed ---


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-4] + "AAAA", lambda text: text[:20], lambda text: NUMBER, lambda text: "", lambda text: text + "é",
        lambda text: text.replace("m1.", "p1."), lambda text: "gAAAAABmAAAA", lambda text: text.rsplit(".", 1)[0] + ".",
        lambda text: "m1.0000000000000000." + text.rsplit(".", 1)[1],
    ],
    ids=range(9),
)  # fmt: skip
def test_what_was_changed_in_the_database_does_not_open(add, damage):
    row = add()
    write_raw(row, damage(stored(row)))

    with pytest.raises(SealBroken) as refusal:
        read(row)

    assert stored(row) not in str(refusal.value) or stored(row) == ""
    assert NUMBER not in str(refusal.value)


def test_what_was_moved_to_another_row_does_not_open(add):
    row, other = add(), add(OTHER)
    write_raw(other, stored(row))

    with pytest.raises(SealBroken):
        read(other)


def test_what_was_moved_to_another_model_does_not_open(acme, add):
    row = add()
    shopper = Shopper.objects.create(merchant=acme, email="ann@example.com", email_index="x" * 64, public_id=row.public_id)
    write_raw(shopper, stored(row), "shoppers_shopper", "email")

    with pytest.raises(SealBroken):
        _ = Shopper.objects.get(pk=shopper.pk).email


def test_what_was_moved_to_another_merchant_does_not_open(add, globex):
    row = add()
    CardToken.objects.filter(pk=row.pk).update(merchant=globex)

    with pytest.raises(SealBroken):
        read(row)


def test_sealed_text_that_somebody_types_is_kept_as_typed(add):
    stolen = stored(add())

    row = add(stolen)

    assert read(row) == stolen
    assert CardToken._meta.get_field("card_number").clean(stolen, None) == stolen


def test_a_row_without_a_merchant_is_not_sealed_for_nobody(acme):
    row = CardToken(**fields_of(acme))
    row.merchant_id = None

    with pytest.raises(SealedColumnMisused):
        row.save()


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


QUESTIONS = {
    "order": lambda q: q.order_by("card_number"),
    "order backwards": lambda q: q.order_by("-card_number"),
    "order by an expression": lambda q: q.order_by(F("card_number").asc()),
    "order across a join": lambda q: apps.get_model("checkout", "Tender").objects.order_by("card_token__card_number"),
    "compare from the other side": lambda q: q.filter(last4=F("card_number")),
    "compare in a case": lambda q: q.annotate(x=Case(When(last4=F("card_number"), then=Value(1)), default=Value(2))),
    "annotate": lambda q: q.annotate(number=F("card_number")),
    "values under another name": lambda q: q.values(number=F("card_number")),
    "compute text": lambda q: q.annotate(loud=Upper("card_number")).values_list("loud"),
    "compute a number": lambda q: q.annotate(n=Length("card_number")),
    "concatenate": lambda q: q.annotate(n=Concat("card_number", Value("x"))),
    "order by an alias": lambda q: q.alias(n=F("card_number")).order_by("n"),
    "distinct": lambda q: q.values("card_number").distinct(),
    "distinct on": lambda q: q.distinct("card_number"),
    "group": lambda q: q.values("card_number").annotate(n=Count("pk")),
    "subquery": lambda q: q.annotate(n=Subquery(CardToken.objects.values("card_number")[:1])),
    "in a subquery": lambda q: q.filter(last4__in=CardToken.objects.values("card_number")),
    "union": lambda q: q.values("card_number").union(q.values("card_number")),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_the_database_cannot_answer_is_refused(add, question):
    add()

    with pytest.raises(SealedColumnMisused), transaction.atomic():
        list(question(CardToken.objects.all()))


@pytest.mark.parametrize("aggregate", [Max("card_number"), Count("card_number"), Count("card_number", distinct=True)], ids=str)
def test_aggregates_of_it_are_refused(add, aggregate):
    add()

    with pytest.raises(SealedColumnMisused):
        CardToken.objects.aggregate(n=aggregate)


def test_questions_that_only_carry_it_along_are_answered(add, acme):
    row = add()
    everything = CardToken.objects.all()

    assert list(everything.distinct()) == [row]
    assert everything.distinct().count() == 1
    assert everything.annotate(n=Count("tenders")).get().card_number == NUMBER
    assert everything.filter(merchant__in=type(acme).objects.all()).exists()
    assert list(everything.union(CardToken.objects.all())) == [row]
    assert everything.order_by("last4").first().card_number == NUMBER
    assert everything.in_bulk([row.pk])[row.pk].card_number == NUMBER
    assert everything.select_for_update().get().card_number == NUMBER
    assert everything.annotate(has=Case(When(card_number__isnull=False, then=Value(1)), default=Value(0))).get().has == 1


@pytest.mark.parametrize(
    "expression",
    [
        F("last4"), F("card_number"), Upper("card_number"), Upper("last4"), Concat("last4", Value("x")), Value("clear text"),
        Case(When(last4="0005", then=Value("clear text")), default=Value("other")),
        Case(When(last4="0005", then=F("last4")), default=None),
        Cast(F("last4"), CardToken._meta.get_field("card_number")), "clear text", Sealed("m1.x.y"),
    ],
    ids=range(11),
)  # fmt: skip
def test_writing_to_many_rows_or_by_expression_is_refused_and_changes_nothing(add, expression):
    row = add()
    before = stored(row)

    with pytest.raises(SealedColumnMisused), transaction.atomic():
        CardToken.objects.update(card_number=expression)
    if isinstance(expression, Sealed):
        return
    row.card_number = expression
    with pytest.raises(SealedColumnMisused), transaction.atomic():
        CardToken.objects.bulk_update([row], ["card_number"])
    if not isinstance(expression, str):
        with pytest.raises(SealedColumnMisused), transaction.atomic():
            row.save()

    assert stored(row) == before


# --- Beyond the database ---


def test_a_dump_holds_no_clear_text_and_opens_nothing(add, openings):
    row = add()
    out = StringIO()

    call_command("dumpdata", "checkout.CardToken", stdout=out)

    [dumped] = json.loads(out.getvalue())
    assert dumped["fields"]["card_number"] == stored(row)
    assert openings == []


def test_loading_a_dump_is_refused_rather_than_sealing_twice(add, tmp_path):
    row = add()
    before, path = stored(row), tmp_path / "dump.json"
    call_command("dumpdata", "checkout.CardToken", output=str(path))

    with pytest.raises((SealedColumnMisused, DeserializationError)) as refusal, transaction.atomic():
        call_command("loaddata", str(path))

    assert "sealed for one row" in str(refusal.value)
    assert stored(row) == before


def test_every_column_of_the_encryption_library_is_one_of_ours():
    """Bare, the library opens what is typed, and hands out sealed text when a key is wrong."""
    bare = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if type(field).__module__.startswith("encrypted_model_fields") and not isinstance(field, SealedMixin)
    ]

    assert bare == []
