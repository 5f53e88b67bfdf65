"""Compute anew what is known of customers: replace what is stored, or compare."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from rules.customers.cheapest import rebuild_cheapest
from rules.customers.ensure import sweep
from rules.customers.rebuild import Comparison, batches, compare, compare_shared, customer_ids, replace
from rules.customers.today import rules_today


class Command(BaseCommand):
    help = "Compute all that is known of customers anew. With --compare, change nothing, print what differs and exit with 1 if anything does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--compare", action="store_true", help="Only compare, column by column.")
        parser.add_argument(
            "--customers", type=int, metavar="N", help="So many customers, spread evenly; all of them without it."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Any = self.stdout  # without the newline that Django adds
        self.console = Console(file=out._out)
        if options["compare"]:
            self._compare(options["customers"])
        else:
            self._replace(options["customers"])

    def _replace(self, limit: int | None) -> None:
        made = sweep()
        rebuild_cheapest()
        ids, today, changed, began = customer_ids(limit), rules_today(), 0, time.monotonic()
        with Progress(console=self.console) as progress:
            bar = progress.add_task("Computing", total=len(ids))
            for batch in batches(ids):
                changed += replace(batch, today)
                progress.advance(bar, len(batch))
        self.console.print(f"{len(ids):,} customers ({made:,} new), {changed:,} rows changed, {_rate(len(ids), began)}.")

    def _compare(self, limit: int | None) -> None:
        ids, today, found, began = customer_ids(limit), rules_today(), Comparison(), time.monotonic()
        with Progress(console=self.console) as progress:
            bar = progress.add_task("Comparing", total=len(ids))
            for batch in batches(ids):
                compare(batch, today, found)
                progress.advance(bar, len(batch))
        compare_shared(found)
        self.console.print(
            f"{found.customers:,} customers compared, {_rate(len(ids), began)}; {found.waiting:,} wait for their refresh."
        )
        if found.differences:
            self.console.print(_table(found))
            raise CommandError(f"{found.differences:,} values differ.")
        self.console.print("Nothing differs.")


def _table(found: Comparison) -> Table:
    columns = ", ".join(f"{column} {count:,}" for column, count in found.by_column.most_common())
    table = Table("customer", "column", "stored", "computed", title=f"Differences: {columns}")
    for each in found.shown:
        table.add_row(each.customer, each.column, each.stored or "missing", each.computed or "missing")
    return table


def _rate(customers: int, began: float) -> str:
    seconds = max(time.monotonic() - began, 0.001)
    return f"{seconds:,.1f} s, {customers / seconds:,.0f} a second"
