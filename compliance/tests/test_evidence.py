"""The evidence file: whole, true to its schemas and digests, and without addresses unless asked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from axes.models import AccessFailureLog
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from compliance.evidence.export import as_csv, export_evidence
from compliance.evidence.sections import SECTIONS
from compliance.services.drills import record_drill
from compliance.services.findings import take_step
from compliance.services.reviews import decide, open_review
from merchants.keys.services import create_api_key
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


def exported(**more):
    file = io.BytesIO()
    now = timezone.now()
    manifest = export_evidence(since=now - timedelta(days=1), until=now + timedelta(days=1), to=file, **more)
    return manifest, zipfile.ZipFile(file)


@pytest.fixture
def platform(acme, acme_owner, globex_owner, auditor, risk, finding):
    """A little of everything that evidence tells of."""
    create_api_key(merchant=acme, kind="secret", name="Till")
    take_step(finding=finding, step="remediate", by=risk, note="Done.")
    record_drill(
        started_at=timezone.now(),
        duration_s=60,
        backup="b",
        performed_by="job",
        passed=True,
        method="pg_dump",
        checks=[{"name": "rows", "passed": True, "detail": ""}],
    )
    review = open_review(by=risk)
    decide(line=review.lines.get(subject_id=acme_owner.public_id), by=risk, verdict="confirmed")
    for name in (acme_owner.public_id, "my password by mistake"):
        AccessFailureLog.objects.create(username=name, ip_address="192.0.2.1", user_agent="x", http_accept="x", path_info="/")


def test_every_section_keeps_its_schema_and_its_csv_says_the_same(platform):
    _, archive = exported()

    filled = set()
    for section in SECTIONS:
        rows = json.loads(archive.read(f"{section.name}.json"))
        jsonschema.validate(rows, json.loads(archive.read(f"schemas/{section.name}.schema.json")))
        table = list(csv.DictReader(io.StringIO(archive.read(f"{section.name}.csv").decode())))
        assert [set(row) for row in table] == [set(section.columns)] * len(rows)
        if rows:
            filled.add(section.name)
    assert filled >= {
        "people",
        "memberships",
        "api_keys",
        "findings",
        "access_reviews",
        "restore_drills",
        "failed_sign_ins",
        "sensitive_reads",
    }


def test_the_manifest_holds_the_digest_of_every_file(platform):
    manifest, archive = exported()

    assert json.loads(archive.read("manifest.json")) == manifest
    assert {file["name"] for file in manifest["files"]} | {"manifest.json"} == set(archive.namelist())
    for file in manifest["files"]:
        assert hashlib.sha256(archive.read(file["name"])).hexdigest() == file["sha256"]


def test_no_address_and_no_typed_name_is_in_it_unless_asked(platform, acme_owner):
    _, archive = exported()
    text = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "acme.example" not in text
    assert "platform.example" not in text
    assert "my password by mistake" not in text
    assert '"unknown account"' in text

    manifest, with_emails = exported(with_emails=True)

    assert manifest["holds_email_addresses"] is True
    assert acme_owner.email in with_emails.read("people.json").decode()


def test_an_export_is_itself_in_the_audit_trail(platform):
    exported(with_emails=True)

    entry = AuditEntry.objects.get(action="evidence.exported")
    assert entry.fields == ["email"]
    assert set(entry.details) == {"from", "to"}


def test_only_the_period_is_told(platform):
    file = io.BytesIO()
    past = datetime(2020, 1, 1, tzinfo=UTC)
    export_evidence(since=past, until=past + timedelta(days=1), to=file)
    archive = zipfile.ZipFile(file)

    for name in ("findings", "access_reviews", "restore_drills", "failed_sign_ins", "admin_changes", "releases"):
        assert json.loads(archive.read(f"{name}.json")) == [], name
    assert json.loads(archive.read("people.json"))  # access is as it stands


def test_a_spreadsheet_runs_nothing_of_it():
    assert as_csv(["a", "b"], [{"a": "=1+1", "b": "@x"}, {"a": "-1", "b": True}]) == "a,b\r\n'=1+1,'@x\r\n'-1,true\r\n"


def test_the_command_writes_a_private_file_once(platform, tmp_path, capsys):
    out = tmp_path / "evidence.zip"
    call_command("export_evidence", "--from", "2026-01-01", "--to", "2026-12-31", "--out", str(out))

    assert out.stat().st_mode & 0o777 == 0o600
    assert zipfile.ZipFile(out).testzip() is None
    with pytest.raises(CommandError, match="cannot be made"):
        call_command("export_evidence", "--from", "2026-01-01", "--to", "2026-12-31", "--out", str(out))
    with pytest.raises(CommandError, match="ends before"):
        call_command("export_evidence", "--from", "2026-12-31", "--to", "2026-01-01", "--out", str(tmp_path / "other.zip"))
    assert not (tmp_path / "other.zip").exists()


def test_the_admins_button_gives_auditors_the_file_and_nobody_else(signed_in, platform, auditor, risk):
    url = reverse("admin:compliance_evidence_export")
    period = {"since": "2026-01-01", "until": "2027-12-31"}

    assert signed_in(risk).post(url, period).status_code == 403
    assert signed_in(auditor).get(url).status_code == 200
    answer = signed_in(auditor).post(url, period)

    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert "manifest.json" in archive.namelist()
    assert signed_in(auditor).post(url, {"since": "2026-02-01", "until": "2026-01-01"}).status_code == 200  # says what is wrong
