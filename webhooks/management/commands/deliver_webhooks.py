"""Deliver webhooks without Celery: for a machine of its own, for tests and benchmarks."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from common.readiness import refuse_unready
from webhooks.engine.dispatcher import deliver

FOREVER_S = 10.0**9


class Command(BaseCommand):
    help = "Deliver webhooks until Ctrl-C, as the webhooks worker does. Several may run beside each other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=FOREVER_S, help="End after so many seconds.")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unready()
        stop = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
        deliver(seconds=options["seconds"], stop=stop)
