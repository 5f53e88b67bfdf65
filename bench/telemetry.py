"""50,000 tills that report every ten seconds, through the whole path: doors, stream, engine, history, alerts, fifty screens.

Load, servers and viewers share the machine. One stage that fails reports null and the next goes on.

python -m bench.telemetry [--transport websocket|http|mqtt] [--only steady,burst] [--soak 30] [--terminals 50000] [--quick]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import telemetry_faults, telemetry_references, telemetry_stages
from bench.stack import BASE_DIR, machine
from bench.telemetry_checks import Checks
from bench.telemetry_load import Load, compiled, write_tills
from bench.telemetry_stages import now_ms
from bench.telemetry_world import FOLDER, MANAGE, World, prepare, prepare_django, servers

MARKED: Final = 24  # tills whose reports are timed until they are on screens
VARIANTS: Final = 6  # sentences of each till, taken in turn
VIEWERS: Final = 50
STEADY_S, SHORTEST_S = 300, 8
WARM_UP_S: Final = 15
ENDS_WITHIN_S: Final = 19 * 60
RESULT_KEYS: Final = (
    "reports_per_s", "sent", "stored", "lost", "duplicates", "screen_p50_ms", "screen_p99_ms", "server_cpu_of_one_core", "ws_connections",
    "kb_per_connection", "offline_detect_s_max", "burst_reports_per_s", "bytes_per_report", "reference_reports_per_s",
)  # fmt: skip
Stage = Callable[["Bench"], dict[str, Any]]
STAGES: Final[dict[str, Stage]] = {
    "steady": telemetry_stages.steady, "silence": telemetry_stages.silence, "rough": telemetry_stages.rough, "command": telemetry_faults.command,
    "viewers": telemetry_stages.viewers_many, "reconnect": telemetry_stages.reconnect, "kills": telemetry_faults.kills,
    "burst": telemetry_stages.burst, "overload": telemetry_stages.overload, "packing": telemetry_faults.packing,
}  # fmt: skip


class Viewers:
    """A process of viewers."""

    def __init__(self, setting: Path, count: int) -> None:
        command = [sys.executable, "-m", "bench.telemetry_viewers", "--setting", str(setting), "--viewers", str(count)]
        with (FOLDER / "viewers.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=BASE_DIR
            )

    def start(self) -> None:
        self._say("start")

    def tell(self) -> dict[str, Any]:
        self._say("tell")
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._say("quit")
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


class Bench:
    """What stages share."""

    def __init__(self, asked: argparse.Namespace, world: World) -> None:
        self.asked, self.world, self.count = asked, world, asked.terminals
        self.steady_s = 60 * asked.soak if asked.soak else self.short(STEADY_S)
        self.warm_up_s = WARM_UP_S
        self.checks = Checks([])
        self.load: Load
        self.watch: Viewers
        self.people: tuple[Any, Any]

    def short(self, seconds: float) -> float:
        """A tenth with --quick."""
        return max(SHORTEST_S, seconds / 10) if self.asked.quick else seconds

    def say(self, name: str, value: object, unit: str = "") -> None:
        print(f"  {name:<62}{value!s:>16} {unit}", flush=True)

    def say_parts(self, cpu: dict[str, float], memory: dict[str, float]) -> None:
        for name in cpu:
            self.say(f"{name}: share of one core, memory", f"{cpu[name]:.1%}", f"{memory.get(name, 0):,.0f} MB")

    def between(self) -> tuple[int, dict[str, Any]]:
        """Silence, everything stored: the moment from which a stage counts, and what the load had done until then."""
        told = self.load.settle()
        self.checks.wait_until_stored()
        time.sleep(0.3)
        return now_ms(), told

    def keep_alive(self, seconds: float) -> None:
        """Start what has died again, as a supervisor does, for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.5)
            self.world.revive()

    def kb_per_connection(self, memory: dict[str, float], connections: int) -> float:
        held = sum(size for name, size in memory.items() if name.startswith(("receiver", "broker")))
        return round(held * 1024 / max(1, connections), 1)

    @contextlib.contextmanager
    def viewers(self, count: int, *, marked: bool) -> Iterator[Viewers]:
        from django.test import Client

        user = self.people[0]
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        client.get("/admin/")
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        origin, tills = f"http://127.0.0.1:{self.world.web_port}", self.marked if marked else []
        setting = FOLDER / f"viewers{count}.json"
        setting.write_text(
            json.dumps({"url": f"ws{origin[4:]}/ws/fleet/?revision=0", "cookie": cookie, "origin": origin, "marked": tills})
        )
        watching = Viewers(setting, count)
        try:
            yield watching
        finally:
            watching.end()


