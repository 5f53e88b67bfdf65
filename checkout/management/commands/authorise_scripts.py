from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from checkout.payment_pages import inventory as book


class Command(BaseCommand):
    help = "Let the present content of the payment pages' scripts in: writes their hashes, who did it and why into the inventory."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="Who read the change and answers for it: a name.")
        parser.add_argument("--reason", required=True, help="What changed, and why it belongs on a payment page.")
        parser.add_argument(
            "paths", nargs="*", help="Scripts below static/, such as js/checkout.js; all that changed, if none is named."
        )

    def handle(self, *args: Any, by: str, reason: str, paths: list[str], **options: Any) -> None:
        if not by.strip() or len(reason.split()) < 2:
            raise CommandError("Say who (--by) and why (--reason, at least two words): an assessor will ask for both.")
        known = {script.path: script for script in book.inventory().scripts}
        if unknown := set(paths) - set(known):
            raise CommandError(
                f"{', '.join(sorted(unknown))}: not in {book.FILE.name}. Add the page and the purpose there first."
            )
        changed = [script for script in book.changed_scripts() if not paths or script.path in paths]
        today = timezone.now().date().isoformat()
        for script in changed:
            sha384 = book.integrity(book.content_of(script.path))
            known[script.path] = replace(script, sha384=sha384, authorised_by=by, authorised_on=today, reason=reason)
            self.stdout.write(f"{script.path}  {sha384}")
        if changed:
            book.write(book.FILE, book.inventory().headers, list(known.values()))
        self.stdout.write(f"{len(changed)} script{'s' * (len(changed) != 1)} authorised by {by}.")
