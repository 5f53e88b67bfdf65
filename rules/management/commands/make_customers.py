"""Make up customers for trials of scale."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from rich.console import Console
from rich.progress import Progress

from common.scopes import across_merchants
from merchants.models import Merchant
from rules.customers.made_up.features import write_features
from rules.customers.made_up.people import link_shoppers, made_up_merchant, write_customers, write_persons, write_shoppers
from rules.customers.made_up.poison import poison
from rules.customers.made_up.sales import write_sales
from rules.customers.today import rules_today

SHOPPERS_IN = 5  # one of so many is a shopper at one merchant; the others are persons
SHOPPERS_IN_WITH_SALES = 2  # each of them is one person's


class Command(BaseCommand):
    help = (
        "Make up believable customers with features. They are marked: no sale stands behind what is known of them, so nothing computes it. "
        "With --with-sales, real rows of sales instead, whose features are computed as anybody's."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--n", type=int, default=600_000, help="How many (600,000).")
        parser.add_argument("--seed", type=int, default=1, help="The same seed draws the same features (1).")
        parser.add_argument("--poison", type=int, default=0, metavar="N", help="Break the features of so many of them.")
        parser.add_argument("--with-sales", action="store_true", help="Rows of sales; for small numbers.")

    @across_merchants("makes up customers of any merchant")
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("Made-up customers belong in a sandbox: FSA_ENVIRONMENT is not “sandbox”.")
        if options["with_sales"] and options["poison"]:
            raise CommandError("What is computed from sales is not poisoned: leave out one of --poison and --with-sales.")
        n, began = options["n"], time.monotonic()
        out: Any = self.stdout  # without the newline that Django adds
        console = Console(file=out._out)
        merchant = made_up_merchant()
        with transaction.atomic(), Progress(console=console) as progress, connection.cursor() as cursor:
            # What cannot be sorted in memory goes to disk, and a seed makes `random()` repeat in this session alone.
            cursor.execute("SELECT setseed(%s)", [options["seed"] % 1_000_000 / 1_000_000])
            bar = progress.add_task("People", total=n)
            shoppers = n // (SHOPPERS_IN_WITH_SALES if options["with_sales"] else SHOPPERS_IN)
            write_persons(n - shoppers, lambda done: progress.advance(bar, done))
            write_shoppers(shoppers, merchant, lambda done: progress.advance(bar, done))
            rest = progress.add_task("What is known of them", total=None)
            write_customers(is_made_up=not options["with_sales"])
            told = self._fill(options, merchant)
            progress.update(rest, total=1, completed=1)
        self._analyse()
        seconds = time.monotonic() - began
        console.print(f"{n:,} customers, {told}, in {seconds:,.1f} s: {n / seconds:,.0f} a second.")

    def _fill(self, options: dict[str, Any], merchant: Merchant) -> str:
        if options["with_sales"]:
            link_shoppers()
            return f"{write_sales(merchant, rules_today()):,} sales (features follow with the next refresh)"
        written = write_features(rules_today())
        broken = poison(options["poison"]) if options["poison"] else 0
        return f"{written:,} with features, {broken:,} of them broken"

    def _analyse(self) -> None:
        """Before autovacuum comes by, plans would be made for empty tables."""
        with connection.cursor() as cursor:
            cursor.execute(
                "ANALYZE rules_customer, rules_customerfeatures, shoppers_shopper, shoppers_shopperaccount, checkout_checkoutsession, "
                "checkout_payment, checkout_lineitem, checkout_tender, checkout_tenderline"
            )
