"""One ZIP of evidence: each section as JSON and CSV, its schema, and a manifest with the SHA-256 of every file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.utils import timezone

from common.scopes import across_merchants
from compliance.errors import ComplianceRefused
from compliance.evidence.sections import SECTIONS, Period, Row, stamp
from vault.audit.services import record

FORMAT = "fsa-platform-evidence/1"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_evidence(*, since: datetime, until: datetime, to: IO[bytes], with_emails: bool = False) -> dict[str, Any]:
    """Write the file and return its manifest. The export itself is written into the audit trail before anything is read."""
    if since >= until:
        raise ComplianceRefused("The period ends before it begins.")
    period = Period(since, until)
    record(
        action="evidence.exported", subject="compliance.Evidence", subject_id=FORMAT, fields=["email"] if with_emails else [],
        details={"from": stamp(since), "to": stamp(until)},
    )  # fmt: skip
    files: list[dict[str, Any]] = []
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive, across_merchants("evidence is of the whole platform"):
        for section in SECTIONS:
            rows = list(section.rows(period, with_emails))
            _put(archive, files, f"{section.name}.json", json.dumps(rows, indent=1, ensure_ascii=False), len(rows))
            _put(archive, files, f"{section.name}.csv", as_csv(list(section.columns), rows), len(rows))
            _put(
                archive,
                files,
                f"schemas/{section.name}.schema.json",
                json.dumps(section.schema(), indent=1, ensure_ascii=False),
                None,
            )
        manifest = {
            "format": FORMAT, "environment": settings.ENVIRONMENT, "from": stamp(since), "to": stamp(until), "made_at": stamp(timezone.now()),
            "holds_email_addresses": with_emails, "files": files,
        }  # fmt: skip
        archive.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
    return manifest


def _put(archive: zipfile.ZipFile, files: list[dict[str, Any]], name: str, text: str, rows: int | None) -> None:
    content = text.encode()
    archive.writestr(name, content)
    files.append({"name": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "rows": rows})


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """RFC 4180 with a heading; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
