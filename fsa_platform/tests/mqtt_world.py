"""A real Mosquitto with the configuration that docker-compose and `manage.py up` use, and a bridge, on a test's database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from fsa_platform.bootstrap import BASE_DIR
from pos_monitor.receiving.mqtt_broker import configure
from pos_monitor.tests.mqtt_client import Till

START_S = 60  # for a busy machine; nothing asserts how fast it was


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def database() -> str:
    """The test's, for a process beside it."""
    server, _, query = os.environ["DATABASE_URL"].partition("?")
    name = connection.settings_dict["NAME"]
    return f"{server.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


class World:
    """Runs both until `end`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.broker_command = configure(folder, port=self.port)
        self.passwords, self.log_path = folder / "passwords", folder / "log"
        self.log = self.log_path.open("ab")
        self.environment = {
            **os.environ, "DATABASE_URL": database(), "REDIS_URL": settings.REDIS_URL, "TELEMETRY_REDIS_URL": settings.REDIS_URL,
            "MQTT_PORT": str(self.port), "MQTT_BRIDGE_PASSWORD": "a bridge's", "DATABASE_POOL_SIZE": "0",
        }  # fmt: skip
        self.bridge = self.start_bridge()
        self.broker = self.start_broker()
        self.wait_for(self.listens)

    def listens(self, times: int = 1) -> bool:
        """Has the bridge come to the broker so often?"""
        return self.log_path.read_text().count("listening at the MQTT broker") >= times

    def start_bridge(self) -> subprocess.Popen[bytes]:
        return self.start([sys.executable, str(BASE_DIR / "manage.py"), "mqtt_bridge", "--passwords", str(self.passwords)])

    def start_broker(self) -> subprocess.Popen[bytes]:
        return self.start(self.broker_command)

    def kill_bridge(self) -> None:
        self.bridge.kill()
        self.bridge.wait()

    def kill_broker(self) -> None:
        """kill -9 of mosquitto itself; the shell that looks after it ends."""
        children = Path(f"/proc/{self.broker.pid}/task/{self.broker.pid}/children").read_text().split()
        for pid in children:
            if "mosquitto" in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(int(pid), signal.SIGKILL)
        self.broker.wait(START_S)

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=self.environment, cwd=BASE_DIR, stdout=self.log, stderr=self.log)

    def wait_for(self, holds: Callable[[], Any]) -> None:
        end = time.monotonic() + START_S
        while not holds():
            assert time.monotonic() < end, self.log_path.read_text()[-3000:]
            time.sleep(0.05)

    def knows(self, name: str) -> bool:
        return self.passwords.exists() and f"\n{name}:" in self.passwords.read_text()

    def lets_in(self, name: str, token: str) -> Till:
        """The till, connected: the broker reads new passwords within a second or so."""
        found: list[Till] = []

        def tried() -> bool:
            found.append(Till(self.port, name, token))
            if found[-1].reason.is_failure:
                found[-1].leave()
            return not found[-1].reason.is_failure

        self.wait_for(tried)
        return found[-1]

    def end(self) -> None:
        for process in (self.bridge, self.broker):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        self.log.close()
