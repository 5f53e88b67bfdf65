"""Whoever changes what a person has, by whatever way, leaves word of it in the same transaction."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from shoppers.bank.models import BankAccount, BankConsent, BankTransaction
from shoppers.benefits.models import BenefitAccount, BenefitBalance
from shoppers.changes import PersonChange
from shoppers.tests.people import benefit, person

pytestmark = pytest.mark.django_db


def told() -> list[tuple[int, str]]:
    """What was told since the last time somebody asked."""
    rows = list(PersonChange.objects.order_by("pk").values_list("account_id", "reason"))
    PersonChange.objects.all().delete()
    return rows


def test_a_row_that_is_added_changed_or_deleted_is_told():
    ada = person()
    row = benefit(ada)
    assert told() == [(ada.pk, "benefit")]

    row.balance_cents, row.balance_on = 100_00, date(2026, 3, 1)
    row.save()
    assert told() == [(ada.pk, "benefit")]

    row.delete()
    assert told() == [(ada.pk, "benefit")]


def test_a_bulk_write_and_raw_sql_tell_each_person_once():
    ada, bob = person(), person("bob@example.com")
    BenefitAccount.objects.bulk_create(
        BenefitAccount(account=who, kind=kind, plan_starts_on=date(2026, 1, 1), plan_ends_on=date(2026, 12, 31))
        for who in (ada, bob) for kind in ("health_fsa", "hra")
    )  # fmt: skip
    assert sorted(told()) == [(ada.pk, "benefit"), (bob.pk, "benefit")]

    with connection.cursor() as cursor:
        cursor.execute("UPDATE shoppers_benefitaccount SET election_cents = 5 WHERE kind = 'hra'")
    assert sorted(told()) == [(ada.pk, "benefit"), (bob.pk, "benefit")]


def test_a_write_that_changes_nothing_is_not_told():
    row = benefit(person())
    told()

    BenefitAccount.objects.update(kind="health_fsa", administrator="Northwind")

    assert told() == []
    assert BenefitAccount.objects.get(pk=row.pk).administrator == "Northwind"


def test_what_was_rolled_back_is_not_told():
    ada = person()
    with transaction.atomic():
        benefit(ada)
        transaction.set_rollback(True)

    assert told() == []


def test_bank_data_tells_of_its_person():
    ada, now = person(), timezone.now()
    consent = BankConsent.objects.create(
        account=ada, provider="sandbox", scopes=[], answer_digest="a", browser="b", answer_by=now
    )
    bank_account = BankAccount.objects.create(
        consent=consent, account=ada, provider_id="1", masked_number="••1", kind="checking", balance_cents=1, balance_at=now
    )
    BankTransaction.objects.create(
        bank_account=bank_account,
        account=ada,
        provider_id="t1",
        booked_on=date(2026, 1, 1),
        amount_cents=-1,
        payee="P",
        payee_key="k",
    )
    assert told() == [(ada.pk, "consent"), (ada.pk, "bank"), (ada.pk, "bank")]

    BankAccount.objects.update(balance_at=now)
    assert told() == []


def test_a_person_who_is_deleted_goes_with_all_that_is_theirs():
    ada = person()
    row = benefit(ada)
    BenefitBalance.objects.create(benefit=row, amount_cents=1, as_of=date(2026, 1, 1), source="typed")

    ada.delete()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not BenefitBalance.objects.exists()


def test_a_balance_that_was_told_is_neither_changed_nor_deleted():
    row = benefit(person())
    balance = BenefitBalance.objects.create(benefit=row, amount_cents=1, as_of=date(2026, 1, 1), source="typed")

    with pytest.raises(DatabaseError), transaction.atomic():
        BenefitBalance.objects.update(amount_cents=2)
    with transaction.atomic():
        balance.delete()
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="never deleted"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)

    assert BenefitBalance.objects.get().amount_cents == 1
