from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.registry.errors import RegistryRefused
from eligibility.registry.offices import start_shadow, stop_shadow


class Command(BaseCommand):
    help = "Let a registered model judge live traffic silently beside the live one; --stop ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", nargs="?")
        parser.add_argument("--stop", action="store_true")
        parser.add_argument("--by", required=True, help="Who answers for it: a name.")
        parser.add_argument("--reason", required=True, help="Why, in at least two words; kept with the change.")

    def handle(self, *args: Any, version: str | None, stop: bool, by: str, reason: str, **options: Any) -> None:
        if bool(version) == stop:
            raise CommandError("Name a version, or say --stop.")
        try:
            if version:
                start_shadow(version=version, by=by, reason=reason)
            else:
                stop_shadow(by=by, reason=reason)
        except RegistryRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{version} is in shadow." if version else "No model is in shadow.")
