from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from vault.audit.anchors import anchor_files, write_anchor
from vault.audit.checks import open_faults
from vault.audit.models import AuditChain, AuditCheck, AuditEntry
from vault.audit.services import record
from vault.audit.tasks import anchor_audit_trail, verify_audit_trail
from vault.audit.verification import verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_chain(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Every append takes chain 5, so that neighbours are known."""
    settings.AUDIT_ANCHOR_DIR = tmp_path / "anchors"
    monkeypatch.setattr("vault.audit.chains.random.randrange", lambda chains: 64 - 5)


@pytest.fixture
def five() -> list[AuditEntry]:
    write(5)
    return list(AuditEntry.objects.filter(chain=5).order_by("sequence"))


def write(count: int) -> None:
    for n in range(count):
        record(action="payment.captured", subject="checkout.Payment", subject_id=f"pay_{n}", details={"amount_cents": 100})


def as_superuser(*statements: str) -> None:
    """SQL of somebody who owns the database: triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_trail_that_nobody_touched_is_whole(five: list[AuditEntry]):
    write_anchor()

    report = verify()

    assert (report.entries, report.anchors, report.faults, report.notices) == (5, 1, [], [])


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'none'", "subject_id = 'pay_9'", "actor_id = 'usr_x'", "actor_role = 'x'", "actor_kind = 'user'", "address = '::1'",
        "action = 'payment.voided'", "subject = 'x'", "merchant_id = 1", "person_id = 'shp_1'", "fields = '{email}'",
        """details = '{"amount_cents": 99}'""", "request_id = 'req_1'", "at = at + interval '1 microsecond'",
    ],
)  # fmt: skip
def test_an_edited_entry_is_found(five: list[AuditEntry], change: str):
    as_superuser(f"UPDATE vault_auditentry SET {change} WHERE id = {five[2].pk}")

    assert verify().faults == [f"chain 5, entry 3 (row {five[2].pk}): does not fit its seal: edited, moved or forged"]


def test_an_entry_with_another_seal_is_found_with_its_neighbour(five: list[AuditEntry]):
    as_superuser(f"UPDATE vault_auditentry SET seal = decode(repeat('ab', 32), 'hex') WHERE id = {five[2].pk}")

    assert verify().faults == [
        f"chain 5, entry 3 (row {five[2].pk}): does not fit its seal: edited, moved or forged",
        f"chain 5, entry 4 (row {five[3].pk}): does not follow the entry before it",
    ]


def test_a_removed_entry_is_found(five: list[AuditEntry]):
    as_superuser(f"DELETE FROM vault_auditentry WHERE id = {five[1].pk}")

    assert verify().faults == ["chain 5, entry 2: removed, or moved elsewhere"]


def test_a_removed_entry_is_found_though_the_rest_moved_up(five: list[AuditEntry]):
    as_superuser(
        f"DELETE FROM vault_auditentry WHERE id = {five[1].pk}",
        *[f"UPDATE vault_auditentry SET sequence = {n} WHERE id = {five[n].pk}" for n in (2, 3, 4)],
        "UPDATE vault_auditchain SET length = 4 WHERE number = 5",
    )

    faults = verify().faults
    assert f"chain 5, entry 2 (row {five[2].pk}): does not follow the entry before it" in faults
    assert f"chain 5, entry 2 (row {five[2].pk}): does not fit its seal: edited, moved or forged" in faults


def test_entries_that_changed_places_are_found(five: list[AuditEntry]):
    as_superuser(
        f"UPDATE vault_auditentry SET sequence = 99 WHERE id = {five[1].pk}",
        f"UPDATE vault_auditentry SET sequence = 2 WHERE id = {five[2].pk}",
        f"UPDATE vault_auditentry SET sequence = 3 WHERE id = {five[1].pk}",
    )

    faults = verify().faults
    assert {f"row {five[n].pk}" for n in (1, 2)} == {f.split("(")[1].split(")")[0] for f in faults if "does not fit" in f}


COPY = """
INSERT INTO vault_auditentry (chain, sequence, at, actor_kind, actor_id, actor_role, address, action, subject, subject_id, merchant_id,
    person_id, fields, details, reason, request_id, key, previous, seal)
SELECT {chain}, {sequence}, at, actor_kind, actor_id, actor_role, address, action, subject, subject_id, merchant_id, person_id, fields,
    details, reason, request_id, key, previous, seal FROM vault_auditentry WHERE id = {row}
"""


def test_an_inserted_entry_is_found(five: list[AuditEntry]):
    as_superuser(COPY.format(chain=5, sequence=6, row=five[4].pk), "UPDATE vault_auditchain SET length = 6 WHERE number = 5")

    row = AuditEntry.objects.get(chain=5, sequence=6).pk
    assert verify().faults == [
        f"chain 5, entry 6 (row {row}): does not follow the entry before it",
        f"chain 5, entry 6 (row {row}): does not fit its seal: edited, moved or forged",
    ]


