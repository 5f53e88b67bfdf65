"""Which door the fleet uses, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pos_monitor.simulation.sending.http import HttpLine
from pos_monitor.simulation.sending.line import Heard, Line, Terminal
from pos_monitor.simulation.sending.mqtt import MqttLine
from pos_monitor.simulation.sending.websocket import WebSocketLine

TRANSPORTS: Final[dict[str, type[WebSocketLine] | type[HttpLine] | type[MqttLine]]] = {
    "ws": WebSocketLine, "http": HttpLine, "mqtt": MqttLine,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Door:
    """transport: a name in TRANSPORTS. host and ports: of the receivers, or of the MQTT brokers; terminals are spread over them."""

    transport: str
    host: str
    ports: tuple[int, ...]

    def port(self, terminal: Terminal) -> int:
        return self.ports[terminal.place % len(self.ports)]

    def line(self, terminal: Terminal, heard: Heard) -> Line:
        return TRANSPORTS[self.transport](terminal, heard, self.host, self.port(terminal))
