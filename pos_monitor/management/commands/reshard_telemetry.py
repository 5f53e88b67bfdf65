"""Divides the fleet among another number of engines."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.scopes import across_merchants
from pos_monitor.engine.resharding import ShardServed, reshard
from pos_monitor.wire.shards import MOST


class Command(BaseCommand):
    help = "Move what is known and what waits to another number of shards, while no engine runs. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=int, required=True, help=f"How many shards, 1 to {MOST}; TELEMETRY_SHARDS from now on.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["to"] <= MOST:
            raise CommandError(f"From 1 to {MOST} shards.")
        try:
            with across_merchants("terminals of all merchants are divided among engines"):
                moved = reshard(after=options["to"])
        except ShardServed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{moved.terminals:,} terminals: {moved.before} to {moved.after} shards, {moved.reports:,} waiting reports carried over. "
            f"Start everything again with TELEMETRY_SHARDS={moved.after}."
        )