def test_an_entry_inserted_beside_another_is_found(five: list[AuditEntry]):
    as_superuser(
        "ALTER TABLE vault_auditentry DROP CONSTRAINT audit_entry_place", COPY.format(chain=5, sequence=3, row=five[2].pk)
    )

    faults = verify().faults
    assert len(faults) == 1
    assert "stands at a place that is taken: it was inserted" in faults[0]


def test_an_entry_beyond_the_head_is_found(five: list[AuditEntry]):
    as_superuser(COPY.format(chain=5, sequence=7, row=five[4].pk))

    row = AuditEntry.objects.get(chain=5, sequence=7).pk
    assert verify().faults == [
        f"chain 5, entry 7 (row {row}): its chain's head does not count it: inserted, or the head was wound back"
    ]


def test_an_entry_in_a_chain_that_does_not_exist_is_found(five: list[AuditEntry]):
    as_superuser(COPY.format(chain=64, sequence=1, row=five[4].pk))

    row = AuditEntry.objects.get(chain=64).pk
    assert verify().faults == [f"chain 64, entry 1 (row {row}): its chain does not exist"]


def test_an_entry_moved_to_another_chain_is_found_at_both(five: list[AuditEntry]):
    as_superuser(
        f"UPDATE vault_auditentry SET chain = 6, sequence = 1, previous = '' WHERE id = {five[4].pk}",
        "UPDATE vault_auditchain SET length = 1, head = (SELECT seal FROM vault_auditentry WHERE chain = 6) WHERE number = 6",
    )

    assert verify().faults == [
        "chain 5, entry 5: the tail was cut",
        f"chain 6, entry 1 (row {five[4].pk}): does not fit its seal: edited, moved or forged",
    ]


def test_a_tail_that_was_cut_is_found(five: list[AuditEntry]):
    as_superuser("DELETE FROM vault_auditentry WHERE sequence > 2")

    assert verify().faults == ["chain 5, entries 3 to 5: the tail was cut"]


def test_a_head_that_was_wound_back_is_found(five: list[AuditEntry]):
    as_superuser(
        "UPDATE vault_auditchain SET length = 3, head = (SELECT seal FROM vault_auditentry WHERE sequence = 3) WHERE number = 5"
    )

    assert [fault.split(": ", 1)[1] for fault in verify().faults] == [
        "its chain's head does not count it: inserted, or the head was wound back"
    ] * 2


def test_a_head_with_another_seal_is_found(five: list[AuditEntry]):
    as_superuser("UPDATE vault_auditchain SET head = decode(repeat('ab', 32), 'hex') WHERE number = 5")

    assert verify().faults == ["chain 5: its head does not fit its last entry"]


def test_a_chain_that_is_gone_is_found(five: list[AuditEntry]):
    as_superuser("DELETE FROM vault_auditchain WHERE number = 9")

    assert verify().faults == ["chain 9 is gone"]


CUT = (
    "DELETE FROM vault_auditentry WHERE sequence > 3",
    "UPDATE vault_auditchain SET length = 3, head = (SELECT seal FROM vault_auditentry WHERE chain = 5 AND sequence = 3) WHERE number = 5",
)


def test_a_tail_cut_together_with_its_head_is_found_by_the_anchor(five: list[AuditEntry]):
    write_anchor()
    as_superuser(*CUT)

    (fault,) = verify().faults
    assert fault.startswith("chain 5, entry 5: the anchor of ")
    assert fault.endswith("knows one that is gone: the tail was cut, or the head wound back")


def test_a_tail_that_was_cut_is_found_though_the_chain_grew_on(five: list[AuditEntry]):
    write_anchor()
    as_superuser(*CUT)
    write(4)
    write_anchor()

    (fault,) = verify().faults
    assert fault.endswith("knows another one: the chain was rewritten")


def test_a_whole_trail_that_was_emptied_is_found(five: list[AuditEntry]):
    write_anchor()
    as_superuser("DELETE FROM vault_auditentry", "UPDATE vault_auditchain SET length = 0, head = ''")

    assert len(verify().faults) == 1


def test_a_clock_that_ran_back_is_noticed(five: list[AuditEntry], monkeypatch: Any):
    from vault.audit import chains

    monkeypatch.setattr(
        chains, "TAKE_FREE", chains.TAKE_FREE.replace("clock_timestamp()", "clock_timestamp() - interval '1 hour'")
    )
    write(1)

    report = verify()
    assert report.faults == []
    assert report.notices[0] == f"chain 5, entry 6 (row {AuditEntry.objects.get(sequence=6).pk}): the clock ran back by 3600 s"


def test_without_an_anchor_the_report_says_so(five: list[AuditEntry]):
    assert verify().notices == ["there is no anchor: a tail that was cut together with its head would not be found"]


