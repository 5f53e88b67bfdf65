"""A large fleet is played by several processes: each has its share of terminals, an event loop, and as many sockets as one process may have."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

import numpy as np
import uvloop

from pos_monitor.simulation.fleet import Recipe, fleet_of
from pos_monitor.simulation.playing import Part
from pos_monitor.simulation.scenarios import Weather
from pos_monitor.simulation.sending.door import Door
from pos_monitor.simulation.sending.line import Counts, Terminal

SOCKETS_A_PROCESS: Final = 15_000
TERMINALS_A_SOURCE: Final = 20_000  # one loopback address has about 28,000 ports towards one door
TELL_S: Final = 1.0
END_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Play:
    """Everything that a process needs to play its part."""

    recipe: Recipe
    door: Door
    weather: Weather
    terminals: Sequence[Terminal]


def process_count(terminals: int) -> int:
    """So many that none has more sockets than the system allows it."""
    most = max(200, min(SOCKETS_A_PROCESS, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 500))
    return -(-terminals // most)


@contextmanager
def playing(play: Play) -> Iterator[Crowd]:
    """The fleet, reporting until the block ends."""
    crowd = Crowd(play)
    try:
        yield crowd
    finally:
        crowd.end()


class Crowd:
    """The processes of one fleet and what they last told."""

    def __init__(self, play: Play) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would share the parent's connections
        count = process_count(len(play.terminals))
        self.told = [Counts() for _ in range(count)]
        self.pipes: list[Connection] = []
        self.processes = []
        for part in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_play_part, args=(play, part, count, theirs), name=f"tills {part + 1}", daemon=True)
            process.start()
            theirs.close()
            self.pipes.append(ours)
            self.processes.append(process)

    def look(self) -> Counts:
        """What the fleet has done so far, of all processes together. Raises FleetEnded if one is gone."""
        for place, pipe in enumerate(self.pipes):
            try:
                while pipe.poll():
                    self.told[place] = Counts(**pipe.recv())
            except EOFError:
                raise FleetEnded(f"process {place + 1} of the fleet ended with {self.processes[place].exitcode}") from None
        return _sum(self.told)

    def end(self) -> None:
        for process in self.processes:
            if process.is_alive():
                process.terminate()
        deadline = time.monotonic() + END_TIMEOUT_S
        for process in self.processes:
            process.join(max(0.1, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()


class FleetEnded(Exception):
    """A process of the fleet is gone."""


def _sum(told: Sequence[Counts]) -> Counts:
    total = Counts()
    for one in told:
        for name, value in asdict(one).items():
            if isinstance(value, dict):
                for code, times in value.items():
                    total.refused[code] = total.refused.get(code, 0) + times
            else:
                setattr(total, name, getattr(total, name) + value)
    return total


def _play_part(play: Play, part: int, parts: int, pipe: Connection) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; it ends us with SIGTERM
    uvloop.run(_play(play, part, parts, pipe))


async def _play(play: Play, part: int, parts: int, pipe: Connection) -> None:
    fleet = fleet_of(play.recipe)
    mine = np.arange(part, len(play.terminals), parts)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    role = Part(
        fleet.life, fleet.speaker, fleet.faults, play.terminals, mine, play.door, weather=play.weather, seed=play.recipe.seed
    )
    telling = asyncio.create_task(_tell(role, pipe, over))
    await role.run(over)
    await telling


async def _tell(role: Part, pipe: Connection, over: asyncio.Event) -> None:
    while not over.is_set():
        try:
            pipe.send(asdict(role.look()))
        except OSError:  # whoever started us is gone
            over.set()
        await asyncio.sleep(TELL_S)


def with_sources(terminals: Sequence[Terminal], host: str) -> list[Terminal]:
    """Spread over loopback addresses, as one has too few ports for a large fleet. Elsewhere than on loopback the system chooses."""
    if not host.startswith("127."):
        return [Terminal(one.place, one.number, one.public_id, one.token, "0.0.0.0") for one in terminals]  # noqa: S104  # nosec B104
    return [
        Terminal(one.place, one.number, one.public_id, one.token, f"127.0.0.{1 + one.place // TERMINALS_A_SOURCE}")
        for one in terminals
    ]


__all__: Any = ["Crowd", "FleetEnded", "Play", "playing", "process_count", "with_sources"]
