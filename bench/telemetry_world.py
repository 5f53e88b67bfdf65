"""What the tills' benchmark stands on: servers of its own, a fleet of 50,000 in its database, receivers, an engine, a web process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.stack import BASE_DIR, free_port

FOLDER: Final = BASE_DIR / ".run" / "bench-telemetry"
# As a database server of this size is run: durable, nothing relaxed. Checkpoints every minute keep the restart after a crash to seconds.
POSTGRES: Final = {
    "shared_buffers": "256MB", "max_connections": "200", "max_wal_size": "8GB", "checkpoint_timeout": "1min", "wal_compression": "on",
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "jit": "off", "random_page_cost": "1.1",
}  # fmt: skip
MANAGE: Final = [sys.executable, str(BASE_DIR / "manage.py")]
RECEIVERS: Final = 3  # a process may have 20,000 descriptors here
ENGINES: Final = ("engine", "engine_beside")
START_TIMEOUT_S: Final = 90
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Part:
    """One process of the platform. It is started again when it dies, as a supervisor does."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    handed: Sequence[int] = ()  # descriptors that it is given
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (FOLDER / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=BASE_DIR, start_new_session=True, pass_fds=self.handed,
                env={**os.environ, "DATABASE_POOL_SIZE": "8", **self.environment},
            )  # fmt: skip

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def last_words(self) -> str:
        return (FOLDER / f"{self.name}.log").read_text(errors="replace")[-1500:]


class World:
    """The running parts by name, and where they listen."""

    def __init__(self, transport: str) -> None:
        self.transport, self.parts = transport, dict[str, Part]()
        self.postgres = FOLDER / "postgres"
        self.web_socket = socket.create_server(("127.0.0.1", 0), backlog=2048)  # that web processes share
        self.web_port = int(self.web_socket.getsockname()[1])
        self.ports = [free_port() for _ in range(RECEIVERS)]

    def start(self, name: str, command: Sequence[str], *, handed: Sequence[int] = (), **environment: str) -> Part:
        part = self.parts[name] = Part(name, command, environment, handed)
        part.start()
        return part

    def start_engine(self, name: str) -> Part:
        """The first serves the shard, a second stands by."""
        return self.start(name, [*MANAGE, "telemetry_engine", "--shard", "0"])

    def start_web(self, name: str) -> Part:
        """One more process on the port of all."""
        place = self.web_socket.fileno()
        told = {"PORT": str(self.web_port), "BASE_URL": f"http://127.0.0.1:{self.web_port}"}
        return self.start(name, [*MANAGE, "web", "--fd", str(place)], handed=(place,), **told)

    def kill(self, name: str) -> None:
        """kill -9, as a crash would."""
        self.parts[name].process.kill()  # type: ignore[union-attr]
        self.parts[name].process.wait()  # type: ignore[union-attr]

    def revive(self) -> list[str]:
        """Start again what has died, and say what that was."""
        from fsa_platform import embedded

        dead = [part.name for part in self.parts.values() if part.process and part.process.poll() is not None]
        for name in dead:
            self.parts[name].start()
        with contextlib.suppress(Exception):  # it replays what it had written, which may take longer than one look
            return dead + ["postgres"] * embedded.revive_postgres(self.postgres)
        return dead

    def wait_for(self, port: int, name: str) -> None:
        from fsa_platform.running import accepts

        deadline = time.monotonic() + START_TIMEOUT_S
        while not accepts(port):
            if self.parts[name].process.poll() is not None or time.monotonic() > deadline:  # type: ignore[union-attr]
                sys.exit(f"{name} did not start: {self.parts[name].last_words()}")
            time.sleep(0.1)

    def wait_for_web(self, name: str) -> None:
        """Until a process of the web answers; the port itself is ours, and always open."""
        import httpx

        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{self.web_port}/healthz", timeout=5).is_success:
                    return
            if self.parts[name].process.poll() is not None or time.monotonic() > deadline:  # type: ignore[union-attr]
                sys.exit(f"{name} did not start: {self.parts[name].last_words()}")
            time.sleep(0.1)

    def pids(self) -> dict[str, list[int]]:
        """Process ids by part; PostgreSQL with all its backends."""
        found = {name: [part.pid] for name, part in self.parts.items() if part.process and part.process.poll() is None}
        found |= {name: _family(pids[0]) for name, pids in found.items() if name.startswith("broker")}  # a shell that runs it
        found["postgres"] = _family(postmaster(self.postgres))
        return found

    def end(self) -> None:
        for part in reversed(self.parts.values()):
            if part.process and part.process.poll() is None:
                part.process.send_signal(signal.SIGTERM)
        for part in reversed(self.parts.values()):
            if part.process:
                try:
                    part.process.wait(10)
                except subprocess.TimeoutExpired:
                    part.process.kill()


def prepare(*, keep: bool = False) -> None:
    """Servers of our own, an empty schema, Django. Everything that ran here before is forgotten."""
    from fsa_platform import embedded

    if not keep:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "FSA_DATA_DIR": str(FOLDER), "DJANGO_SETTINGS_MODULE": "fsa_platform.settings", "DATABASE_POOL_SIZE": "0", "OMP_NUM_THREADS": "1",
        "LOG_LEVEL": "WARNING", "FSA_ENVIRONMENT": "sandbox",
    }  # fmt: skip
    os.environ["DATABASE_URL"] = embedded.ensure_postgres(FOLDER / "postgres", settings=POSTGRES)


def prepare_django() -> None:
    """After the servers: secrets, a keeper of keys in this process, the schema."""
    from fsa_platform.bootstrap import ensure_custodian, ensure_secrets

    ensure_secrets()
    os.environ.pop("CUSTODIAN_URL", None)
    os.environ["PORT"] = str(free_port())
    ensure_custodian()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


@contextlib.contextmanager
def servers(world: World) -> Iterator[None]:
    """Both Redis servers as parts of the world; ends every part afterwards."""
    from fsa_platform import embedded

    for name, variable in (("redis", "REDIS_URL"), ("telemetry_redis", "TELEMETRY_REDIS_URL")):
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        durable = embedded.TELEMETRY_REDIS if name == "telemetry_redis" else None
        world.start(name, embedded.redis_command(folder, settings=durable) if durable else embedded.redis_command(folder))
        deadline = time.monotonic() + 15
        while not embedded._answers(embedded._socket_path(folder)):
            if time.monotonic() > deadline:
                sys.exit(f"{name} did not start: {world.parts[name].last_words()}")
            time.sleep(0.05)
        os.environ[variable] = embedded.ensure_redis(folder)
    try:
        yield
    finally:
        world.end()


def postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().splitlines()[0])


def _family(pid: int) -> list[int]:
    """A process and its children."""
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [int(child) for child in task.read_text().split()]
    return [pid, *children]


def cpu_s(pids: Sequence[int], *, with_reaped: bool = False) -> float:
    """Processor time that these have used. with_reaped: and their children that have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15] if with_reaped else fields[11:13]))
    return total / TICKS_A_SECOND


def memory_mb(pids: Sequence[int]) -> float:
    """Proportional set size: what is shared counts once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024
