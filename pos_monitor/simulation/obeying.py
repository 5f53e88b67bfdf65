"""What made-up terminals do with commands: most are done within seconds, a few fail, as in life."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from pos_monitor.simulation.playing import Part

FAILING: Final = 0.02  # share of commands that a terminal cannot carry out


class Obeying:
    """Results wait here until the terminal's next report takes them along."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.results: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.known: dict[int, set[str]] = defaultdict(set)

    def hear(self, place: int, command: dict[str, Any]) -> None:
        """Carry a command out, once however often it is sent."""
        name = str(command["id"])
        if name in self.known[place]:
            return
        self.known[place].add(name)
        has_failed = self.part.luck.random() < FAILING
        state, message = ("failed", "There is no room left for it.") if has_failed else ("done", "")
        self.results[place].append({"id": name, "state": state, "message": message})
        if command.get("kind") == "reboot" and not has_failed:
            self.part.life.start_anew(np.array([place]), time.time())

    def add_results(self, place: int, report: bytes, now_s: float) -> bytes:
        """The report with what came of commands."""
        if place not in self.results:
            return report
        return report[:-1] + b',"command_results":' + json.dumps(self.results.pop(place)).encode() + b"}"
