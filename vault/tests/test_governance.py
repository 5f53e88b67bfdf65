"""Two people of the bank change a merchant's key: who may, what happens at the bank, what is kept of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from vault import keyring
from vault.custody.keeper import custodian
from vault.custody.port import CustodianSilent, CustodyRefused, KeyState
from vault.errors import MerchantKeyRevoked
from vault.governance.carrying_out import carry_out, look_at
from vault.governance.errors import AlreadyAsked, AlreadyDecided, ReasonNeeded, RequestExpired, SecondPersonNeeded
from vault.governance.models import CustodyEvent, CustodyRequest
from vault.governance.selectors import locked_directly
from vault.governance.services import Person, approve, expire_requests, refuse, request_change
from vault.governance.tasks import tidy_custody, watch_keys
from vault.key_models import MerchantKey
from vault.merchant_keys import key_of
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db
ANNE, BERT = Person("usr_anne", "Anne"), Person("usr_bert", "Bert")


@pytest.fixture
def key(acme) -> MerchantKey:
    return key_of(acme.pk)


@pytest.fixture
def asked(key) -> CustodyRequest:
    return request_change(key=key, verb="revoke", reason="court order", by=ANNE)


def kinds(key) -> list[str]:
    return list(CustodyEvent.objects.filter(key=key).order_by("pk").values_list("kind", flat=True))


def state_at_the_bank(key) -> KeyState:
    return custodian().describe(reference=key.reference).state


def approved(request: CustodyRequest) -> CustodyRequest:
    return carry_out(request=approve(request=request, by=BERT))


def test_asking_changes_nothing_at_the_bank(key, asked):
    assert (asked.status, asked.requester, asked.is_open) == ("pending", "Anne", True)
    assert asked.expires_at - asked.requested_at >= timedelta(minutes=59)
    assert state_at_the_bank(key) == KeyState.ENABLED
    assert kinds(key) == ["revoke.requested"]


@pytest.mark.parametrize("reason", ["", "  \n", "\x00", "x" * 501])
def test_a_reason_is_required(key, reason):
    with pytest.raises(ReasonNeeded):
        request_change(key=key, verb="revoke", reason=reason, by=ANNE)

    assert not CustodyRequest.objects.exists()


def test_the_same_is_asked_for_once(key, asked):
    with pytest.raises(AlreadyAsked):
        request_change(key=key, verb="revoke", reason="again", by=BERT)

    assert CustodyRequest.objects.get() == asked
    assert request_change(key=key, verb="rewrap", reason="another thing", by=BERT).is_open


def test_a_second_person_has_it_carried_out(acme, globex, key, asked):
    keyring.require_open(acme.pk)

    done = approved(asked)

    assert (done.status, done.decider, done.attempts) == ("done", "Bert", 1)
    assert state_at_the_bank(key) == KeyState.DISABLED
    assert MerchantKey.objects.get(pk=key.pk).state == "disabled"
    with pytest.raises(MerchantKeyRevoked):
        keyring.require_open(acme.pk)
    keyring.require_open(globex.pk)
    assert kinds(key) == ["revoke.requested", "revoke.approved", "revoke.done"]


def test_every_step_stands_in_the_audit_trail(key, asked, django_capture_on_commit_callbacks):
    approved(asked)

    entries = AuditEntry.objects.filter(action__startswith="merchant_key.revoke", merchant_id=key.merchant_id).order_by(
        "sequence"
    )
    assert {entry.action for entry in entries} == {
        "merchant_key.revoke.requested",
        "merchant_key.revoke.approved",
        "merchant_key.revoke.done",
    }
    assert {entry.details["by"] for entry in entries} == {"usr_anne", "usr_bert", ""}


def test_whoever_asked_cannot_approve_or_refuse(key, asked):
    with pytest.raises(SecondPersonNeeded):
        approve(request=asked, by=ANNE)
    with pytest.raises(SecondPersonNeeded):
        refuse(request=asked, by=ANNE, reason="no")

    asked.refresh_from_db()
    assert asked.status == "pending"
    assert state_at_the_bank(key) == KeyState.ENABLED


def test_the_database_itself_wants_two_people(asked):
    with pytest.raises(DatabaseError, match="custody_request_takes_two_people"), transaction.atomic():
        CustodyRequest.objects.filter(pk=asked.pk).update(decided_by=F("requested_by"), status="approved")
    with pytest.raises(DatabaseError, match="custody_request_is_decided_by_somebody"), transaction.atomic():
        CustodyRequest.objects.filter(pk=asked.pk).update(status="approved")


def test_a_refused_request_is_never_carried_out(key, asked):
    refuse(request=asked, by=BERT, reason="not needed")

    with pytest.raises(AlreadyDecided):
        approve(request=asked, by=BERT)
    with pytest.raises(AlreadyDecided):
        carry_out(request=asked)
    assert state_at_the_bank(key) == KeyState.ENABLED


def test_a_request_expires_after_an_hour(key, asked, monkeypatch):
    later = timezone.now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)

    with pytest.raises(RequestExpired):
        approve(request=asked, by=BERT)
    assert [expire_requests(), expire_requests()] == [1, 0]

    asked.refresh_from_db()
    assert asked.status == "expired"
    assert state_at_the_bank(key) == KeyState.ENABLED
    assert request_change(key=key, verb="revoke", reason="still", by=ANNE).is_open


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_counts(key, asked):
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def work(by: Person) -> None:
        together.wait()
        try:
            outcomes.append(carry_out(request=approve(request=CustodyRequest.objects.get(pk=asked.pk), by=by)).status)
        except AlreadyDecided:
            outcomes.append("decided already")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(Person(f"usr_{n}", n),)) for n in ("bert", "carl")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["decided already", "done"]
    assert kinds(key) == ["revoke.requested", "revoke.approved", "revoke.done"]


def test_carrying_out_twice_does_it_once(key, asked):
    approved(asked)

    carry_out(request=asked)

    assert kinds(key).count("revoke.done") == 1


def test_a_failure_at_the_bank_is_kept_and_tried_again(key, asked, custodian_server):
    custodian_server.is_down = True

    failed = approved(asked)

    assert (failed.status, failed.attempts) == ("failed", 1)
    assert "does not answer" in failed.error
    assert MerchantKey.objects.get(pk=key.pk).state == "enabled"
    custodian_server.is_down = False
    assert carry_out(request=failed).status == "done"
    assert kinds(key)[-2:] == ["revoke.failed", "revoke.done"]


def test_without_the_banks_credential_nothing_is_restored(acme, key, asked, settings):
    approved(asked)
    back = request_change(key=key, verb="restore", reason="lifted", by=BERT)
    settings.CUSTODIAN_BANK_TOKEN = ""

    failed = carry_out(request=approve(request=back, by=ANNE))

    assert failed.status == "failed"
    assert state_at_the_bank(key) == KeyState.DISABLED
    settings.CUSTODIAN_BANK_TOKEN = "bank"
    assert carry_out(request=failed).status == "done"
    keyring.require_open(acme.pk)


def test_a_restore_under_a_locked_master_key_is_no_success(key, asked, custodian_server):
    approved(asked)
    custodian_server.store.lock_master(is_locked=True)
    back = request_change(key=key, verb="restore", reason="lifted", by=BERT)

    failed = carry_out(request=approve(request=back, by=ANNE))

    assert failed.status == "failed"
    assert "master key" in failed.error


def test_what_was_approved_and_left_behind_is_carried_out_by_the_clock(key, asked, monkeypatch):
    approve(request=asked, by=BERT)
    assert tidy_custody() == 0  # whoever approved it may be at it

    later = timezone.now() + timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    tidy_custody()

    asked.refresh_from_db()
    assert asked.status == "done"


def test_a_lock_made_at_the_bank_itself_is_noticed_once(acme, key):
    keyring.require_open(acme.pk)
    custodian().disable(reference=key.reference)

    watch_keys()
    watch_keys()

    assert kinds(key) == ["found.disabled"]
    assert list(locked_directly()) == [key]
    with pytest.raises(MerchantKeyRevoked):
        keyring.require_open(acme.pk)


def test_a_key_that_the_bank_refuses_to_show_keeps_no_other_from_being_looked_at(acme, globex, key, monkeypatch):
    bank, others = custodian(), MerchantKey.objects.get(merchant_id=globex.pk)
    refused = key.reference

    def describe(*, reference):
        if reference == refused:
            raise CustodyRefused("not this one")
        return type(bank).describe(bank, reference=reference)

    monkeypatch.setattr(bank, "describe", describe)
    MerchantKey.objects.filter(pk=key.pk).update(state_at=timezone.now() - timedelta(days=1))  # longest unseen: first in the line
    bank.disable(reference=others.reference)

    watch_keys()

    assert kinds(others) == ["found.disabled"]
    assert kinds(key) == []


def test_a_silent_bank_is_no_news(key, custodian_server):
    custodian_server.is_down = True

    assert watch_keys() == 0
    with pytest.raises(CustodianSilent):
        look_at(key)
    assert kinds(key) == []


HISTORY = [
    "UPDATE vault_custodyevent SET text = 'never happened'", "DELETE FROM vault_custodyevent", "TRUNCATE vault_custodyevent CASCADE",
    "DELETE FROM vault_custodyrequest", "UPDATE vault_custodyrequest SET reason = 'another'",
    "UPDATE vault_custodyrequest SET requested_by = 'usr_somebody'", "UPDATE vault_custodyrequest SET status = 'pending', decided_by = ''",
    "UPDATE vault_custodyrequest SET decided_by = 'usr_somebody'",
]  # fmt: skip


@pytest.mark.parametrize("sql", HISTORY)
def test_history_holds_against_raw_sql(key, asked, sql):
    approved(asked)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert kinds(key) == ["revoke.requested", "revoke.approved", "revoke.done"]


def test_a_locked_key_is_not_rotated(key, asked):
    approved(asked)
    rotate = request_change(key=key, verb="reseal", reason="while locked", by=ANNE)

    assert carry_out(request=approve(request=rotate, by=BERT)).status == "failed"
    assert key.versions.count() == 1


def test_a_restore_left_behind_does_not_open_what_was_locked_later(key, custodian_server):
    approved(request_change(key=key, verb="revoke", reason="first lock", by=ANNE))
    restore = request_change(key=key, verb="restore", reason="settled", by=ANNE)
    custodian_server.is_down = True
    assert approved(restore).status == "failed"
    custodian_server.is_down = False

    approved(request_change(key=key, verb="revoke", reason="new court order", by=ANNE))
    with pytest.raises(RequestExpired):
        carry_out(request=restore)

    assert state_at_the_bank(key) == KeyState.DISABLED
    restore.refresh_from_db()
    assert restore.status == "expired"


def test_an_old_approval_opens_nothing_weeks_later_but_an_old_lock_still_locks(key, custodian_server):
    custodian_server.is_down = True
    lock = approved(request_change(key=key, verb="revoke", reason="court order", by=ANNE))
    reseal = approved(request_change(key=key, verb="rewrap", reason="yearly", by=ANNE))
    custodian_server.is_down = False
    CustodyRequest.objects.filter(pk__in=[lock.pk, reseal.pk]).update(decided_at=timezone.now() - timedelta(days=20))

    with pytest.raises(RequestExpired):
        carry_out(request=reseal)
    carry_out(request=lock)

    assert state_at_the_bank(key) == KeyState.DISABLED
