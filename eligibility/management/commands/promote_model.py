from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.models import ModelVersion
from eligibility.registry.errors import RegistryRefused
from eligibility.registry.offices import promote_model


class Command(BaseCommand):
    help = "Make a registered model decide. Every process takes it up within seconds, without a restart."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", nargs="?", help="Such as m-0123456789ab.")
        parser.add_argument("--by", default="", help="Who answers for it: a name.")
        parser.add_argument("--reason", default="", help="Why, in at least two words; kept with the change.")
        parser.add_argument("--force", action="store_true", help="Even if it is worse on the golden titles.")
        parser.add_argument("--list", action="store_true", help="Only list the versions.")

    def handle(self, *args: Any, version: str | None, by: str, reason: str, force: bool, **options: Any) -> None:
        if options["list"]:
            return self._list()
        if not version:
            raise CommandError("Name the version, or ask with --list.")
        try:
            row = promote_model(version=version, by=by, reason=reason, is_forced=force)
        except RegistryRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{row.version} is live.")
        return None

    def _list(self) -> None:
        for row in ModelVersion.objects.all():
            accuracy = row.metrics.get("accuracy", row.metrics.get("status_accuracy", "?"))
            self.stdout.write(f"{row.version}  {row.state:<9}  accuracy {accuracy}  {row.registered_at:%Y-%m-%d}")
