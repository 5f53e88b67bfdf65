from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from common.request_context import Actor, acting_as, request_id
from common.transactions import write_waiting
from vault.audit.deeds import Deed
from vault.audit.models import AuditChain, AuditEntry
from vault.audit.sealing import CONTENT, known_keys, seal, sealed_text
from vault.audit.services import record, record_many


def note(subject_id: str = "cs_1", **fields: Any) -> None:
    record(action="session.created", subject="checkout.CheckoutSession", subject_id=subject_id, **fields)


@transaction.atomic
def noted_and_refused(subject_id: str) -> None:
    note(subject_id)
    raise ValueError("no")


@transaction.atomic
def changed_and_noted(at_the_end: str = "") -> None:
    AuditChain.objects.filter(number=0).update(length=5, head=b"x")
    note()
    if at_the_end:
        write_waiting()
        with connection.cursor() as cursor:
            cursor.execute(at_the_end)


def seal_fits(entry: AuditEntry) -> bool:
    content = {name: getattr(entry, name) for name in CONTENT}
    text = sealed_text(chain=entry.chain, sequence=entry.sequence, previous=bytes(entry.previous), at=entry.at, content=content)
    return seal(known_keys()[entry.key], text) == bytes(entry.seal)


@pytest.mark.django_db
def test_an_entry_says_who_did_what_to_whose_data_and_why():
    mark = request_id.set("req_1")
    with acting_as(Actor("user", "usr_1", "support", "192.0.2.7")):
        note(merchant_id=7, person_id="shp_1", fields=("email",), details={"count": 2, "why": ["a", None]}, reason="Ticket 12")
    request_id.reset(mark)

    entry = AuditEntry.objects.get()
    assert {name: getattr(entry, name) for name in CONTENT} == {
        "actor_kind": "user", "actor_id": "usr_1", "actor_role": "support", "address": "192.0.2.7", "action": "session.created",
        "subject": "checkout.CheckoutSession", "subject_id": "cs_1", "merchant_id": 7, "person_id": "shp_1", "fields": ["email"],
        "details": {"count": 2, "why": ["a", None]}, "reason": "Ticket 12", "request_id": "req_1",
    }  # fmt: skip
    assert entry.sequence == 1
    assert seal_fits(entry)
    assert bytes(AuditChain.objects.get(number=entry.chain).head) == bytes(entry.seal)


@pytest.mark.django_db
def test_several_entries_follow_each_other_in_one_chain():
    record_many(Deed("session.created", "checkout.CheckoutSession", f"cs_{n}") for n in range(3))

    first, second, third = AuditEntry.objects.order_by("sequence")
    assert [e.subject_id for e in (first, second, third)] == ["cs_0", "cs_1", "cs_2"]
    assert len({e.chain for e in (first, second, third)}) == 1
    assert bytes(second.previous) == bytes(first.seal)
    assert bytes(third.previous) == bytes(second.seal)
    assert AuditChain.objects.get(number=first.chain).length == 3


@pytest.mark.django_db(transaction=True)
def test_the_entries_of_a_transaction_are_written_with_it_in_two_statements(django_assert_num_queries: Any):
    with django_assert_num_queries(5), transaction.atomic():  # BEGIN, the query, look for a chain, append, COMMIT
        note("cs_1")
        AuditEntry.objects.count()
        note("cs_2")
        note("cs_3")

    assert AuditEntry.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_entry():
    with pytest.raises(ValueError, match="no"):
        noted_and_refused("cs_1")

    assert not AuditEntry.objects.exists()
    note("cs_2")
    assert AuditEntry.objects.get().subject_id == "cs_2"


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_rolled_back_leaves_no_entry_and_the_rest_its_own():
    with transaction.atomic():
        note("cs_before")
        with pytest.raises(ValueError, match="no"):
            noted_and_refused("cs_inside")
        note("cs_after")

    assert list(AuditEntry.objects.order_by("id").values_list("subject_id", flat=True)) == ["cs_before", "cs_after"]


@pytest.mark.django_db(transaction=True)
def test_a_change_whose_entry_cannot_be_written_does_not_happen(monkeypatch: Any):
    monkeypatch.setattr("vault.audit.chains.sealing_key", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        changed_and_noted()

    assert AuditChain.objects.get(number=0).length == 0
    monkeypatch.undo()
    note()
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_before_the_commit_leaves_neither_change_nor_entry():
    with pytest.raises(DatabaseError):
        changed_and_noted("SELECT pg_terminate_backend(pg_backend_pid())")

    assert AuditChain.objects.get(number=0).length == 0
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_whole_chains():
    def work(who: int) -> None:
        try:
            for round_ in range(10):
                with transaction.atomic():
                    note(f"cs_{who}_{round_}")
                    note(f"pay_{who}_{round_}")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert AuditEntry.objects.count() == 400
    assert sum(AuditChain.objects.values_list("length", flat=True)) == 400
    for chain in AuditChain.objects.exclude(length=0):
        entries = list(AuditEntry.objects.filter(chain=chain.number).order_by("sequence"))
        assert [entry.sequence for entry in entries] == list(range(1, chain.length + 1))
        assert [bytes(entry.previous) for entry in entries] == [b"", *(bytes(entry.seal) for entry in entries[:-1])]
        assert all(map(seal_fits, entries))
        assert bytes(chain.head) == bytes(entries[-1].seal)


@pytest.mark.django_db(transaction=True)
def test_whoever_finds_every_chain_taken_waits_for_one():
    waiting, done = threading.Event(), threading.Event()

    def work() -> None:
        try:
            waiting.set()
            note()
            done.set()
        finally:
            connection.close()

    with transaction.atomic():
        list(AuditChain.objects.select_for_update())
        other = threading.Thread(target=work)
        other.start()
        waiting.wait(5)
        with connection.cursor() as cursor:  # until the other stands before our lock
            for _ in range(500):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
                cursor.execute("SELECT pg_sleep(0.01)")
        assert not done.is_set()
    other.join(10)

    assert AuditEntry.objects.get().subject_id == "cs_1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vault_auditentry SET reason = 'x'",
        "DELETE FROM vault_auditentry",
        "TRUNCATE vault_auditentry",
        "DELETE FROM vault_auditchain",
        "TRUNCATE vault_auditchain",
        "UPDATE vault_auditchain SET length = 0, head = '' WHERE length > 0",
    ],
)
def test_the_database_refuses_to_change_the_trail(statement: str):
    note()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_odd_text_is_kept_as_far_as_it_can_be():
    note("cs_\x00\ud800", details={"n": 10**12, "odd": "\x00é", "cents": 1.5, "set": {"b", "a"}}, reason="r" * 600)

    entry = AuditEntry.objects.get()
    assert entry.subject_id == "cs_?"
    assert entry.details == {"n": 10**12, "odd": "é", "cents": "1.5", "set": ["a", "b"]}
    assert len(entry.reason) == 500
    assert seal_fits(entry)
