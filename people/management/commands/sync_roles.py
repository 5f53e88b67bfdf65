"""Make the staff roles' groups say what `people.roles` says. `migrate` does it as well."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from people.roles import sync_roles


class Command(BaseCommand):
    help = "Set the permissions of every staff role as the table in people/roles.py has them. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_roles()