@pytest.mark.parametrize("since", [0, 1], ids=["none since", "written anew since"])
def test_anchors_that_were_all_removed_are_found_by_what_the_last_check_read(five: list[AuditEntry], since: int):
    write_anchor()
    write(1)
    write_anchor()
    verify_audit_trail()
    for file in anchor_files():
        file.unlink()
    for _ in range(since):
        write_anchor()

    assert verify().faults == [f"{2 - since} anchors are gone: an earlier check read 2, and now there are {since}"]


def test_entries_cut_together_with_head_and_anchors_are_found_if_a_check_had_read_them(five: list[AuditEntry], monkeypatch: Any):
    monkeypatch.setattr("vault.audit.chains.random.randrange", lambda chains: 64 - 6)
    verify_audit_trail()
    as_superuser(*CUT)

    assert verify().faults == ["1 entries are gone: an earlier check read 5, and now there are 4"]


def test_entries_of_an_old_key_stay_verifiable_while_the_list_holds_it(five: list[AuditEntry], settings: Any):
    write_anchor()
    old = settings.FIELD_ENCRYPTION_KEY
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode(), *old]
    write(2)
    write_anchor()

    assert verify().faults == []
    assert len(set(AuditEntry.objects.values_list("key", flat=True))) == 2

    settings.FIELD_ENCRYPTION_KEY = settings.FIELD_ENCRYPTION_KEY[:1]
    faults = verify().faults
    assert len([f for f in faults if "which FIELD_ENCRYPTION_KEY does not hold" in f]) == 5
    assert len([f for f in faults if "which FIELD_ENCRYPTION_KEY no longer holds" in f]) == 1


def test_an_anchor_is_written_when_a_chain_moved_and_each_quiet_hour(five: list[AuditEntry], monkeypatch: Any):
    assert anchor_audit_trail() is True
    assert anchor_audit_trail() is False
    write(1)
    assert anchor_audit_trail() is True

    monkeypatch.setattr("vault.audit.anchors.QUIET", timedelta(0))
    assert write_anchor() is True
    assert verify().anchors == 3


def tampered(change: Any) -> list[str]:
    (path,) = anchor_files()
    lines = path.read_text().splitlines()
    path.write_text("".join(f"{line}\n" for line in change(lines)))
    return verify().faults


def test_an_edited_anchor_is_found(five: list[AuditEntry]):
    write_anchor()

    def shorten(lines: list[str]) -> list[str]:
        body = json.loads(lines[0])
        body["heads"]["5"][0] = 3
        return [json.dumps(body)]

    assert [fault.split(" ", 2)[2] for fault in tampered(shorten)] == ["does not fit its seal: it was edited"]


def test_a_removed_anchor_is_found(five: list[AuditEntry]):
    for _ in range(3):
        write_anchor()
        write(1)

    assert [fault.split(" ", 2)[2] for fault in tampered(lambda lines: [lines[0], lines[2]])] == [
        "does not follow the line before it: lines are missing"
    ]


def test_an_anchor_that_is_no_anchor_is_found(five: list[AuditEntry]):
    write_anchor()

    assert any("cannot be read" in fault for fault in tampered(lambda lines: [*lines, "rubbish"]))


def test_the_command_names_the_fault_and_fails(five: list[AuditEntry]):
    out = StringIO()
    call_command("verify_audit", stdout=out, stderr=StringIO())
    assert "5 entries and 0 anchors are whole." in out.getvalue()

    as_superuser(f"UPDATE vault_auditentry SET reason = 'x' WHERE id = {five[0].pk}")

    out = StringIO()
    with pytest.raises(CommandError, match="1 faults in 6 entries"):  # one more: the first check is itself on record
        call_command("verify_audit", stdout=out, stderr=StringIO())
    assert f"Fault: chain 5, entry 1 (row {five[0].pk}): does not fit its seal" in out.getvalue()


def test_the_nightly_check_keeps_what_it_found_and_is_on_record(five: list[AuditEntry], caplog: Any):
    assert verify_audit_trail() == 0
    assert open_faults() == 0
    as_superuser(f"DELETE FROM vault_auditentry WHERE id = {five[0].pk}")

    assert verify_audit_trail() == 1

    assert open_faults() == 1
    assert AuditCheck.objects.last().faults == ["chain 5, entry 1: removed, or moved elsewhere"]
    assert ("CRITICAL", "audit trail: chain 5, entry 1: removed, or moved elsewhere") in [
        (r.levelname, r.message) for r in caplog.records
    ]
    assert AuditEntry.objects.filter(action="audit.verified", actor_id="vault.verify_audit_trail").count() == 2


def test_batches_join_without_a_gap(monkeypatch: Any):
    monkeypatch.setattr("vault.audit.verification.BATCH", 2)
    write(7)
    seen: list[int] = []

    report = verify(progress=seen.append)

    assert (report.entries, report.faults, seen) == (7, [], [2, 4, 6])
    assert AuditChain.objects.get(number=5).length == 7
