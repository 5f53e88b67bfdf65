"""Takes the reports of one shard from its stream: stores them, judges them, tells screens."""

from __future__ import annotations

import gc
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.readiness import refuse_unready
from pos_monitor.commands import results
from pos_monitor.engine.progress import WrongShards
from pos_monitor.engine.service import Engine


class Command(BaseCommand):
    help = "Run the engine of one shard of the till fleet. A second one stands by, and takes over when the first ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shard", type=int, default=0, help="Which of TELEMETRY_SHARDS, from 0.")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unready()
        shard = options["shard"]
        if not 0 <= shard < settings.TELEMETRY_SHARDS:
            raise CommandError(
                f"There is no shard {shard}: TELEMETRY_SHARDS is {settings.TELEMETRY_SHARDS}, and they count from 0."
            )
        engine = Engine(shard, results=results.apply)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: engine.stop())
        gc.freeze()  # what is loaded stays; a collection looks at a tick's few objects
        try:
            engine.run()
        except WrongShards as error:
            raise CommandError(str(error)) from error
