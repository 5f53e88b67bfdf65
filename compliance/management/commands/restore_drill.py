"""Prove that the running database can be restored: see compliance/restore.py."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.errors import DrillImpossible
from compliance.restore import run_drill
from compliance.services.drills import record_drill


class Command(BaseCommand):
    help = "Dump the database, restore it beside the running one, check it there, write down the result. Ends with 1 if anything failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", default="restore_drill", help="Who runs it: stands in the record.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drill = run_drill()
        except DrillImpossible as error:
            raise CommandError(str(error)) from error
        for name, passed, detail in drill.checks:
            self.stdout.write(f"{'passed' if passed else 'FAILED'}  {name}: {detail}")
        kept = record_drill(
            started_at=drill.started_at, duration_s=drill.duration_s, backup=drill.backup, backup_taken_at=drill.started_at,
            performed_by=options["by"], passed=drill.passed, method="pg_dump",
            checks=[{"name": name, "passed": passed, "detail": detail} for name, passed, detail in drill.checks],
        )  # fmt: skip
        self.stdout.write(f"{'Passed' if drill.passed else 'FAILED'} in {drill.duration_s} s, recorded as {kept.public_id}.")
        if not drill.passed:
            sys.exit(1)
