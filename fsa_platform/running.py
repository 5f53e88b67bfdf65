"""Where the platform of this data folder runs: `up` writes it down, and commands beside it read it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

NAME = "running.json"


def write_running(data_dir: Path, environment: dict[str, str]) -> None:
    """Say with what settings a command reaches the platform that this process runs."""
    (data_dir / NAME).write_text(json.dumps({"pid": os.getpid(), "environment": environment}))


def forget_running(data_dir: Path) -> None:
    (data_dir / NAME).unlink(missing_ok=True)


def running_environment(data_dir: Path) -> dict[str, str]:
    """The settings of the platform that runs from this folder, such as `PORT`; empty where none does, whatever the file says."""
    try:
        known = json.loads((data_dir / NAME).read_text())
        os.kill(known["pid"], 0)
        environment = {str(name): str(value) for name, value in known["environment"].items()}
        return environment if accepts(int(environment["PORT"])) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def accepts(port: int) -> bool:
    """Does somebody on this machine listen at this port?"""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
