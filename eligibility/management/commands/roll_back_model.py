from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.registry.errors import RegistryRefused
from eligibility.registry.offices import roll_back_model


class Command(BaseCommand):
    help = "Make the model decide again that did before the live one was promoted. No restart."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", required=True, help="Who answers for it: a name.")
        parser.add_argument("--reason", required=True, help="Why, in at least two words; kept with the change.")
        parser.add_argument("--from", dest="instead_of", help="Only if this version is live: a repeat then goes back once.")

    def handle(self, *args: Any, by: str, reason: str, instead_of: str | None, **options: Any) -> None:
        try:
            row = roll_back_model(by=by, reason=reason, instead_of=instead_of)
        except RegistryRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{row.version} is live again.")
