from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.scopes import across_merchants
from rules.customers.today import rules_today
from rules.learning.errors import LearningRefused
from rules.learning.train import train_relevance


class Command(BaseCommand):
    help = "Train a ranker on what was shown and done, compare it with the plain order, and register it if it is surely better. Nothing counts by that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="How many days of showings, up to today (default 90).")

    @across_merchants("a ranker learns from everybody's feeds")
    def handle(self, *args: Any, days: int, **options: Any) -> None:
        try:
            row = train_relevance(today=rules_today(), days=days)
        except LearningRefused as refused:
            raise CommandError(str(refused)) from refused
        figures = row.figures
        self.stdout.write(
            f"{str(row).capitalize()} is a candidate: NDCG@5 {figures['ndcg_learned']:.4f} against {figures['ndcg_plain']:.4f}, MAP "
            f"{figures['map_learned']:.4f} against {figures['map_plain']:.4f}, on {figures['showings']:,} later showings of "
            f"{figures['customers']:,} customers it never saw. Try it in shadow next."
        )
