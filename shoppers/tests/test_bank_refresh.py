"""Reading again: idempotent, from the cursor on, through every fault that a real bank has, and never after the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from shoppers.bank import refreshing
from shoppers.bank.consents import revoke_consent
from shoppers.bank.errors import BankConsentOver, BankUnreachable
from shoppers.bank.models import BankAccount, BankConsent, BankTransaction
from shoppers.bank.refreshing import due_for_refresh, refresh_consent, refresh_now
from shoppers.bank.sandbox.bank import Bank, Faults
from shoppers.bank.sandbox.customers import CUSTOMERS
from shoppers.bank.subscriptions import subscriptions_of
from shoppers.changes import PersonChange
from shoppers.tasks import follow_bank_consents
from shoppers.tests.conftest import TODAY
from shoppers.tests.linked import linked
from shoppers.tests.people import person

pytestmark = pytest.mark.django_db


def rows() -> list[tuple]:
    return list(
        BankTransaction.objects.order_by("provider_id").values_list(
            "provider_id", "booked_on", "amount_cents", "mcc", "is_pending"
        )
    )


def read(consent: BankConsent) -> tuple[bool, list[float]]:
    """Refresh, and the pauses that were made."""
    pauses: list[float] = []
    return refresh_consent(consent_id=consent.pk, pause=pauses.append), pauses


def expected(customer: str, today: date) -> set[tuple[date, int]]:
    """Day and cents of every payment of the last two years, from the table of payments alone. The first day books the one before."""
    days = [today - timedelta(days=back) for back in range(732)]
    return {(day, payment.cents) for day in days for payment in CUSTOMERS[customer].payments if payment.falls_on(day)}


def test_all_accounts_and_two_years_of_payments_are_read_and_sealed(bank):
    consent = linked(person())

    assert read(consent) == (True, [])

    assert sorted(BankAccount.objects.values_list("kind", "balance_cents")) == [("checking", 3_184_22), ("credit", -412_80)]
    assert sorted((row[1], row[2]) for row in rows()) == sorted(expected("jordan", TODAY))
    assert {row[1] for row in rows() if row[4]} <= {TODAY}  # what is older than a day is booked
    kino = BankTransaction.objects.filter(mcc="4899", amount_cents=-15_99).first()
    assert kino.payee == "Kino Stream"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shoppers_banktransaction WHERE payee LIKE '%%Kino%%'")
        assert cursor.fetchone() == (0,)
    consent.refresh_from_db()
    assert consent.refreshed_at
    assert (consent.leased_until, consent.failures) == (None, 0)


def test_reading_again_changes_nothing_and_tells_nobody(bank):
    consent = linked(person())
    read(consent)
    before, keys = rows(), set(BankTransaction.objects.values_list("pk", flat=True))
    PersonChange.objects.all().delete()

    read(consent)

    assert rows() == before
    assert set(BankTransaction.objects.values_list("pk", flat=True)) == keys
    assert not PersonChange.objects.exists()


def test_what_was_pending_is_booked_under_its_new_id_and_counted_once(bank):
    consent = linked(person())
    bank.today = date(2026, 11, 19)  # Brightbox TV is pending
    read(consent)
    assert BankTransaction.objects.get(is_pending=True, mcc="4899").booked_on == date(2026, 11, 19)

    bank.today = date(2026, 11, 20)
    read(consent)

    assert BankTransaction.objects.get(mcc="4899", booked_on=date(2026, 11, 19)).is_pending is False
    assert sorted((row[1], row[2]) for row in rows()) == sorted(
        expected("jordan", bank.today) | expected("jordan", date(2026, 11, 19))
    )


def test_a_payment_that_the_bank_takes_back_or_changes_is_so_here(bank):
    consent = linked(person(), "robin")
    read(consent)
    one = {
        "id": "x1",
        "account": "robin-checking",
        "booked_on": "2026-11-01",
        "amount_cents": -5,
        "mcc": "5912",
        "payee": "A",
        "is_pending": True,
    }
    bank.add_events({"customer": "robin", "events": [{"written": one}, {"written": {**one, "id": "x2"}}]})
    read(consent)
    assert len(rows()) == 2

    bank.add_events(
        {
            "customer": "robin",
            "events": [{"removed": "x2"}, {"written": {**one, "amount_cents": -7, "payee": "B", "is_pending": False}}],
        }
    )
    read(consent)

    assert rows() == [("x1", date(2026, 11, 1), -7, "5912", False)]
    assert BankTransaction.objects.get().payee == "B"


def test_pages_that_repeat_what_was_read_change_nothing(bank):
    bank.faults = Faults(repeat_pages=True)
    consent = linked(person())

    assert read(consent)[0]

    assert sorted((row[1], row[2]) for row in rows()) == sorted(expected("jordan", TODAY))


def test_pages_that_lead_in_a_circle_are_left_and_tried_again_later(bank):
    consent = linked(person())
    bank.faults = Faults(stuck=True)

    assert not read(consent)[0]

    consent.refresh_from_db()
    assert (consent.state, consent.failures, consent.last_problem) == ("active", 1, "The bank's pages lead in a circle.")
    bank.faults = Faults()
    assert read(consent)[0]


def test_a_short_silence_is_waited_out_and_a_long_one_put_off_further_each_time(bank):
    consent = linked(person())
    bank.faults = Faults(fail_status=503, fail_times=2)
    assert read(consent) == (True, [0.5, 2.0])

    waits = []
    for _ in range(7):
        bank.faults = Faults(fail_status=503, fail_times=99)
        assert not read(consent)[0]
        consent.refresh_from_db()
        waits.append(round((consent.next_refresh_at - timezone.now()).total_seconds() / 60))

    assert waits == [5, 15, 60, 180, 360, 360, 360]
    assert (consent.failures, consent.last_problem) == (7, "The bank answered 503.")
    assert due_for_refresh() == []
    bank.faults = Faults()
    assert read(consent)[0]
    consent.refresh_from_db()
    assert (consent.failures, consent.last_problem) == (0, "")


def test_a_bank_that_asks_for_fewer_calls_is_obeyed(bank):
    consent = linked(person())
    bank.faults = Faults(fail_status=429, fail_times=1, retry_after_s=3)
    assert read(consent) == (True, [3.0])

    bank.faults = Faults(fail_status=429, fail_times=1, retry_after_s=600)
    assert read(consent) == (False, [])

    consent.refresh_from_db()
    assert consent.next_refresh_at > timezone.now() + timedelta(minutes=14)


def test_a_slow_bank_is_not_waited_for_without_end(bank, monkeypatch):
    consent = linked(person())
    monkeypatch.setattr("shoppers.bank.sandbox.client.TIMEOUT_S", 0.2)
    bank.faults = Faults(delay_s=1.0)

    assert not read(consent)[0]

    consent.refresh_from_db()
    assert consent.last_problem.startswith("No whole answer")


def test_a_token_that_is_over_is_renewed_once_in_between(bank):
    consent = linked(person())
    old = consent.access_token
    bank.consents[consent.provider_consent]["access_until"] = "2020-01-01T00:00:00+00:00"

    assert read(consent) == (True, [])

    consent.refresh_from_db()
    assert consent.access_token != old
    assert bank.calls.count("/refresh") == 1


def test_a_token_that_soon_ends_is_renewed_before_it_is_used(bank):
    consent = linked(person())
    BankConsent.objects.update(token_ends_at=timezone.now() + timedelta(seconds=30))
    bank.calls.clear()

    read(consent)

    assert bank.calls[:2] == ["/refresh", "/accounts"]


def test_a_renewal_whose_answer_got_lost_locks_nobody_out(bank):
    consent = linked(person())
    bank.refresh({"refresh_token": consent.refresh_token})  # the bank has changed the tokens, and we never heard of it

    assert read(consent)[0]


def test_a_consent_that_was_ended_at_the_bank_is_over_here_with_its_data(bank):
    consent = linked(person())
    read(consent)
    bank.revoke(consent.provider_consent)

    assert not read(consent)[0]

    consent.refresh_from_db()
    assert (consent.state, consent.access_token) == ("withdrawn", None)
    assert not BankTransaction.objects.exists()


def test_a_consent_that_ends_during_a_read_is_written_to_no_more(bank, monkeypatch):
    consent = linked(person())
    first_page = refreshing._read_page

    def end_after_a_page(reading):
        has_more = first_page(reading)
        revoke_consent(consent=consent)
        return has_more

    monkeypatch.setattr(refreshing, "_read_page", end_after_a_page)

    with pytest.raises(BankConsentOver):
        read(consent)

    assert not BankTransaction.objects.exists()
    assert not BankAccount.objects.exists()
    consent.refresh_from_db()
    assert (consent.state, consent.cursor) == ("revoked", "")


def test_a_reader_that_died_is_followed_after_its_lease_and_from_its_cursor(bank, monkeypatch):
    read(linked(person("bob@example.com")))
    pages = bank.calls.count("/transactions")
    BankTransaction.objects.all().delete()
    consent = linked(person())
    first_page = refreshing._read_page

    def die_after_a_page(reading):
        first_page(reading)
        raise SystemExit

    monkeypatch.setattr(refreshing, "_read_page", die_after_a_page)
    with pytest.raises(SystemExit):
        read(consent)
    monkeypatch.undo()
    half = BankTransaction.objects.count()

    assert not read(consent)[0]  # it still has its lease
    BankConsent.objects.update(leased_until=timezone.now())
    bank.calls.clear()
    assert read(consent)[0]

    assert 0 < half < BankTransaction.objects.count()
    assert bank.calls.count("/transactions") == pages - 1
    assert sorted((row[1], row[2]) for row in rows()) == sorted(expected("jordan", TODAY))


def test_a_bank_that_writes_nonsense_is_silent_to_us(bank, monkeypatch):
    consent = linked(person())
    monkeypatch.setattr(Bank, "accounts", lambda *_: {"accounts": [{"id": "1"}]})

    assert not read(consent)[0]

    consent.refresh_from_db()
    assert consent.last_problem == "The bank's answer could not be understood."


def test_an_account_that_was_closed_goes_with_its_payments(bank, monkeypatch):
    consent = linked(person())
    read(consent)
    told = bank.accounts(BankConsent.objects.get().access_token)
    monkeypatch.setattr(Bank, "accounts", lambda *_: {"accounts": told["accounts"][:1]})

    read(consent)

    assert BankAccount.objects.get().kind == "checking"
    assert not BankTransaction.objects.filter(mcc="4899").exists()


def test_who_asks_for_it_now_is_told_what_is_wrong(bank):
    consent = linked(person())
    bank.faults = Faults(fail_status=500, fail_times=99)
    with pytest.raises(BankUnreachable):
        refresh_now(consent=consent, pause=lambda _: None)

    bank.faults = Faults()
    bank.revoke(consent.provider_consent)
    with pytest.raises(BankConsentOver):
        refresh_now(consent=consent, pause=lambda _: None)


def test_beat_hands_out_what_is_due_and_nothing_twice(bank, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    consent = linked(person())
    assert due_for_refresh() == [consent.pk]

    refresh_consent(consent_id=consent.pk)

    assert due_for_refresh() == []
    assert follow_bank_consents() == 0


def test_the_made_up_customers_have_the_subscriptions_that_they_are_made_for(bank):
    for customer in ("jordan", "sam"):
        read(linked(person(f"{customer}@example.com"), customer))

    found = {
        customer: [
            (each.month_cents, each.kind, each.copies) for each in subscriptions_of(person(f"{customer}@example.com"), TODAY)
        ]
        for customer in ("jordan", "sam")
    }
    assert (15_99, "television and video", 1) in found["jordan"]
    assert (11_49, "television and video", 1) in found["jordan"]
    assert found["sam"] == [(29_00, "gym and sports club", 2), (9_99, "books, films and music", 1), (8_25, "digital goods", 1)]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_read_at_once_one_does(bank):
    consent = linked(person())
    bank.faults = Faults(delay_s=0.05)

    def refresh(_: int) -> bool:
        try:
            return refresh_consent(consent_id=consent.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        outcomes = sorted(threads.map(refresh, range(4)))

    assert outcomes == [False, False, False, True]
    assert sorted((row[1], row[2]) for row in rows()) == sorted(expected("jordan", TODAY))
