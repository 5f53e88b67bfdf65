"""Compare clearing files with what was booked."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from checkout.clearing.take import ClearingFileConflict, Taken, take_file, take_folder
from checkout.network.clearing_file import ClearingFileBroken
from common.scopes import across_merchants


class Command(BaseCommand):
    help = "Take clearing files and open a case for each difference from what was booked. A file that was taken before changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="files to take (default: all in CLEARING_DIR)")

    @across_merchants("a clearing file is about every merchant")
    def handle(self, *args: Any, **options: Any) -> None:
        if not options["files"]:
            self._take_folder()
            return
        try:
            for path in options["files"]:
                self.stdout.write(_sentence(take_file(name=path.name, content=path.read_bytes())))
        except (ClearingFileBroken, ClearingFileConflict) as refused:
            raise CommandError(str(refused)) from None
        except OSError as missing:
            raise CommandError(f"{missing.filename} cannot be read: {missing.strerror}.") from None

    def _take_folder(self) -> None:
        folder = take_folder(settings.CLEARING_DIR)
        for taken in folder.taken:
            self.stdout.write(_sentence(taken))
        if folder.refusals:
            raise CommandError("\n".join(folder.refusals))
        if not folder.taken:
            self.stdout.write(f"No new file in {settings.CLEARING_DIR}.")


def _sentence(taken: Taken) -> str:
    file = taken.file
    before = "" if taken.is_new else " (taken before)"
    return f"{file.name}{before}: {file.line_count:,} lines, {file.matched_count:,} matched, {file.case_count:,} cases opened."
