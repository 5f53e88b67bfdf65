"""Run the local custodian until it is told to stop."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.loopback_server import LOOPBACK
from vault.custody.local.server import CustodianServer
from vault.custody.local.store import KeyStore, StoreUnusable


class Command(BaseCommand):
    help = "Run the local custodian: the sandbox's keeper of merchant keys, with a store and a master key of its own."
    requires_system_checks = ()  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.PORT + 85, help="its port (default: %(default)s)")
        parser.add_argument("--folder", type=Path, default=settings.DATA_DIR / "custodian", help="where its keys are kept")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CUSTODIAN_TOKEN or not settings.CUSTODIAN_BANK_TOKEN:
            raise CommandError("Set CUSTODIAN_TOKEN and CUSTODIAN_BANK_TOKEN: the platform's credential and the bank's.")
        if settings.CUSTODIAN_TOKEN == settings.CUSTODIAN_BANK_TOKEN:
            raise CommandError("CUSTODIAN_TOKEN and CUSTODIAN_BANK_TOKEN must differ: one is the platform's, one the bank's.")
        try:
            server = CustodianServer(
                store=KeyStore(options["folder"]), platform_token=settings.CUSTODIAN_TOKEN,
                bank_token=settings.CUSTODIAN_BANK_TOKEN, host=options["host"], port=options["port"],
            )  # fmt: skip
        except StoreUnusable as refused:
            raise CommandError(str(refused)) from None
        except OSError as refused:
            raise CommandError(f"Port {options['port']} cannot be used ({refused.strerror}).") from None
        for number in (signal.SIGTERM, signal.SIGINT):
            # From another thread: `shutdown` waits for the loop that this signal has interrupted.
            signal.signal(number, lambda *_: threading.Thread(target=server.stop, daemon=True).start())
        self.stdout.write(f"custodian listening on {options['host']}:{server.port}")
        self.stdout.flush()
        server.serve()
