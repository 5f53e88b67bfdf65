from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.registry.errors import RegistryRefused
from eligibility.registry.offices import judged_on_golden
from eligibility.registry.versions import register_model


class Command(BaseCommand):
    help = "Register a trained model's folder: checks it, keeps its files in the model store, judges the golden titles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="What “manage.py train_eligibility --output” wrote.")
        parser.add_argument("--by", required=True, help="Who registers it: a name.")
        parser.add_argument("--reason", default="Registered", help="What is new about it.")

    def handle(self, *args: Any, folder: Path, by: str, reason: str, **options: Any) -> None:
        try:
            row = register_model(folder=folder, by=by, reason=reason)
            golden = judged_on_golden(row)
        except RegistryRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{row.version} is registered ({row.get_state_display().lower()}): {golden['right']} of {golden['n']} golden titles right, "
            f"{golden['wrongly_eligible']} wrongly called eligible, {golden['unknown']} unknown."
        )
