"""Give every merchant that has none its key at the bank."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from merchants.services import open_missing_keys


class Command(BaseCommand):
    help = "Open a key at the bank for each merchant that has none, such as those from before there were keys. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{open_missing_keys()} keys opened.")
