"""Run the sandbox acquirer until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from checkout.network.host.journal import JournalUnusable
from checkout.network.host.server import LOOPBACK, PortUnusable, SandboxHost
from checkout.network.profiles import PROFILES, profile_named


class Command(BaseCommand):
    help = "Run the sandbox acquirer: a card network host with test cards for every outcome. It moves no money."
    requires_system_checks = ()  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.ACQUIRER_PORT, help="ISO 8583 port (default: %(default)s)")
        parser.add_argument("--status-port", type=int, help="port of the status pages, on loopback only")
        parser.add_argument(
            "--processor",
            choices=list(PROFILES),
            default=settings.ACQUIRER_PROFILE,
            help="whose ways it follows (default: %(default)s)",
        )
        parser.add_argument("--clearing", type=Path, help="folder to write a clearing file into once a day (UTC) is over")
        parser.add_argument("--journal", type=Path, help="file to remember authorisations in; without it, memory only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(self._run(options))
        except (PortUnusable, JournalUnusable) as refused:
            raise CommandError(str(refused)) from None

    async def _run(self, options: dict[str, Any]) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)

        host = SandboxHost(journal=options["journal"], clearing=options["clearing"], profile=profile_named(options["processor"]))
        await host.start(host=options["host"], port=options["port"], status_port=options["status_port"])
        self.stdout.write(self._listening(host, options["host"]))
        self.stdout.flush()
        await stop.wait()
        await host.stop()

    def _listening(self, host: SandboxHost, address: str) -> str:
        status = f", status on http://{LOOPBACK}:{host.status_port}/totals" if host.status_port else ""
        return f"sandbox acquirer listening on {address}:{host.port}{status}"
