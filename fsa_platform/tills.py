"""The processes of the till fleet that `manage.py up` runs on one machine."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings

from fsa_platform.bootstrap import BASE_DIR
from pos_monitor.receiving.mqtt_broker import configure, is_installed

MANAGE: Final = [sys.executable, str(BASE_DIR / "manage.py")]
WITHOUT_MQTT: Final = "Tills over HTTPS and WebSocket only: mosquitto (package mosquitto) is not on this machine"


@dataclass(frozen=True, slots=True)
class Process:
    """One to be kept alive."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def engines() -> list[Process]:
    """Two for each shard, of which one stands by with everything loaded: starting Python anew would take the screens seconds. Web processes receive."""
    return [
        Process(f"engine{shard}{which}", [*MANAGE, "telemetry_engine", "--shard", str(shard)], {"OMP_NUM_THREADS": "1"})
        for shard in range(settings.TELEMETRY_SHARDS)
        for which in ("a", "b")
    ]


def takes_mqtt() -> bool:
    """Is a broker to be started here? Not where the environment names one, nor without the program."""
    return settings.IS_SANDBOX and not settings.MQTT_BRIDGE_PASSWORD and is_installed()


def mqtt(folder: Path) -> list[Process]:
    """The broker and its bridge, with a password made for this run. folder: for the broker's files."""
    told = {"MQTT_BRIDGE_PASSWORD": secrets.token_urlsafe(24), "MQTT_PORT": str(settings.MQTT_PORT), "MQTT_HOST": "127.0.0.1"}
    broker = configure(folder, port=settings.MQTT_PORT)
    (folder / "passwords").unlink(missing_ok=True)  # of an earlier run; the broker waits until the bridge has written it
    bridge = [*MANAGE, "mqtt_bridge", "--passwords", str(folder / "passwords")]
    return [Process("mqtt", broker), Process("mqtt_bridge", bridge, told)]
