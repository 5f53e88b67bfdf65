"""What the platform says back to a terminal, the same on every transport that stays open: see docs/terminals-protocol.md."""

from __future__ import annotations

from collections import deque
from typing import Any

from pos_monitor.simulation.sending.line import Heard, Name


def hear(heard: Heard, place: int, told: dict[str, Any], on_the_wire: deque[Name]) -> None:
    """Act on one frame. on_the_wire: what was sent on this connection and not acknowledged, in the order in which it was sent."""
    if ack := told.get("ack"):
        if "from" in ack:  # MQTT: these, and no other
            taken = [(ack["boot"], seq) for seq in range(ack["from"], ack["seq"] + 1) if (ack["boot"], seq) in on_the_wire]
            for name in taken:
                on_the_wire.remove(name)
        else:
            taken = _until(on_the_wire, (ack["boot"], ack["seq"]))
        heard.acked(place, taken)
    if pause := told.get("pause"):
        heard.paused(place, pause["ms"] / 1000)
    if command := told.get("command"):
        heard.commanded(place, command)
    for fault in told.get("faults", ()):
        heard.refused(place, fault["code"], [(fault["boot"], fault["seq"])] if fault["refused"] and "seq" in fault else [])
    if error := told.get("error"):
        heard.refused(place, error["code"], [])


def _until(on_the_wire: deque[Name], name: Name) -> list[Name]:
    """An acknowledgement stands for everything that was sent before it on the connection."""
    if name not in on_the_wire:
        return []
    taken = []
    while True:
        taken.append(on_the_wire.popleft())
        if taken[-1] == name:
            return taken
