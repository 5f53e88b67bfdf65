"""Write the evidence of a period into one ZIP."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.errors import ComplianceRefused
from compliance.evidence.export import export_evidence


class Command(BaseCommand):
    help = "Write what auditors ask for into one ZIP: JSON, CSV, schemas, manifest. Days are UTC, both included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", required=True, type=date.fromisoformat, help="First day, YYYY-MM-DD.")
        parser.add_argument("--to", dest="until", required=True, type=date.fromisoformat, help="Last day.")
        parser.add_argument("--out", required=True, type=Path)
        parser.add_argument(
            "--with-emails", action="store_true", help="Hold people's e-mail addresses; said in the manifest and the audit trail."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = (
            datetime.combine(day, time.min, tzinfo=UTC) for day in (options["since"], options["until"] + timedelta(days=1))
        )
        out: Path = options["out"]
        try:
            descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{out} cannot be made: {error.strerror}.") from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                manifest = export_evidence(since=since, until=until, to=file, with_emails=options["with_emails"])
        except ComplianceRefused as error:
            out.unlink()
            raise CommandError(str(error)) from error
        rows = sum(file["rows"] or 0 for file in manifest["files"] if file["name"].endswith(".json"))
        self.stdout.write(f"{rows:,} rows in {len(manifest['files'])} files: {out}")
