"""A believable fleet of made-up tills, reporting to this sandbox over its real doors until Ctrl-C."""

from __future__ import annotations

import re
import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.live import Live
from rich.table import Table

from common.scopes import across_merchants
from merchants.models import Merchant
from pos_monitor.simulation.demo import demo_size
from pos_monitor.simulation.fleet import Fleet, Recipe, fleet_of
from pos_monitor.simulation.making import DEMO, MADE_UP, Naming, NotASandbox, make_fleet
from pos_monitor.simulation.processes import Crowd, FleetEnded, Play, playing, with_sources
from pos_monitor.simulation.scenarios import ROUGH, SCRIPTS, Weather
from pos_monitor.simulation.sending.door import TRANSPORTS, Door
from pos_monitor.simulation.sending.line import Counts
from pos_monitor.simulation.world import Size

LOOK_S = 1.0


class Command(BaseCommand):
    help = "Play a fleet of tills and online stores: makes them where they lack, then reports over WebSocket, HTTP or MQTT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--terminals", type=int, default=2_000, help="How many tills.")
        parser.add_argument(
            "--online-stores", type=int, default=None, help="How many online stores; a hundredth of the tills if not said."
        )
        parser.add_argument(
            "--merchants", type=int, default=0, help="Of how many merchants; one for about 500 tills if not said."
        )
        parser.add_argument("--every", type=_seconds, help="How often each reports, such as 10s or 1m; 10s if not said.")
        parser.add_argument("--transport", choices=sorted(TRANSPORTS), default="ws")
        parser.add_argument("--scenario", choices=sorted(SCRIPTS), default="day", help="What goes wrong.")
        parser.add_argument(
            "--rough",
            action="store_true",
            help="A bad way: 5 %% of reports lost, others up to 2 s late, clocks off by up to 10 minutes.",
        )
        parser.add_argument("--seed", type=int, default=1, help="Another number, another fleet.")
        parser.add_argument(
            "--speed", type=float, default=1.0, help="How much faster batteries drain and paper is used than in life."
        )
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--port", type=int, nargs="*", help="Of the receivers, or of the MQTT broker; this platform's own if not said."
        )
        parser.add_argument("--for", dest="for_s", type=_seconds, help="End after so long; else at Ctrl-C.")
        parser.add_argument(
            "--of", choices=["made-up", "demo"], default="made-up", help="Whose: made-up merchants', or the demo's."
        )
        parser.add_argument("--quiet", action="store_true", help="One line a minute instead of a table, for a log.")

    @across_merchants("a made-up fleet has many merchants")
    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console(highlight=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell’s “&” hands it down ignored
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
        try:
            play, fleet = self._prepare(options)
        except NotASandbox as error:
            raise CommandError(str(error)) from error
        try:
            with playing(play) as crowd:
                self._show(crowd, fleet, options)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        except FleetEnded as error:
            raise CommandError(str(error)) from error

    def _prepare(self, options: dict[str, Any]) -> tuple[Play, Fleet]:
        size, naming, owners = self._whose(options)
        recipe = Recipe(
            size, options["seed"], options["scenario"], time.time(), options["every"] or naming.every_s, options["speed"]
        )
        fleet = fleet_of(recipe)
        began = time.monotonic()
        terminals = make_fleet(fleet.plan, naming=naming, every_s=recipe.every_s, merchants=owners)
        self.console.print(
            f"{len(terminals):,} terminals of {size.merchant_count:,} merchants are there ({time.monotonic() - began:.1f} s)"
        )
        door = Door(options["transport"], options["host"], tuple(options["port"] or _ports(options["transport"])))
        weather = ROUGH if options["rough"] else Weather()
        return Play(recipe, door, weather, with_sources(terminals, door.host)), fleet

    def _whose(self, options: dict[str, Any]) -> tuple[Size, Naming, list[Merchant]]:
        """How large the fleet is, and who owns it; nobody: merchants are made up as well."""
        if options["of"] == "demo":
            owners = list(Merchant.objects.filter(card_acceptor_id__startswith="FSADEMO").order_by("pk"))
            if not owners:
                raise CommandError("There are no demo merchants here: `manage.py seed_demo` makes them.")
            return demo_size(len(owners)), DEMO, owners
        tills, online = options["terminals"], options["online_stores"]
        return Size(tills, tills // 100 if online is None else online, options["merchants"]), MADE_UP, []

    def _show(self, crowd: Crowd, fleet: Fleet, options: dict[str, Any]) -> None:
        began, before, said = time.monotonic(), Counts(), 0.0
        live = Live(console=self.console, auto_refresh=False, transient=False) if not options["quiet"] else None
        if live:
            live.start()
        try:
            while options["for_s"] is None or time.monotonic() - began < options["for_s"]:
                time.sleep(LOOK_S)
                counts = crowd.look()
                passed = time.monotonic() - began
                if live:
                    live.update(_table(counts, before, fleet, passed), refresh=True)
                elif passed - said >= 60 or not said:
                    said = passed
                    self.stdout.write(_line(counts, passed))
                before = counts
        finally:
            if live:
                live.stop()
        self.stdout.write(_line(crowd.look(), time.monotonic() - began))


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)(s|m|h)?", text)
    if not found or not int(found[1]):
        raise CommandError(f"“{text}” is no span of time: write 10s, 5m or 1h.")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2] or "s"]


def _ports(transport: str) -> list[int]:
    return [settings.MQTT_PORT if transport == "mqtt" else settings.PORT]


def _line(counts: Counts, passed_s: float) -> str:
    refused = ", ".join(f"{code} {times:,}" for code, times in sorted(counts.refused.items()))
    return (
        f"{passed_s:,.0f} s: {counts.connected:,} connected, {counts.made:,} reports made, {counts.acked:,} acknowledged, {counts.waiting:,} waiting, "
        f"{counts.commands:,} commands{'; refused: ' + refused if refused else ''}"
    )


def _table(counts: Counts, before: Counts, fleet: Fleet, passed_s: float) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2))
    table.add_row("Connected", f"{counts.connected:,}", f"{counts.connects:,} times in all, {counts.failures:,} failed")
    table.add_row(
        "Reports",
        f"{counts.acked:,}",
        f"acknowledged, {counts.acked - before.acked:,} in the last second; {counts.waiting:,} wait in terminals",
    )
    table.add_row("Lost on the way", f"{counts.lost_on_purpose:,}", "as the weather has it" if counts.lost_on_purpose else "")
    for code, times in sorted(counts.refused.items()):
        table.add_row("Refused", f"{times:,}", code)
    for fault in fleet.faults.told(passed_s):
        table.add_row("Fault", f"{len(fault.who):,}", fault.words)
    return table
