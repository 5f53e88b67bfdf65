"""Findings as CSV: out for other tools, in from an auditor's own list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from compliance.errors import ComplianceRefused, ImportRefused
from compliance.evidence.export import as_csv
from compliance.models import Finding
from compliance.services.findings import open_finding
from people.models import User

COLUMNS = ("external_id", "title", "framework", "control_id", "severity", "description", "owner", "due_on")
EXTRA = ("finding_id", "state", "risk_accepted_by", "created_on")
MAX_BYTES, MAX_ROWS = 1_000_000, 2_000


def findings_csv(findings: Iterable[Finding]) -> str:
    """What `import_findings` reads, with four columns more that it leaves alone."""
    return as_csv([*COLUMNS, *EXTRA], [_row(finding) for finding in findings])


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "external_id": finding.external_id or finding.public_id, "title": finding.title, "framework": finding.framework,
        "control_id": finding.control_id, "severity": finding.severity, "description": finding.description,
        "owner": finding.owner.public_id if finding.owner else "", "due_on": finding.due_on.isoformat(), "finding_id": finding.public_id,
        "state": finding.state, "risk_accepted_by": finding.approver.public_id if finding.approver else "",
        "created_on": finding.created_at.date().isoformat(),
    }  # fmt: skip


@transaction.atomic
def import_findings(*, content: bytes, by: User) -> tuple[int, int]:
    """Write down each row as a finding of `by`; returns (new, known already by its external_id). All rows or none."""
    new = known = 0
    for line, row in _rows(content):
        if (
            Finding.objects.filter(external_id=row["external_id"]).exists()
            or Finding.objects.filter(public_id=row["external_id"]).exists()
        ):
            known += 1
            continue
        try:
            open_finding(
                by=by, title=row["title"], framework=row["framework"], control_id=row["control_id"], severity=row["severity"],
                description=row["description"], due_on=date.fromisoformat(row["due_on"]), owner=_owner(row["owner"]), external_id=row["external_id"],
            )  # fmt: skip
        except (ValueError, ValidationError) as error:
            said = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise ImportRefused(f"Line {line}: {said} Nothing of the file was taken.") from error
        new += 1
    return new, known


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > MAX_BYTES:
        raise ImportRefused("The file is larger than 1 MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused("The file is not UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text.replace("\x00", "")))
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or [])]:
        raise ImportRefused(f"The file has no column {', '.join(missing)}.")
    try:
        rows = [(reader.line_num, {name: _clear(row[name] or "") for name in COLUMNS}) for row in reader]
    except csv.Error as error:
        raise ImportRefused(f"Line {reader.line_num} is no CSV: {error}.") from error
    if len(rows) > MAX_ROWS:
        raise ImportRefused(f"The file has more than {MAX_ROWS:,} rows.")
    if unnamed := next((line for line, row in rows if not row["external_id"]), None):
        raise ImportRefused(f"Line {unnamed} has no external_id, by which a repeat is known.")
    return rows


def _clear(text: str) -> str:
    """Without the apostrophe that `as_csv` puts before what a spreadsheet would run."""
    text = text.strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def _owner(public_id: str) -> User | None:
    if not public_id:
        return None
    found = User.objects.filter(public_id=public_id, is_active=True, is_staff=True).first()
    if found is None:
        raise ComplianceRefused(f"{public_id} is nobody of the staff.")
    return found
