"""Give the partner bank a person of its own: run by whoever the bank trusts with it, on a machine and never in the admin."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from people.models import User
from people.roles import BANK, give_role


class Command(BaseCommand):
    help = "Make a person of the partner bank, who sees the custody console alone. They set a password by “Forgotten password”."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(username__iexact=options["username"]).exists():
            raise CommandError("This username is taken: people of the platform cannot be people of the bank as well.")
        user = User.objects.create_user(username=options["username"], email=options["email"])
        give_role(user=user, role=BANK)
        self.stdout.write(
            f"{user.username} ({user.public_id}) is of the bank. A password is set by the letter of the sign-in page."
        )
