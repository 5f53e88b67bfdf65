"""Names and addresses of people who sign in are sealed, and yet found."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from people.models import User
from people.selectors import user_of_login, user_with_email
from people.tests.factors import staff_person, superuser


def rows() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(t)::text FROM people_user t")
        return "\n".join(row for (row,) in cursor.fetchall())


def make(username="ann", email="Ann@Example.com", **fields):
    return User.objects.create_user(username=username, email=email, password="correct horse battery", **fields)


@pytest.mark.django_db
def test_no_name_or_address_lies_in_the_table():
    make(first_name="Annabel", last_name="Lee")

    assert not any(word in rows() for word in ("Annabel", "Lee", "xample.com"))
    assert User.objects.get().get_full_name() == "Annabel Lee"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["ann@example.com", " ANN@EXAMPLE.COM ", "Ann@example.com", "ann", "ANN"])
def test_a_person_is_found_by_address_or_username_however_typed(typed):
    ann = make()

    assert user_of_login(typed) == ann


@pytest.mark.django_db
def test_a_changed_address_is_found_and_the_old_one_no_longer():
    ann = User.objects.get(pk=make().pk)
    ann.email = "anna@example.com"
    ann.save(update_fields=["email"])

    assert user_with_email("anna@example.com") == ann
    assert user_with_email("ann@example.com") is None


@pytest.mark.django_db
def test_saving_what_was_not_opened_changes_neither_seal_nor_index():
    make()
    before = rows()
    ann = User.objects.get()
    ann.save()

    assert rows() == before


@pytest.mark.django_db
def test_nobody_has_the_address_of_somebody_else():
    make()

    with pytest.raises(IntegrityError), transaction.atomic():
        make("bob", "ANN@example.com")
    with pytest.raises(ValidationError, match="already signs in"):
        User(username="bob", email="ann@EXAMPLE.com", password="x").full_clean()
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_several_may_have_no_address():
    make("bob", "")
    make("cid", "")

    assert user_with_email("") is None


@pytest.mark.django_db
def test_a_username_is_no_address():
    with pytest.raises(ValidationError):
        User(username="ann@example.com", password="x").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make("ann@example.com")


@pytest.mark.django_db
def test_createsuperuser_works(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")

    call_command("createsuperuser", username="root", email="root@example.com", interactive=False)

    assert user_with_email("root@example.com").is_superuser


@pytest.mark.django_db
def test_the_admin_finds_by_the_whole_address_only(signed_in, acme_owner):
    client = signed_in(staff_person())

    found = {
        words: client.get("/admin/people/user/", {"q": words}).context["cl"].result_count
        for words in ("OWNER@acme.example", "@acme.example", "acme_ow")
    }

    assert found == {"OWNER@acme.example": 1, "@acme.example": 0, "acme_ow": 1}


@pytest.mark.django_db
def test_the_admin_makes_and_changes_people(signed_in):
    client = signed_in(superuser())
    password = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    client.post("/admin/people/user/add/", {"username": "ann", "email": "ann@example.com", **password})
    ann = user_with_email("ann@example.com")
    assert ann is not None

    client.post(
        f"/admin/people/user/{ann.pk}/change/",
        {"username": "ann", "email": "anna@example.com", "first_name": "Anna", "last_name": "", "is_active": "on"},
    )
    again = client.post("/admin/people/user/add/", {"username": "bob", "email": "anna@example.com", **password})

    assert user_with_email("anna@example.com").first_name == "Anna"
    assert "already signs in" in again.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_migration_seals_who_is_there_and_back_again():
    executor = MigrationExecutor(connection)
    try:
        executor.migrate([("people", "0003_sign_ins"), ("notices", None)])
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO people_user (password, is_superuser, username, first_name, last_name, is_staff, is_active, date_joined, public_id, email)"
                " VALUES ('', false, 'ann@example.com', 'Ann', 'Lee', false, true, now(), 'usr_1', 'Ann@Example.com')"
            )
        executor = MigrationExecutor(connection)
        executor.migrate([("people", "0006_username_is_no_address")])
        ann = user_with_email("ann@example.com")
        assert (ann.username, ann.email, ann.last_name) == ("usr_1", "Ann@Example.com", "Lee")
        assert "Lee" not in rows()

        executor = MigrationExecutor(connection)
        executor.migrate([("people", "0003_sign_ins")])
        assert "Ann@Example.com" in rows()
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
