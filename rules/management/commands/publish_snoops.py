from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import PlatformError
from people.models import User
from rules.publishing.versions import publish


class Command(BaseCommand):
    help = "Put the newest approved revision of every Snoop in force, everywhere, without restart. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", help="The user name of who answers for it; without it, the release does.")
        parser.add_argument("--note", default="Published by a command.", help="Kept with the version.")
        parser.add_argument("--run", action="store_true", help="Judge every customer by it at once.")

    def handle(self, *args: Any, by: str | None, note: str, run: bool, **options: Any) -> None:
        user = User.objects.filter(username=by).first() if by else None
        if by and user is None:
            raise CommandError(f"There is no user “{by}”.")
        try:
            self.stdout.write(publish(by=user, note=note, starts_run=run).message)
        except PlatformError as refused:
            raise CommandError(refused.message) from refused
