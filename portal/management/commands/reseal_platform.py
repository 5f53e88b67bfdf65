"""After a new key was put in front of FIELD_ENCRYPTION_KEY: seal the platform's own rows with it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from people.factor_seals import reseal_factors
from vault.rotation.platform import reseal_platform_rows, rows_of_older_keys


class Command(BaseCommand):
    help = "Seal what belongs to no merchant anew with the first key of FIELD_ENCRYPTION_KEY. Safe to repeat, to break off, and at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        for progress in reseal_platform_rows():
            self.stdout.write(f"{progress.label}: {progress.changed} sealed anew")
        self.stdout.write(f"second factors: {reseal_factors()} sealed anew")
        if left := rows_of_older_keys():
            self.stdout.write(
                f"{left} values were sealed meanwhile by a process with the old list: restart every process, then repeat."
            )
        else:
            self.stdout.write("Nothing is sealed with an older key any more.")
