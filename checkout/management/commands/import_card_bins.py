from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from checkout.bins.importing import apply_list, preview_list
from checkout.models import BinImport, BinPointer
from common.errors import PlatformError

SHOWN = 20


class Command(BaseCommand):
    help = "Read a list of card ranges (CSV or Excel), show what it would change, and with --apply make it the source's."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="The list; by default the file of CARD_BINS_FILE.")
        parser.add_argument("--source", default="", help="Whose list it is; by default what its column `source` says.")
        parser.add_argument("--apply", action="store_true", help="Apply it. Without this nothing changes.")
        parser.add_argument("--even-if-drastic", action="store_true", help="Apply it even if it ends a large part of the ranges.")
        parser.add_argument("--first", action="store_true", help="Do nothing where any list was applied before.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["first"] and BinPointer.objects.filter(number__gt=0).exists():
            self.stdout.write("A list of card ranges is in force already.")
            return
        file = options["file"] or Path(settings.CARD_BINS_FILE)
        try:
            content = file.read_bytes()
            made = preview_list(content=content, source=options["source"] or _source_in(content), filename=file.name)
            self._show(made)
            if options["apply"] or options["first"]:
                applied = apply_list(source=made, even_if_drastic=options["even_if_drastic"])
                self.stdout.write(f"Applied: the table of card ranges has number {applied.number}.")
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except PlatformError as refused:
            raise CommandError(refused.message) from refused

    def _show(self, made: BinImport) -> None:
        counts = ", ".join(f"{count:,} {what}" for what, count in made.counts.items())
        self.stdout.write(f"{made.filename}, source “{made.source}”, {made.rows_total:,} rows: {counts}.")
        for row, what in made.errors[:SHOWN]:
            self.stdout.write(f"  row {row}: {what}")
        for what, low, high, before, after in made.changes[:SHOWN]:
            self.stdout.write(f"  {what} {low}–{high}: {' → '.join(word for word in (before, after) if word)}")


def _source_in(content: bytes) -> str:
    """What the first row of a CSV with a column `source` says; else there must be --source."""
    heading, _, rest = content.decode("utf-8-sig", errors="replace").partition("\n")
    names = [name.strip() for name in heading.split(",")]
    cells = rest.partition("\n")[0].split(",")
    if "source" not in names or len(cells) < len(names):
        raise CommandError("Say whose list it is: --source NAME.")
    return cells[names.index("source")].strip()
