"""Consent to read a bank: given once, by the browser that asked, for 180 days at most, and gone with all that was read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404
from django.utils import timezone

from people.models import WaitingLetter
from shoppers.bank.consents import finish_consent, revoke_consent, start_consent
from shoppers.bank.ending import end_what_is_over, tell_provider, to_be_told
from shoppers.bank.errors import BankAnswerOver, BankConsentRefused, BankUnreachable, TooManyBankLinks
from shoppers.bank.models import BankAccount, BankConsent, BankTransaction
from shoppers.bank.refreshing import refresh_consent
from shoppers.bank.reminding import remind
from shoppers.bank.sandbox.bank import Faults
from shoppers.bank.selectors import consent_of, consents_of, ended_consents_of
from shoppers.changes import PersonChange
from shoppers.tests.linked import BROWSER, RETURN, answer_at_bank, linked
from shoppers.tests.people import person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def begun(bank, **more) -> dict[str, str]:
    return answer_at_bank(start_consent(account=person(), browser=BROWSER, return_url=RETURN), **more)


def test_a_consent_is_given_for_180_days_at_most_with_its_tokens_sealed(bank):
    consent = linked(person())

    assert (consent.state, consent.institution) == ("active", "Sandbox Bank")
    assert timedelta(days=179) < consent.expires_at - timezone.now() <= timedelta(days=180)
    assert consent.access_token in {known["access"] for known in bank.consents.values()}
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM shoppers_bankconsent")
        assert all(text.startswith("p1") and consent.access_token not in text for text in cursor.fetchone())
    assert consents_of(person()) == [consent]


def test_the_banks_answer_is_taken_once(bank):
    back = begun(bank)
    finish_consent(account=person(), browser=BROWSER, state=back["state"], code=back["code"])

    with pytest.raises(BankAnswerOver):
        finish_consent(account=person(), browser=BROWSER, state=back["state"], code=back["code"])

    assert BankConsent.objects.get().state == "active"


@pytest.mark.parametrize("whose", ["another browser", "another account", "another state", "too late"])
def test_an_answer_that_somebody_else_brings_is_refused_and_changes_nothing(bank, whose):
    back = begun(bank)
    if whose == "too late":
        BankConsent.objects.update(answer_by=timezone.now())
    account = person("bob@example.com") if whose == "another account" else person()
    browser = "stolen" if whose == "another browser" else BROWSER
    state = "guessed" if whose == "another state" else back["state"]

    with pytest.raises(BankAnswerOver):
        finish_consent(account=account, browser=browser, state=state, code=back["code"])

    consent = BankConsent.objects.get()
    assert (consent.state, consent.answered_at, consent.access_token) == ("started", None, None)
    assert "/exchange" not in bank.calls


def test_who_refuses_at_the_bank_has_linked_nothing(bank):
    back = begun(bank, answer="refuse")
    assert back["error"] == "access_denied"

    with pytest.raises(BankConsentRefused):
        finish_consent(account=person(), browser=BROWSER, state=back["state"], code="")

    assert BankConsent.objects.get().state == "failed"
    assert ended_consents_of(person()) == []


def test_a_code_that_the_bank_does_not_know_links_nothing(bank):
    back = begun(bank)

    with pytest.raises(BankConsentRefused):
        finish_consent(account=person(), browser=BROWSER, state=back["state"], code="guessed")

    assert BankConsent.objects.get().state == "failed"


def test_a_silent_bank_begins_nothing(bank):
    bank.faults = Faults(fail_status=500, fail_times=1)

    with pytest.raises(BankUnreachable):
        start_consent(account=person(), browser=BROWSER, return_url=RETURN)

    assert not BankConsent.objects.exists()


def test_a_bank_that_falls_silent_at_the_answer_links_nothing_and_another_try_does(bank):
    back = begun(bank)
    bank.faults = Faults(fail_status=500, fail_times=1)

    with pytest.raises(BankUnreachable):
        finish_consent(account=person(), browser=BROWSER, state=back["state"], code=back["code"])

    assert BankConsent.objects.get().state == "failed"
    assert linked(person()).state == "active"


def test_linking_is_begun_ten_times_an_hour_at_most(bank):
    for _ in range(10):
        start_consent(account=person(), browser=BROWSER, return_url=RETURN)

    with pytest.raises(TooManyBankLinks):
        start_consent(account=person(), browser=BROWSER, return_url=RETURN)

    assert start_consent(account=person("bob@example.com"), browser=BROWSER, return_url=RETURN)
    assert BankConsent.objects.count() == 11


def test_a_new_consent_at_the_same_bank_ends_the_old_one_and_its_payments(bank):
    old = linked(person())
    refresh_consent(consent_id=old.pk)
    assert BankTransaction.objects.exists()

    new = linked(person())

    old.refresh_from_db()
    assert (old.state, consents_of(person())) == ("revoked", [new])
    assert not BankTransaction.objects.exists()


def test_ending_a_consent_deletes_what_was_read_and_tells_bank_and_rules(bank):
    consent = linked(person())
    refresh_consent(consent_id=consent.pk)
    assert BankTransaction.objects.count() > 100
    PersonChange.objects.all().delete()

    assert revoke_consent(consent=consent)
    assert not revoke_consent(consent=consent)

    consent.refresh_from_db()
    assert (consent.state, consent.access_token, consent.refresh_token, consent.cursor) == ("revoked", None, None, "")
    assert not BankAccount.objects.exists()
    assert not BankTransaction.objects.exists()
    assert set(PersonChange.objects.values_list("account_id", "reason")) == {(person().pk, "consent"), (person().pk, "bank")}
    assert to_be_told() == [consent.pk]
    assert tell_provider(consent_id=consent.pk)
    assert bank.consents[consent.provider_consent] == {"status": "revoked"}
    assert to_be_told() == []


def test_a_bank_that_does_not_hear_of_the_end_is_told_again_later(bank):
    consent = linked(person())
    revoke_consent(consent=consent)
    bank.faults = Faults(fail_status=503, fail_times=1)

    assert not tell_provider(consent_id=consent.pk)
    assert to_be_told() == []  # not at once
    BankConsent.objects.update(next_refresh_at=timezone.now())
    assert to_be_told() == [consent.pk]
    assert tell_provider(consent_id=consent.pk)

    assert bank.consents[consent.provider_consent]["status"] == "revoked"


def test_a_consent_whose_day_has_come_ends_by_itself_and_a_begun_one_that_nobody_gave(bank):
    over = linked(person())
    BankConsent.objects.filter(pk=over.pk).update(expires_at=timezone.now())
    waiting = start_consent(account=person("bob@example.com"), browser=BROWSER, return_url=RETURN)
    BankConsent.objects.filter(state="started").update(answer_by=timezone.now())
    kept = linked(person("eve@example.com"))

    assert waiting
    assert end_what_is_over() == 2
    assert end_what_is_over() == 0

    assert sorted(BankConsent.objects.values_list("state", flat=True)) == ["active", "expired", "failed"]
    assert [row.pk for row in ended_consents_of(person())] == [over.pk]
    kept.refresh_from_db()
    assert kept.state == "active"


def test_an_owner_is_reminded_once_a_week_before_the_end(bank):
    consent = linked(person())
    assert remind() == 0
    BankConsent.objects.filter(pk=consent.pk).update(expires_at=timezone.now() + timedelta(days=6))

    assert (remind(), remind()) == (1, 0)

    [letter] = WaitingLetter.objects.all()
    assert "ada@example.com" in letter.content
    assert "/me/accounts/" in letter.content


def test_the_database_keeps_no_token_of_a_consent_that_is_over(bank):
    consent = linked(person())

    with pytest.raises(DatabaseError), transaction.atomic():
        BankConsent.objects.filter(pk=consent.pk).update(state="revoked", ended_at=timezone.now())


def test_nobody_finds_another_persons_consent(bank):
    consent = linked(person())

    assert consent_of(person(), consent.public_id) == consent
    with pytest.raises(Http404):
        consent_of(person("bob@example.com"), consent.public_id)


@pytest.mark.django_db(transaction=True)
def test_each_step_is_in_the_audit_trail_without_a_payee_or_a_token(bank):
    consent = linked(person())
    refresh_consent(consent_id=consent.pk)
    token = BankConsent.objects.get().access_token
    revoke_consent(consent=consent)

    entries = AuditEntry.objects.filter(subject_id=consent.public_id).order_by("pk")
    deeds = entries.exclude(action="bank_consent.read")  # each opening of a token
    assert [entry.action for entry in deeds] == [f"bank_consent.{verb}" for verb in ("begun", "given", "refreshed", "revoked")]
    assert not any(word in str(list(entries.values())) for word in ("Kino", token))
