"""Write down a restore drill that was made elsewhere, such as from a provider's snapshot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.errors import ComplianceRefused
from compliance.services.drills import record_drill


class Command(BaseCommand):
    help = "Write down a restore drill that was made by hand or elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--started-at", required=True, help="ISO 8601; without a zone, UTC.")
        parser.add_argument("--duration-s", required=True, type=int)
        parser.add_argument("--backup", required=True, help="Which backup, and when it was taken.")
        parser.add_argument("--by", required=True, help="Who made it.")
        parser.add_argument("--result", required=True, choices=["passed", "failed"])
        parser.add_argument("--note", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            moment = datetime.fromisoformat(options["started_at"])
            drill = record_drill(
                started_at=moment if moment.tzinfo else moment.replace(tzinfo=UTC), duration_s=options["duration_s"], backup=options["backup"],
                performed_by=options["by"], passed=options["result"] == "passed", method="by hand", note=options["note"],
            )  # fmt: skip
        except (ComplianceRefused, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Recorded as {drill.public_id}.")
