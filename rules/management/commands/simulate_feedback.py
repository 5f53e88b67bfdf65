from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.scopes import across_merchants
from rules.customers.today import rules_today
from rules.learning.simulate import TASTES, simulate
from rules.learning.visitors import visitors_of
from rules.models import Customer, Rule


class Command(BaseCommand):
    help = "In a sandbox: make up showings and feedback of existing customers, with a taste that is known, to try learned relevance on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=2_000, help="How many, the oldest first (default 2,000).")
        parser.add_argument("--days", type=int, default=21, help="How many days, up to yesterday (default 21).")
        parser.add_argument(
            "--taste", choices=sorted(TASTES), default="by_channel", help="What they follow; none: anything as often."
        )
        parser.add_argument("--seed", type=int, default=1)

    @across_merchants("the sandbox makes up feedback of any customer")
    def handle(self, *args: Any, customers: int, days: int, taste: str, seed: int, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("Made-up feedback belongs in a sandbox: FSA_ENVIRONMENT is not “sandbox”.")
        today = rules_today()
        ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:customers])
        written = simulate(
            visitors=visitors_of(ids, today), rules=dict(Rule.objects.values_list("public_id", "pk")), taste=TASTES[taste], seed=seed,
            days=[today - timedelta(days=back) for back in range(days, 0, -1)],
        )  # fmt: skip
        self.stdout.write(f"{written.showings:,} showings, {written.acts:,} acts, {written.dismissals:,} dismissals.")
