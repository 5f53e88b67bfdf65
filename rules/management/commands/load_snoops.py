from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import PlatformError
from rules.starting_set.files import starting_set
from rules.starting_set.load import load_snoops
from rules.starting_set.table import as_table


class Command(BaseCommand):
    help = "Bring in the Snoops that come with this release, approve them as the release, and publish. What people changed stays theirs. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--table", action="store_true", help="Only print the table for docs/snoops.md.")

    def handle(self, *args: Any, table: bool, **options: Any) -> None:
        if table:
            self.stdout.write(as_table(starting_set()))
            return
        try:
            self.stdout.write(load_snoops().message)
        except PlatformError as refused:
            raise CommandError(refused.message) from refused
