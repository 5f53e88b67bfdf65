"""`manage.py export_audit --from 2026-11-01 --to 2026-11-30 [--merchant mer_…] folder`: the trail in files that can be checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.models import Merchant
from portal.audit.selectors import day_range
from vault.audit.export import export_trail, public_key


class Command(BaseCommand):
    help = "Export the audit trail of some days (UTC, both included) as JSON lines with a signed manifest; see docs/audit.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", help="Where to write; made if it does not exist.")
        parser.add_argument("--from", dest="first", default="", help="First day, such as 2026-11-01.")
        parser.add_argument("--to", dest="last", default="", help="Last day.")
        parser.add_argument("--merchant", default="", help="Only what concerns this merchant (mer_…).")
        parser.add_argument("--public-key", action="store_true", help="Print the key that checks signatures, and stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["public_key"]:
            self.stdout.write(public_key())
            return
        days = day_range(options["first"], options["last"])
        if days is None or not options["folder"]:
            raise CommandError("Name a folder, and the days with --from and --to, such as --from 2026-11-01 --to 2026-11-30.")
        merchant = Merchant.objects.filter(public_id=options["merchant"]).first()
        if options["merchant"] and merchant is None:
            raise CommandError(f"There is no merchant {options['merchant']}.")
        manifest = export_trail(
            folder=Path(options["folder"]), first=days[0], last=days[1], merchant_id=merchant.pk if merchant else None,
            merchant=options["merchant"],
        )  # fmt: skip
        self.stdout.write(f"{manifest['entries']:,} entries written to {options['folder']}.")
