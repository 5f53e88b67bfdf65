"""Run the whole platform on this machine: embedded servers, demo data, every process."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import IO, Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from fsa_platform import embedded, tills
from fsa_platform.bootstrap import BASE_DIR, TELEMETRY_REDIS_FOLDER, BootstrapError, ensure_data_dir, ensure_servers
from fsa_platform.running import accepts, forget_running, write_running
from fsa_platform.supervisor import Child, Supervisor

READY_TIMEOUT_S = 60
LOOPBACK = "127.0.0.0/8,::1/128"  # a developer receives webhooks on this machine; nowhere else is it opened
PYTHON_MANAGE = [sys.executable, str(BASE_DIR / "manage.py")]
CELERY = [sys.executable, "-m", "celery", "-A", "fsa_platform"]


class Command(BaseCommand):
    help = "Run the platform on this machine until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--web", type=int, default=2, help="How many web processes.")
        parser.add_argument("--no-demo", action="store_true", help="Leave the database as it is.")
        parser.add_argument("--no-fleet", action="store_true", help="Leave the demo's tills silent.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console(highlight=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell’s “&” hands it down ignored
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
        supervisor: Supervisor | None = None
        if settings.IS_SANDBOX:
            os.environ.setdefault("OUTGOING_MAY_REACH", LOOPBACK)
        try:
            self.data_dir = ensure_data_dir()
            lock = self._only_one()
            listener = self._listen()
            write_running(
                self.data_dir,
                {"PORT": str(settings.PORT), **({"CUSTODIAN_URL": settings.CUSTODIAN_URL} if self.custodian_is_ours else {})},
            )
            supervisor = Supervisor(self._custodian(), lambda line: self.console.print(f"  {line}"))
            self._prepare(supervisor)
            self._step(
                "Starting web, workers, beat and the sandbox card network",
                lambda: supervisor.start_more(self._children(listener, options["web"])),
            )
            if not options["no_demo"]:  # while the others load
                self._step("Demo merchants, products and people", lambda: self._manage(["seed_demo"]))
                supervisor.start_more(self._fleet(is_wanted=not options["no_fleet"]))
            self._step("Waiting until the platform answers", lambda: self._wait_until_ready(supervisor))
            self._tell()
            while True:
                supervisor.watch_once()
                self._watch_postgres()
                time.sleep(0.3)
        except KeyboardInterrupt:
            self.console.print("\nStopping …")
        except BootstrapError as error:
            raise CommandError(str(error)) from error
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave anything running
            if supervisor:
                supervisor.stop()
                forget_running(self.data_dir)
        del lock
        self.console.print("Stopped.")

    def _step(self, title: str, action: Callable[[], Any]) -> None:
        started = time.monotonic()
        with self.console.status(f"{title} …"):
            action()
        self.console.print(f"  [green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")

    def _only_one(self) -> IO[str]:
        handle = (self.data_dir / "up.lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(
                f"The platform already runs from {self.data_dir}: stop that one, or set FSA_DATA_DIR and PORT for a second."
            ) from error
        return handle

    def _listen(self) -> socket.socket:
        """Take the ports before anything is started, so that a taken one is told at once."""
        self.custodian_is_ours = settings.CUSTODIAN == "local" and "CUSTODIAN_URL" not in os.environ
        self.bank_is_ours = settings.BANK_DATA == "sandbox" and "BANK_DATA_URL" not in os.environ
        own = [settings.PORT + 85] * self.custodian_is_ours + [settings.PORT + 86] * self.bank_is_ours
        own += [settings.MQTT_PORT] * tills.takes_mqtt()
        self.publishes_list = settings.IS_SANDBOX and settings.LIST_PUBLISHER_ITEMS > 0
        own += [settings.LIST_PUBLISHER_PORT, settings.LIST_PUBLISHER_SFTP_PORT] * self.publishes_list
        own += [settings.SANDBOX_BANK_PORT + number for number in range(4)] * settings.RUNS_SANDBOX_BANK
        for port in (settings.ACQUIRER_PORT, settings.ACQUIRER_STATUS_PORT, *own):
            _take(port).close()
        return _take(settings.PORT)

    def _prepare(self, supervisor: Supervisor) -> None:
        self.console.print(f"[bold]FSA platform[/] · data in {self.data_dir}")
        self._step("PostgreSQL and Redis", self._servers)
        self._step("Keeper of keys", lambda: self._start_custodian(supervisor))
        supervisor.start_more([*self._bank_data(), *self._list_publisher(), *self._bank()])
        self._step(
            "Database schema and sentence encoder", lambda: self._manage(["migrate", "--verbosity", "0"], ["export_encoder"])
        )
        self._step("Merchants' keys and card ranges", lambda: self._manage(["seal_existing"], ["import_card_bins", "--first"]))

    def _servers(self) -> None:
        redis_is_ours, self.postgres_is_ours = not os.environ.get("REDIS_URL"), not os.environ.get("DATABASE_URL")
        ours: dict[str, tuple[str, dict[str, str]]] = {"redis": ("redis", {})} if redis_is_ours else {}
        if redis_is_ours and not os.environ.get("TELEMETRY_REDIS_URL"):
            ours["redis_telemetry"] = (TELEMETRY_REDIS_FOLDER, embedded.TELEMETRY_REDIS)
        os.environ.pop("FSA_WITHOUT_SERVERS", None)
        ensure_servers()
        # The embedded Redis servers become children like the others, so that they are restarted if they die.
        self.redis_commands = {}
        for name, (folder, more) in ours.items():
            self.redis_commands[name] = embedded.redis_command(self.data_dir / folder, settings=more)
            embedded.stop_redis(self.data_dir / folder)

    def _watch_postgres(self) -> None:
        """The embedded server is no child of ours, so it is looked after by name."""
        try:
            if self.postgres_is_ours and embedded.revive_postgres(self.data_dir / "postgres"):
                self.console.print("  PostgreSQL had ended; it runs again")
        except Exception as error:  # whatever keeps it from starting may pass: say it and try again
            self.console.print(f"  PostgreSQL ended and does not start again ({error}); trying on")
            time.sleep(2)

    def _manage(self, *commands: list[str]) -> None:
        """Run these beside each other until all have ended well."""
        running = [
            (
                command[0],
                subprocess.Popen([*PYTHON_MANAGE, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True),
            )
            for command in commands
        ]
        try:
            for name, process in running:
                said, _ = process.communicate()
                if process.returncode:
                    raise CommandError(f"“manage.py {name}” failed: {''.join(said.strip().splitlines()[-1:])}")
        finally:
            for _, process in running:
                process.kill()
                process.wait()

    def _child(self, name: str, command: list[str], **more: Any) -> Child:
        logs = self.data_dir / "logs"
        logs.mkdir(exist_ok=True)
        return Child(name=name, command=command, log=logs / f"{name}.log", **more)

    def _custodian(self) -> list[Child]:
        """The sandbox's keeper of keys: first to start, because migrating and seeding need it."""
        if not self.custodian_is_ours:
            return []
        os.environ["CUSTODIAN_URL"] = settings.CUSTODIAN_URL
        return [self._child("custodian", [*PYTHON_MANAGE, "sandbox_custodian", "--port", str(settings.PORT + 85)])]

    def _bank_data(self) -> list[Child]:
        """The sandbox's bank: early, because the demo's shoppers link it."""
        if not self.bank_is_ours:
            return []
        return [self._child("bank_data", [*PYTHON_MANAGE, "sandbox_bank_data", "--port", str(settings.PORT + 86)])]

    def _list_publisher(self) -> list[Child]:
        """The sandbox's publisher of an eligible-product list, with a small one."""
        publisher = [*PYTHON_MANAGE, "sandbox_list_publisher", "--n", str(settings.LIST_PUBLISHER_ITEMS)]
        return [self._child("list_publisher", publisher)] if self.publishes_list else []

    def _bank(self) -> list[Child]:
        """The sandbox's bank for payouts, which the acquirer pays into."""
        bank = [*PYTHON_MANAGE, "sandbox_bank", "--clearing", str(settings.CLEARING_DIR)]
        return [self._child("bank", bank)] if settings.RUNS_SANDBOX_BANK else []

    def _start_custodian(self, supervisor: Supervisor) -> None:
        supervisor.start()
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self.custodian_is_ours and not accepts(settings.PORT + 85):
            supervisor.watch_once()
            if time.monotonic() > deadline:
                raise CommandError(f"The keeper of keys did not start: see {self.data_dir / 'logs' / 'custodian.log'}.")
            time.sleep(0.05)

    def _children(self, listener: socket.socket, web_count: int) -> list[Child]:
        child = self._child
        acquirer = [*PYTHON_MANAGE, "sandbox_acquirer", "--port", str(settings.ACQUIRER_PORT), "--status-port",
                    str(settings.ACQUIRER_STATUS_PORT), "--journal", str(self.data_dir / "acquirer.jsonl"), "--clearing", str(settings.CLEARING_DIR)]  # fmt: skip
        worker = [*CELERY, "worker", "--queues", "default,telemetry", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING", "--without-gossip",
                  "--without-mingle", "--without-heartbeat"]  # fmt: skip
        webhooks = [*CELERY, "worker", "--queues", "webhooks", "--hostname", "webhooks@%h", "--pool", "threads", "--concurrency", "2",
                    "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
        catalogue = [*CELERY, "worker", "--queues", "catalogue", "--hostname", "catalogue@%h", "--pool", "threads", "--concurrency", "1",
                     "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
        rules = [*CELERY, "worker", "--queues", "rules", "--hostname", "rules@%h", "--pool", "prefork", "--concurrency",
                 str(min(2, os.cpu_count() or 1)), "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
        cores = str(min(2, os.cpu_count() or 1))
        beat = [*CELERY, "beat", "--loglevel", "WARNING", "--schedule", str(self.data_dir / "beat"), "--pidfile", ""]
        listener.set_inheritable(True)
        web = [*PYTHON_MANAGE, "web", "--fd", str(listener.fileno())]
        return [
            *(child(name, command) for name, command in self.redis_commands.items()),
            child("acquirer", acquirer),
            child("worker", worker),
            child("webhooks", webhooks),
            child("catalogue", catalogue, environment={"WORKER_IN_BACKGROUND": "1", "ENCODER_THREADS": cores}),
            child("rules", rules, environment={"DATABASE_POOL_SIZE": "0", "OMP_NUM_THREADS": "1"}),
            child("beat", beat),
            *(child(one.name, list(one.command), environment=one.environment) for one in self._tills()),
            *(child(f"web{n}", web, pass_fds=(listener.fileno(),), environment={"ENCODER_LOAD_AT_START": "1"}) for n in range(1, web_count + 1)),
        ]  # fmt: skip

    def _tills(self) -> list[tills.Process]:
        """Engines, and a broker for MQTT where that can be."""
        if not tills.takes_mqtt():
            self.console.print(f"  [dim]{tills.WITHOUT_MQTT}[/]" if not settings.MQTT_BRIDGE_PASSWORD else "")
            return tills.engines()
        os.environ.setdefault("TERMINAL_MQTT_URL", f"mqtt://127.0.0.1:{settings.MQTT_PORT}")
        return [*tills.engines(), *tills.mqtt(self.data_dir / "mqtt")]

    def _fleet(self, *, is_wanted: bool) -> list[Child]:
        """The demo's tills, which report over the same doors as real ones."""
        fleet = [*PYTHON_MANAGE, "simulate_fleet", "--of", "demo", "--quiet"]
        return [self._child("fleet", fleet, environment={"DATABASE_POOL_SIZE": "0"})] if is_wanted and settings.IS_SANDBOX else []

    def _wait_until_ready(self, supervisor: Supervisor | None) -> None:
        assert supervisor is not None
        deadline = time.monotonic() + READY_TIMEOUT_S
        with httpx.Client(base_url=f"http://127.0.0.1:{settings.PORT}", timeout=READY_TIMEOUT_S) as client:
            while time.monotonic() < deadline:
                supervisor.watch_once()
                try:
                    if client.get("/readyz").status_code == 200 and accepts(settings.ACQUIRER_PORT):
                        return
                except httpx.HTTPError:
                    pass
                time.sleep(0.1)
        raise CommandError(f"The platform did not answer within {READY_TIMEOUT_S} s: see {self.data_dir / 'logs'}.")

    def _tell(self) -> None:
        import json

        demo_file = self.data_dir / "demo.json"
        table = Table(show_header=False, box=None, padding=(0, 2))
        for name, path in (
            ("Merchant portal", "/"),
            ("Admin", "/admin/"),
            ("API documentation", "/v1/docs/"),
            ("Test cards", "/test-cards/"),
        ):
            table.add_row(name, f"{settings.BASE_URL}{path}")
        if demo_file.exists():
            demo = json.loads(demo_file.read_text())
            for role in ("owner", "staff"):
                person = demo[role]
                table.add_row(f"Sign in as {role}", f"{person['username']}  {person['password']}")
            table.add_row("Secret key", demo["secret_key"])
            table.add_row("Publishable key", demo["publishable_key"])
            table.add_row("Every demo person, with TOTP secrets", str(demo_file))
        self.console.print()
        self.console.print(table)
        self.console.print("\nCtrl-C stops everything.")


def _take(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=2048)
    except OSError as error:
        raise CommandError(
            f"Port {port} is in use: stop what uses it, or set PORT to another (PORT, PORT + 83 to PORT + 93 are taken)."
        ) from error
