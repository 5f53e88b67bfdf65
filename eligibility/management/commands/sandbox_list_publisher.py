"""Run the sandbox's publisher of an eligible-product list until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.loopback_server import LOOPBACK
from eligibility.lists.publisher import keys
from eligibility.lists.publisher.bad_versions import NotPossible
from eligibility.lists.publisher.publisher import FAULTS, Publisher
from eligibility.lists.publisher.running import serve
from eligibility.lists.publisher.shelf import Shelf, ShelfUnusable


class Command(BaseCommand):
    help = "Run a made-up publisher of an eligible-product list: versions month by month over HTTP and SFTP, well or badly."
    requires_system_checks = ()  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--n", type=int, default=250_000, help="items of the first version (default: %(default)s)")
        parser.add_argument("--months", type=int, default=3, help="months that are published at start (default: %(default)s)")
        parser.add_argument("--until", type=_month, help="the newest of them, as YYYY-MM (default: this month)")
        parser.add_argument("--seed", type=int, default=1, help="another number is another list (default: %(default)s)")
        parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.LIST_PUBLISHER_PORT, help="of HTTP (default: %(default)s)")
        parser.add_argument("--sftp-port", type=int, default=settings.LIST_PUBLISHER_SFTP_PORT, help="(default: %(default)s)")
        parser.add_argument(
            "--folder", type=Path, default=settings.DATA_DIR / "list-publisher", help="where versions and keys are kept"
        )
        parser.add_argument("--misbehave", choices=FAULTS, help="how it misbehaves from the start")
        parser.add_argument("--times", type=int, default=1, help="how many times (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("A made-up list belongs in a sandbox: FSA_ENVIRONMENT is not “sandbox”.")
        if options["months"] < 1:
            raise CommandError(f"--months is {options['months']}: at least one month is published.")
        try:
            shelf = Shelf(options["folder"], n=options["n"], seed=options["seed"])
            _publish(shelf, months=options["months"], until=options["until"] or datetime.now(UTC).date())
            publisher = Publisher(shelf)
            if options["misbehave"]:
                publisher.misbehave(options["misbehave"], options["times"])
            asyncio.run(self._run(publisher, options))
        except (ShelfUnusable, NotPossible, ValueError) as refused:
            raise CommandError(str(refused)) from None
        except OSError as refused:
            raise CommandError(f"It cannot listen or write: {refused.strerror or refused}.") from None

    async def _run(self, publisher: Publisher, options: dict[str, Any]) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with serve(publisher, host=options["host"], http=options["port"], sftp=options["sftp_port"]) as ports:
            folder = publisher.shelf.folder
            self.stdout.write(
                f"sandbox list publisher listening on http://{options['host']}:{ports.http} and, for {keys.USER} with "
                f"{folder / keys.READER}, sftp://{options['host']}:{ports.sftp}; it signs with {publisher.shelf.public_key}"
            )
            self.stdout.flush()
            await stop.wait()


def _publish(shelf: Shelf, *, months: int, until: date) -> None:
    """Every month from the newest published, or so many before `until`, up to it: each three days before it begins, or now."""
    now = datetime.now(UTC)
    month = shelf.next_month if shelf.ticks else _months_before(until, months - 1)
    while month <= until:
        announced = datetime(month.year, month.month, 1, tzinfo=UTC) - timedelta(days=3)
        shelf.publish_month(month, published_at=min(announced, now))
        month = shelf.next_month


def _months_before(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, 1)


def _month(written: str) -> date:
    return date.fromisoformat(f"{written}-01")
