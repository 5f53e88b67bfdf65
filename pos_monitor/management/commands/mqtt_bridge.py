"""The process between the MQTT broker and the stream of reports. Several may share one broker, each under a name of its own."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
from pathlib import Path
from typing import Any

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from common.readiness import refuse_unready
from pos_monitor.estate.tokens import mqtt_hash
from pos_monitor.receiving.mqtt_bridge import MqttBridge
from pos_monitor.receiving.mqtt_broker import BRIDGES
from pos_monitor.receiving.mqtt_link import Broker
from pos_monitor.receiving.mqtt_terminals import MqttTerminals
from pos_monitor.receiving.receiver import Receiver

GC_THRESHOLDS = (50_000, 20, 1_000)


class Command(BaseCommand):
    help = "Take terminals' reports from the MQTT broker, and keep the broker's passwords in step with tokens."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--passwords", type=Path, help="The broker's file of passwords, which this process writes.")
        parser.add_argument(
            "--name", default="bridge-1", choices=BRIDGES, help="At the broker: the same after a restart, another beside it."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unready()
        if not settings.MQTT_BRIDGE_PASSWORD:
            raise CommandError("Set MQTT_BRIDGE_PASSWORD: with it the bridge signs in at the broker.")
        broker = Broker(settings.MQTT_HOST, settings.MQTT_PORT, options["name"], settings.MQTT_BRIDGE_PASSWORD)
        terminals = MqttTerminals(
            options["passwords"], [f"{name}:{mqtt_hash(settings.MQTT_BRIDGE_PASSWORD)}" for name in BRIDGES]
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_bridge(broker, terminals))


async def _bridge(broker: Broker, terminals: MqttTerminals) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    following = await asyncio.to_thread(_follow, terminals)
    receiver = Receiver()
    await receiver.start(with_tokens=False)
    receiver.on_failure(over.set)
    bridge = MqttBridge(receiver, terminals, broker)
    await bridge.start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    await over.wait()
    await bridge.stop()
    following.set()


def _follow(terminals: MqttTerminals) -> threading.Event:
    try:
        return terminals.follow()
    finally:
        connection.close()
