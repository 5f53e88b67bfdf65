"""A whole platform of its own for a benchmark: own data folder, own ports, ended with the run."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 600  # a first start migrates an empty database, beside whatever else runs


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform: where it listens, how to call it, where its data lies, and its first process."""

    port: int
    data_dir: Path
    demo: dict[str, Any]
    pid: int
    environment: dict[str, str]


def free_port() -> int:
    """A port with free neighbours for the card network."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        if port < 65_000:
            return port


@contextlib.contextmanager
def running_platform(name: str, *, web: int) -> Iterator[Platform]:
    """Start `manage.py up` in `.run/bench-<name>`; ends it, and only it, afterwards."""
    port, data_dir = free_port(), BASE_DIR / ".run" / f"bench-{name}"
    environment = {
        **os.environ,
        "PORT": str(port),
        "FSA_DATA_DIR": str(data_dir),
        "API_RATE_PER_S": "100000",
        "API_BURST": "100000",
        "PUBLIC_RATE_PER_S": "100000",
        "PUBLIC_BURST": "100000",
    }
    command = [sys.executable, str(BASE_DIR / "manage.py"), "up", "--no-fleet", "--web", str(web)]
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "up.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=BASE_DIR, start_new_session=True)
    try:
        _wait(process, data_dir)
        demo = json.loads((data_dir / "demo.json").read_text())
        yield Platform(port=port, data_dir=data_dir, demo=demo, pid=process.pid, environment=environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], data_dir: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while "Ctrl-C stops everything" not in (said := (data_dir / "up.log").read_text()):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"the platform did not start: {said}")
        time.sleep(0.2)


def machine() -> str:
    """What the figures were made on, in a few words."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?"
    )
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"
