"""Load the alert rules that a platform begins with; rules that staff changed stay as they are."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from pos_monitor.judging import starting_set


class Command(BaseCommand):
    help = "Add the starting alert rules that are missing, and update those that nobody has changed. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        added, updated = starting_set.load()
        self.stdout.write(f"{added} alert rules added, {updated} updated.")
