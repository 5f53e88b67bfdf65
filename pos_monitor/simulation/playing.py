"""One process's part of the made-up fleet, played in time: who wakes, reports, loses the network, comes back.

A terminal keeps every report until the platform has acknowledged it, as the real client does: what was cut off comes later, marked as stored.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from pos_monitor.simulation.chance import Chance, Ints
from pos_monitor.simulation.faults import Faults, Kind, Mask
from pos_monitor.simulation.life import Life
from pos_monitor.simulation.obeying import Obeying
from pos_monitor.simulation.saying import Speaker, mark
from pos_monitor.simulation.scenarios import Weather
from pos_monitor.simulation.sending.door import Door
from pos_monitor.simulation.sending.line import Counts, Line, Name, Terminal

TICK_S: Final = 0.05
MOST_KEPT: Final = 720  # reports in a terminal: two hours at ten seconds
MOST_AT_ONCE: Final = 50  # stored reports in one message
FIRST_AGAIN_S, LONGEST_AGAIN_S = 0.5, 20.0
CONNECTS_A_TICK: Final = 100  # of this process: 2,000 a second

CONNECT_TIMEOUT_S: Final = 20.0


class Part:
    """The terminals `mine` (places in the fleet) and their lines. Give `run` to an event loop."""

    def __init__(
        self, life: Life, speaker: Speaker, faults: Faults, terminals: Sequence[Terminal], mine: Ints, door: Door, *, weather: Weather, seed: int
    ) -> None:  # fmt: skip
        self.life, self.speaker, self.faults, self.weather = life, speaker, faults, weather
        self.terminals, self.mine, self.door = terminals, mine, door
        self.counts, self.chance, self.luck = Counts(), Chance(seed + 3), random.Random(seed)  # noqa: S311
        n = len(terminals)
        self.lines: list[Line | None] = [None] * n
        self.kept: list[deque[tuple[Name, bytes]]] = [deque() for _ in range(n)]
        self.unsent: list[set[Name]] = [set() for _ in range(n)]
        self.due_s = life.began_s + life.every_s * self.chance.of(1, np.arange(n))
        self.again_s = np.zeros(n)  # when to dial again
        self.pause_s = np.full(n, FIRST_AGAIN_S)
        self.quiet_until_s = np.zeros(n)  # asked to wait
        self.is_dialling = np.zeros(n, bool)
        self.was_awake = np.ones(n, bool)
        self.rounds: dict[int, int] = {}
        self.late: list[tuple[float, int, Name]] = []
        self.obeying = Obeying(self)
        if weather.clock_s:
            life.clock_ms = (weather.clock_s * 1000 * (2 * self.chance.of(2, np.arange(n)) - 1)).astype(np.int64)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, until: asyncio.Event) -> None:
        """Play until told to stop, then say goodbye."""
        while not until.is_set():
            began = time.monotonic()
            self.tick(time.time())
            await asyncio.sleep(max(0.002, TICK_S - (time.monotonic() - began)))
        for place in self.mine.tolist():
            if line := self.lines[place]:
                line.close()

    def tick(self, now_s: float) -> None:
        """Everything that is due at this moment."""
        fleet_s = now_s - self.life.began_s
        awake = self.life.awake(now_s)[self.mine]
        cut = self.faults.at(Kind.CUT_OFF, fleet_s)[self.mine]
        self._wake_and_sleep(awake, now_s)
        self._break_lines(cut, fleet_s)
        self._dial_some(awake & ~cut, now_s)
        self._report(self.mine[awake & (self.due_s[self.mine] <= now_s)], now_s)
        self._send_late(now_s)

    def look(self) -> Counts:
        """What this part has done so far."""
        self.counts.waiting = sum(len(self.kept[place]) for place in self.mine.tolist())
        return self.counts

    # --- Reports ---

    def _report(self, who: Ints, now_s: float) -> None:
        if not len(who):
            return
        said = self.speaker.say(who, self.life.step(who, now_s))
        self.due_s[who] = np.maximum(self.due_s[who] + self.life.every_s[who], now_s + 0.2)
        seqs, boots = self.life.seq[who].tolist(), self.life.boot[who].tolist()
        lost = self.chance.of(3, who, self.life.seq[who]) < self.weather.loss
        late_s = self.weather.late_s * self.chance.of(4, who, self.life.seq[who])
        for place, boot, seq, report, is_lost, after_s in zip(
            who.tolist(), boots, seqs, said, lost.tolist(), late_s.tolist(), strict=True
        ):
            self.counts.made += 1
            if is_lost:  # made, and gone before it could be kept
                self.counts.lost_on_purpose += 1
                continue
            report = self.obeying.add_results(place, report, now_s)
            self._keep(place, (boot, seq), report)
            if after_s:
                heapq.heappush(self.late, (now_s + after_s, place, (boot, seq)))
            else:
                self._send(place, (boot, seq), report, now_s)

    def _keep(self, place: int, name: Name, report: bytes) -> None:
        kept = self.kept[place]
        if len(kept) >= MOST_KEPT:
            self.counts.thrown_away += 1
            kept.popleft()
        kept.append((name, report))

    def _send(self, place: int, name: Name, report: bytes, now_s: float) -> None:
        line = self.lines[place]
        if line and line.is_open and self.quiet_until_s[place] <= now_s and not line.is_full():
            self.counts.sent += 1
            line.send([(name, report)])
        else:
            self.unsent[place].add(name)

    def _send_late(self, now_s: float) -> None:
        while self.late and self.late[0][0] <= now_s:
            _, place, name = heapq.heappop(self.late)
            if report := next((one for known, one in self.kept[place] if known == name), None):
                self._send(place, name, report, now_s)

    def _send_stored(self, place: int) -> None:
        """What waited, oldest first, once the line is open again: at most so many at a time, the rest with their acknowledgement."""
        line, unsent = self.lines[place], self.unsent[place]
        if not unsent or line is None or not line.is_open:
            return
        some = [
            (name, mark(report, "stored") if b'"stored"' not in report else report)
            for name, report in self.kept[place]
            if name in unsent
        ]
        some = some[:MOST_AT_ONCE]
        unsent.difference_update(name for name, _ in some)
        if some:
            self.counts.sent += len(some)
            line.send(some)
        else:
            unsent.clear()

    # --- Lines ---

    def _wake_and_sleep(self, awake: Mask, now_s: float) -> None:
        was, self.was_awake = self.was_awake[self.mine], self.was_awake
        self.was_awake[self.mine] = awake
        for place in self.mine[was & ~awake].tolist():
            if line := self.lines[place]:
                line.abort()
        woken = self.mine[~was & awake]
        if len(woken):
            self.life.start_anew(woken, now_s)
            self.due_s[woken] = now_s + 1 + 9 * self.chance.of(5, woken)

    def _break_lines(self, cut: Mask, fleet_s: float) -> None:
        for place in self.mine[cut].tolist():
            if line := self.lines[place]:
                line.abort()
        for number, fault in enumerate(self.faults.faults):
            if fault.kind is Kind.DROPPED and (turn := fault.round(fleet_s)) > self.rounds.get(number, -1):
                self.rounds[number] = turn
                for place in np.intersect1d(fault.who, self.mine).tolist():
                    if line := self.lines[place]:
                        line.abort()

    def _dial_some(self, may: Mask, now_s: float) -> None:
        wanted = self.mine[may & (self.again_s[self.mine] <= now_s) & ~self.is_dialling[self.mine]]
        for place in [place for place in wanted.tolist() if self.lines[place] is None][:CONNECTS_A_TICK]:
            self.is_dialling[place] = True
            task = asyncio.ensure_future(self._dial(place))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _dial(self, place: int) -> None:
        terminal = self.terminals[place]
        line = self.lines[place] = self.door.line(terminal, self)
        connecting = asyncio.get_running_loop().create_connection(
            lambda: line, self.door.host, self.door.port(terminal), local_addr=(terminal.source, 0)
        )
        try:
            await asyncio.wait_for(connecting, CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            self.closed(place, str(error))
        finally:
            self.is_dialling[place] = False

    # --- What is heard on the lines ---

    def opened(self, place: int) -> None:
        self.counts.connected += 1
        self.counts.connects += 1
        self.pause_s[place] = FIRST_AGAIN_S
        self.unsent[place].update(name for name, _ in self.kept[place])
        asyncio.get_running_loop().call_soon(self._send_stored, place)

    def closed(self, place: int, why: str) -> None:
        line, self.lines[place] = self.lines[place], None
        if line is not None and line.was_open:
            self.counts.connected -= 1
        else:
            self.counts.failures += 1
        self.again_s[place] = time.time() + self.pause_s[place] * (0.5 + self.luck.random())
        self.pause_s[place] = min(self.pause_s[place] * 2, LONGEST_AGAIN_S)

    def acked(self, place: int, names: list[Name]) -> None:
        kept, gone = self.kept[place], set(names)
        self.counts.acked += len(gone)
        if kept and len(gone) == 1 and kept[0][0] in gone:
            kept.popleft()
        else:
            self.kept[place] = deque(one for one in kept if one[0] not in gone)
        if self.unsent[place]:
            self._send_stored(place)

    def refused(self, place: int, code: str, names: list[Name]) -> None:
        self.counts.refused[code] = self.counts.refused.get(code, 0) + max(1, len(names))
        if names:
            gone = set(names)
            self.kept[place] = deque(one for one in self.kept[place] if one[0] not in gone)

    def kept_back(self, place: int, names: list[Name]) -> None:
        self.unsent[place].update(names)

    def paused(self, place: int, for_s: float) -> None:
        self.quiet_until_s[place] = time.time() + for_s
        asyncio.get_running_loop().call_later(for_s + 0.01, self._send_stored, place)

    def commanded(self, place: int, command: dict[str, Any]) -> None:
        self.counts.commands += 1
        self.obeying.hear(place, command)
