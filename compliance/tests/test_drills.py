"""Restore drills: a real dump, a real restore, real checks; and the record of them."""

from __future__ import annotations

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from compliance import restore
from compliance.models import RestoreDrill
from compliance.restore import dsn, run_drill
from notices.models import Letter, Notice

FIELDS = ["--started-at", "2026-11-22T06:00", "--duration-s", "90", "--backup", "snapshot of 2026-11-21", "--by", "usr_1"]


def databases():
    with psycopg.connect(dsn()) as server:
        return {row[0] for row in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'drill%'").fetchall()}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_running_database_is_restored_and_checked_and_the_copy_dropped(acme, acme_owner, globex, risk, capsys):
    before = databases()

    call_command("restore_drill", "--by", "the test")

    drill = RestoreDrill.objects.get()
    checks = {check["name"]: check["passed"] for check in drill.checks}
    assert (drill.result, drill.performed_by) == ("passed", "the test")
    assert {"dump", "restore", "same rows", "migrate --check", "verify_integrity"} <= set(checks)
    assert all(checks.values())
    assert databases() == before == set()
    assert list(restore.settings.DATA_DIR.glob("drill-*")) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_copy_that_lacks_a_row_fails_the_drill(acme, globex, monkeypatch):
    real, before = restore._restore, databases()

    def lose_a_row(drill, dump, scratch):
        done = real(drill, dump, scratch)
        with psycopg.connect(dsn(scratch)) as copy:
            copy.execute("SET session_replication_role = replica")
            copy.execute("DELETE FROM merchants_merchant WHERE id = %s", [globex.pk])
        return done

    monkeypatch.setattr(restore, "_restore", lose_a_row)
    monkeypatch.setattr(restore, "CHECKS", ())

    drill = run_drill()

    assert not drill.passed
    assert ("same rows", False, "differ: merchants_merchant") in drill.checks
    assert databases() == before == set()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_dump_that_cannot_be_read_fails_the_drill(acme, monkeypatch):
    real = restore._restore

    def break_the_dump(drill, dump, scratch):
        dump.write_bytes(dump.read_bytes()[:2000])
        return real(drill, dump, scratch)

    monkeypatch.setattr(restore, "_restore", break_the_dump)

    drill = run_drill()

    assert [(name, passed) for name, passed, _ in drill.checks] == [("dump", True), ("restore", False)]
    assert not drill.passed


@pytest.mark.django_db
def test_a_drill_from_elsewhere_is_recorded_and_never_changed(capsys):
    call_command("record_restore_drill", *FIELDS, "--result", "passed")

    drill = RestoreDrill.objects.get()
    assert (drill.result, drill.duration_s, f"{drill.started_at:%Y-%m-%dT%H:%M%z}") == ("passed", 90, "2026-11-22T06:00+0000")
    for sql in ("UPDATE compliance_restoredrill SET result = 'passed'", "DELETE FROM compliance_restoredrill"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.django_db
def test_a_failed_drill_is_told_to_risk_at_once(risk, auditor):
    call_command("record_restore_drill", *FIELDS, "--result", "failed")

    assert list(Notice.objects.values_list("user__username", "topic")) == [("risk", "restore_drill.failed")]
    assert Letter.objects.get().is_urgent


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [("--started-at", "yesterday"), ("--backup", " "), ("--duration-s", "-1")])
def test_a_drill_that_says_too_little_is_refused(wrong):
    fields = [*FIELDS]
    fields[fields.index(wrong[0]) + 1] = wrong[1]

    with pytest.raises(CommandError):
        call_command("record_restore_drill", *fields, "--result", "passed")
    assert not RestoreDrill.objects.exists()


@pytest.mark.django_db
def test_the_admin_records_one_for_auditors_and_risk_alone(signed_in, risk, owner):
    url = reverse("admin:compliance_drill_form")
    given = {"started_at": "2026-11-22 06:00", "duration_minutes": "12", "backup": "snapshot", "result": "passed", "note": ""}

    assert signed_in(owner).post(url, given).status_code == 403
    assert signed_in(risk).post(url, given | {"backup": ""}).status_code == 200
    assert not RestoreDrill.objects.exists()
    assert signed_in(risk).post(url, given).status_code == 302

    assert RestoreDrill.objects.get().performed_by == risk.public_id
    assert (
        signed_in(risk).get(reverse("admin:compliance_restoredrill_change", args=[RestoreDrill.objects.get().pk])).status_code
        == 200
    )