def make_world(bench: Bench) -> None:
    """Fleet, rules, people; then the parts of the platform."""
    from django.core.management import call_command
    from django.db import connection

    from common.scopes import across_merchants
    from people.models import User
    from people.tests.factors import give_second_factor
    from pos_monitor.simulation.fleet import Recipe, fleet_of
    from pos_monitor.simulation.making import Naming, make_fleet
    from pos_monitor.simulation.world import Size

    began = time.monotonic()
    with across_merchants("a benchmark of its own platform"):
        fleet = fleet_of(Recipe(Size(bench.count + MARKED), 1, "calm", time.time(), 10))
        fleet.plan.store_closes[:] = 0  # everybody reports, whatever the hour
        terminals = make_fleet(fleet.plan, naming=Naming(), every_s=10)
        call_command("load_alert_rules", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
        people = [
            User.objects.create_user(f"bench{k}", f"bench{k}@bench.example", is_staff=True, is_superuser=True) for k in (1, 2)
        ]
        for person in people:
            give_second_factor(person)
    bench.people = (people[0], people[1])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    write_tills(FOLDER / "tills.txt", terminals[: bench.count], _sentences(fleet, bench.count))
    marked, ports = terminals[bench.count :], bench.world.ports if bench.asked.transport != "mqtt" else [bench.world.web_port]
    bench.marked = [
        {"number": one.number, "token": one.token, "url": f"ws://127.0.0.1:{ports[place % len(ports)]}/ws/terminal/"}
        for place, one in enumerate(marked)
    ]
    bench.checks.marked = [one.number for one in marked]
    bench.say(f"{len(terminals):,} terminals made, with {VARIANTS} sentences each", f"{time.monotonic() - began:.1f}", "s")


def _sentences(fleet: Any, count: int) -> list[tuple[str, ...]]:
    """What each till says after its numbers, in VARIANTS moments of its life."""
    import numpy as np

    who, columns = np.arange(count), []
    for _ in range(VARIANTS):
        said = fleet.speaker.say(who, fleet.life.step(who, fleet.life.began_s))
        columns.append(["," + report.decode().split(",", 3)[3][:-1] for report in said])
    return list(zip(*columns, strict=True))


def start_parts(world: World, transport: str) -> None:
    for place, port in enumerate(world.ports):
        if transport == "mqtt":
            _broker(world, place, port)
        else:
            world.start(f"receiver{place}", [*MANAGE, "receive", "--port", str(port)])
    world.start_engine("engine")
    world.start_web("web")
    for place, port in enumerate(world.ports):
        world.wait_for(port, f"broker{place}" if transport == "mqtt" else f"receiver{place}")
    world.wait_for_web("web")


def _broker(world: World, place: int, port: int) -> None:
    """A broker as `up` runs it, and the bridge behind it."""
    from pos_monitor.receiving import mqtt_broker

    folder = FOLDER / f"broker{place}"
    world.start(f"broker{place}", mqtt_broker.configure(folder, port=port))
    bridge = [*MANAGE, "mqtt_bridge", "--passwords", str(folder / "passwords"), "--name", f"bridge-{place}"]
    world.start(f"receiver{place}", bridge, MQTT_HOST="127.0.0.1", MQTT_PORT=str(port), MQTT_BRIDGE_PASSWORD="only for this run")


def run(asked: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    prepare()
    world = World(asked.transport)
    figures: dict[str, Any] = dict.fromkeys(RESULT_KEYS)
    with servers(world):
        prepare_django()
        bench = Bench(asked, world)
        make_world(bench)
        start_parts(world, asked.transport)
        bench.load = Load(compiled(FOLDER), asked.transport, world.ports, FOLDER / "tills.txt", bench.count)
        try:
            with bench.viewers(VIEWERS, marked=True) as bench.watch:
                figures["connected_s"] = round(bench.load.connect(4_000, 120), 1)
                bench.say(f"{bench.load.look()['open']:,} connected", figures["connected_s"], "s")
                for name, stage in STAGES.items():
                    if (not asked.only or name in asked.only.split(",")) and not _is_late(began, asked, name):
                        figures |= _staged(name, stage, bench)
        finally:
            bench.load.end()
        if not asked.only or "references" in asked.only:
            figures |= _staged("references", references, bench)
    return figures


def _is_late(began: float, asked: argparse.Namespace, name: str) -> bool:
    is_late = not asked.soak and time.monotonic() - began > ENDS_WITHIN_S - 90
    if is_late:
        print(f"{name}: left out, there is no time left for it", flush=True)
    return is_late


def _staged(name: str, stage: Stage, bench: Bench) -> dict[str, Any]:
    from django.db import connections

    began = time.monotonic()
    print(f"{name}: {(stage.__doc__ or '').splitlines()[0]}", flush=True)
    connections.close_all()  # one may have lost its server in a stage before
    try:
        figures = stage(bench)
    except Exception:
        traceback.print_exc()
        print(f"{name}: failed", flush=True)
        return {f"{name}_failed": True}
    for figure, value in figures.items():
        if not isinstance(value, dict):
            bench.say(figure, value)
    bench.say(f"{name} took", f"{time.monotonic() - began:.0f}", "s")
    return figures


def references(bench: Bench) -> dict[str, Any]:
    """The same by the usual means: a view of DRF that saves a row for each report; a message to a group of fifty for each."""
    return {
        "reference_reports_per_s": round(telemetry_references.by_rows()),
        "reference_group_send_per_s": round(telemetry_references.by_group()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--transport", choices=["websocket", "http", "mqtt"], default="websocket")
    parser.add_argument("--terminals", type=int, default=50_000)
    parser.add_argument("--only", default="", help="Stages, with commas: " + ", ".join([*STAGES, "references"]))
    parser.add_argument("--soak", type=float, default=0, help="Minutes of the steady stage; only that one is run.")
    parser.add_argument("--quick", action="store_true", help="Stages of a tenth of their length: does it work?")
    asked = parser.parse_args()
    if asked.soak and not asked.only:
        asked.only = "steady"
    print(f"{asked.terminals:,} tills over {asked.transport}, {machine()}, {datetime.now(UTC):%Y-%m-%d}", flush=True)
    print(json.dumps(run(asked)))


if __name__ == "__main__":
    main()
