"""A till that sells in this sandbox: online, offline, with voids, and with the end of its day."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.money import dollars
from pos_monitor.simulation.selling import CARDS, MadeUpTill, TillLineDown, tills_of


class Command(BaseCommand):
    help = "Sell as a till: `sell`, `offline` (keeps sales on the disk), `send` (sends what was kept), `void`, `close`; `shop` sells at all tills of a merchant."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("deed", choices=["sell", "offline", "send", "void", "close", "shop"])
        parser.add_argument("--terminal", default="", help="Its id, term_…; `shop` asks for none.")
        parser.add_argument("--key", default="", help="The terminal's token, or a secret key; the demo's secret key if not said.")
        parser.add_argument("--base-url", default=settings.BASE_URL)
        parser.add_argument("--sales", type=int, default=1)
        parser.add_argument("--cards", nargs="*", choices=sorted(CARDS), help="Which test cards pay, in order.")
        parser.add_argument("--number", default="", help="Which sale: of `void`, the last one.")
        parser.add_argument(
            "--twice", action="store_true", help="Send each sale, or the queue, a second time: nothing more may happen."
        )
        parser.add_argument("--seed", type=int, default=None)

    def handle(self, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("Test cards pay in a sandbox alone.")
        if not options["terminal"] and options["deed"] != "shop":
            raise CommandError("Say --terminal, as GET /v1/terminals lists them.")
        try:
            getattr(self, f"_{options['deed']}")(self._till(options), options)
        except TillLineDown as down:
            raise CommandError(f"The platform cannot be reached: {down}") from down

    def _till(self, options: dict[str, Any]) -> MadeUpTill:
        folder: Path = settings.DATA_DIR
        key = options["key"]
        if not key:
            try:
                key = json.loads((folder / "demo.json").read_text("utf-8"))["secret_key"]
            except OSError as missing:
                raise CommandError("No platform runs here: say --key and --base-url.") from missing
        queue = folder / f"till-{options['terminal']}.jsonl"
        chance = random.Random(options["seed"])  # noqa: S311  # made-up baskets
        return MadeUpTill(options["base_url"], options["terminal"], key, queue, chance)

    def _sales(self, till: MadeUpTill, options: dict[str, Any]) -> list[dict[str, Any]]:
        first = time.time_ns() // 1_000_000
        sales = [till.ring_up(f"{first + at}") for at in range(options["sales"])]
        return [{**sale, "cards": options["cards"]} for sale in sales] if options["cards"] else sales

    def _sell(self, till: MadeUpTill, options: dict[str, Any]) -> None:
        for sale in self._sales(till, options):
            for _ in range(1 + options["twice"]):
                status, answer = till.sell(sale)
                self.stdout.write(answer["receipt_text"] if status in {200, 201} else f"{status}: {answer['error']['message']}")

    def _shop(self, till: MadeUpTill, options: dict[str, Any]) -> None:
        """A few hundred sales, and a merchant's pages have something to show."""
        tills = tills_of(till.base_url, till.key)
        if not tills:
            raise CommandError("This merchant has no till in use.")
        sold_cents = paid = 0
        for sale in self._sales(till, options):
            till.terminal = till.chance.choice(tills)
            status, answer = till.sell(sale)
            if status == 402 and len(sale["cards"]) > 1:  # the benefit card takes nothing of it: the shopper has another
                status, answer = till.sell({**sale, "cards": sale["cards"][1:]})
            if status in {200, 201}:
                paid, sold_cents = paid + 1, sold_cents + answer["amount_total_cents"]
            else:
                self.stdout.write(f"{till.terminal}: {status}: {answer['error']['message']}")
        self.stdout.write(f"{paid} sales at {len(tills)} tills brought {dollars(sold_cents)}.")

    def _offline(self, till: MadeUpTill, options: dict[str, Any]) -> None:
        for sale in self._sales(till, options):
            till.keep(sale)
        self.stdout.write(f"{len(till.kept())} sales wait in {till.queue.name}.")

    def _send(self, till: MadeUpTill, options: dict[str, Any]) -> None:
        kept = till.queue.read_bytes() if till.queue.exists() else b""
        for again in range(1 + options["twice"]):
            if again:
                till.queue.write_bytes(kept)
            for entry in till.send_kept():
                said = (
                    entry["error"]["message"]
                    if entry["error"]
                    else f"{entry['sale']['status']}, {dollars(entry['sale']['amount_total_cents'])}"
                )
                self.stdout.write(f"{entry['sale_number']}: {said}")
        self.stdout.write(f"{len(till.kept())} sales wait.")

    def _void(self, till: MadeUpTill, options: dict[str, Any]) -> None:
        status, answer = till.call("sales/void_last", {"sale_number": options["number"]})
        self.stdout.write(answer["receipt_text"] if status == 200 else f"{status}: {answer['error']['message']}")

    def _close(self, till: MadeUpTill, options: dict[str, Any]) -> None:
        status, day = till.call("close_day", {})
        if status not in {200, 201}:
            raise CommandError(f"{status}: {day['error']['message']}")
        self.stdout.write(
            f"{day['business_on']}: {day['sales_count']} sales, {dollars(day['benefit_cents'])} on benefit cards, "
            f"{dollars(day['ordinary_cents'])} on others; {day['voids_count']} voids, {day['refunds_count']} refunds; net {dollars(day['net_cents'])}."
        )
