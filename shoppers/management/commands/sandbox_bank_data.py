"""Run the sandbox's provider of bank data until it is told to stop."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.loopback_server import LOOPBACK
from shoppers.bank.sandbox.bank import Bank
from shoppers.bank.sandbox.server import BankServer, credential


class Command(BaseCommand):
    help = "Run a made-up bank from which made-up customers may let the platform read accounts and transactions."
    requires_system_checks = ()  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.PORT + 86, help="its port (default: %(default)s)")
        parser.add_argument("--file", type=Path, default=settings.DATA_DIR / "bank-data.json", help="where consents are kept")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("A made-up bank belongs in a sandbox: FSA_ENVIRONMENT is not “sandbox”.")
        try:
            server = BankServer(bank=Bank(options["file"]), token=credential(), host=options["host"], port=options["port"])
        except OSError as refused:
            raise CommandError(f"Port {options['port']} cannot be used ({refused.strerror}).") from None
        for number in (signal.SIGTERM, signal.SIGINT):
            # From another thread: `shutdown` waits for the loop that this signal has interrupted.
            signal.signal(number, lambda *_: threading.Thread(target=server.stop, daemon=True).start())
        self.stdout.write(f"sandbox bank listening on {options['host']}:{server.port}")
        self.stdout.flush()
        server.serve()
