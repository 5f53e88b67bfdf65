"""Count sums by day and by item anew from captures and refunds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.models import Merchant
from sales.counting.recount import count_merchant


class Command(BaseCommand):
    help = "Count every merchant's sums by day and by item anew, or one's. Safe at any time; `verify_integrity` says whether it was needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", default="", help="Only this one (mer_…).")

    def handle(self, *args: Any, **options: Any) -> None:
        merchants = Merchant.objects.order_by("pk")
        if options["merchant"]:
            merchants = merchants.filter(public_id=options["merchant"])
            if not merchants:
                raise CommandError(f"There is no merchant {options['merchant']}.")
        for merchant in merchants:
            self.stdout.write(f"{merchant.public_id}  {count_merchant(merchant):,} days")
