from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checkout.payment_pages.check import check_payment_pages
from common.scopes import across_merchants


class Command(BaseCommand):
    help = "Fetch the payment pages as a shopper's browser does, and compare scripts and headers with the inventory."

    @across_merchants("looks at the newest open session, whoever's it is")
    def handle(self, *args: Any, **options: Any) -> None:
        checks = check_payment_pages()
        for check in checks:
            self.stdout.write(f"{check.page}: {'as authorised' if check.is_clean else 'DIFFERS'} ({check.public_id})")
            for finding in check.findings:
                self.stdout.write(f"  - {finding}")
        if not checks:
            raise CommandError("No session is open, so there is no page to look at: open one and try again.")
        if not all(check.is_clean for check in checks):
            raise CommandError("A payment page is not as it was authorised: see the lines above.")
