"""Run the sandbox's bank until it is told to stop, or turn one of its switches."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.loopback_server import LOOPBACK
from treasury.banks.sandbox.bank import SandboxBank
from treasury.banks.sandbox.journal import JournalUnusable
from treasury.banks.sandbox.running import ADAPTERS, serve, write_rows
from treasury.banks.sandbox.switches import KNOWN, LASTING, ONCE, Switches
from treasury.takings import Takings

STATEMENTS = 3  # times the settlement lie between two statements


class Command(BaseCommand):
    help = "Run the sandbox's bank: ACH files and ISO 20022 over SFTP, an API over mutual TLS, in two regions. It moves no money."
    requires_system_checks = ()  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
        parser.add_argument(
            "--port", type=int, default=settings.SANDBOX_BANK_PORT, help="first of four in a row; 0: any (default: %(default)s)"
        )
        parser.add_argument(
            "--folder", type=Path, default=settings.SANDBOX_BANK_DIR, help="its book, drop and keys (default: %(default)s)"
        )
        parser.add_argument(
            "--settle-after-s", type=float, default=settings.SANDBOX_BANK_SETTLE_S,
            help="how long it takes to pay; as long again until money comes back, and three times that between statements (default: %(default)s)",
        )  # fmt: skip
        parser.add_argument("--clearing", type=Path, help="folder of the acquirer's clearing files: it pays their sums in")
        parser.add_argument(
            "--speaks", nargs="+", choices=list(ADAPTERS), default=["sandbox"],
            help="the banks that its banks.toml holds: by the API, ACH files, ISO 20022 (default: %(default)s)",
        )  # fmt: skip
        switches = parser.add_mutually_exclusive_group()
        switches.add_argument("--switch", choices=KNOWN, help="turn this on at the bank that runs from the folder, and end")
        switches.add_argument("--switch-off", choices=LASTING, help="turn it off")
        switches.add_argument("--switches", action="store_true", help="say which there are")

    def handle(self, *args: Any, **options: Any) -> None:
        switches = Switches(options["folder"] / "switches")
        if options["switches"]:
            for name, words in KNOWN.items():
                self.stdout.write(f"{'*' if switches.is_on(name) else ' '} {name:13} {words}{' (once)' if name in ONCE else ''}")
        elif name := options["switch"] or options["switch_off"]:
            switches.set(name, on=bool(options["switch"]))
            self.stdout.write(f"{name} is {'on' if options['switch'] else 'off'}")
        elif options["settle_after_s"] <= 0:
            raise CommandError("--settle-after-s is above 0.")
        else:
            self._serve(options)

    def _serve(self, options: dict[str, Any]) -> None:
        settle_after = timedelta(seconds=options["settle_after_s"])
        takings = Takings(options["clearing"]) if options["clearing"] else tuple
        try:
            bank = SandboxBank(
                options["folder"], settle_after=settle_after, statement_after=STATEMENTS * settle_after, credits=takings
            )
        except JournalUnusable as refused:
            raise CommandError(str(refused)) from None
        with contextlib.closing(bank):
            try:
                asyncio.run(self._run(bank, options, pause_s=min(1.0, options["settle_after_s"] / 2)))
            except OSError as refused:
                raise CommandError(
                    f"Ports {options['port']} to {options['port'] + 3} cannot be used ({refused.strerror})."
                ) from None

    async def _run(self, bank: SandboxBank, options: dict[str, Any], *, pause_s: float) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with serve(bank, host=options["host"], first_port=options["port"]) as ports:
            rows = write_rows(bank, ports, options["folder"], names=options["speaks"])
            self.stdout.write(f"sandbox bank listening: API {ports.api}, SFTP {ports.sftp}; {rows}")
            self.stdout.flush()
            while not stop.is_set():
                await asyncio.to_thread(bank.tick)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause_s)
