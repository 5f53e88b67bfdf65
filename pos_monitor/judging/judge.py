"""Judging one shard: batches of reports in, alerts that begin and alerts that end out. No database: what it knows is a function of
what it was given.

The engine gives it every report once, each terminal's in its order, and says at every tick up to when it has listened. A judge is not
thread-safe: one engine owns it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging import snapshot
from pos_monitor.judging.clocks import Clocks
from pos_monitor.judging.gathering import Gathering
from pos_monitor.judging.memory import Memory
from pos_monitor.judging.plan import Plan
from pos_monitor.judging.rounds import Index, rounds
from pos_monitor.judging.transitions import TRANSITION, Changes
from pos_monitor.judging.work import Work

DEAF_AFTER_MS: Final = 15_000  # nothing from anybody for so long before a start: it was us who did not listen


class Judge:
    """All rules of a plan at work."""

    def __init__(self, plan: Plan, capacity: int = 0) -> None:
        """capacity: room for terminals of numbers below it; it grows with the plan's fleet."""
        self.plan = plan
        self.size = max(capacity, len(plan.fleet))
        self.clocks = Clocks(self.size)
        self.worst = np.zeros(self.size, np.uint8)  # by number: severity of its worst open alert, 0: none
        self.heard_ms = 0  # when the newest report of anybody was received
        self.works = {watch.spec.rule: Work(plan, watch, self.size) for watch in plan.watches}
        self._is_listening = False

    def step(self, batch: NDArray[np.void]) -> Changes:
        """Judge reports. batch: RECORD [n] without repeats, each terminal's own in order and newer than those judged before; of terminals
        that the plan does not know they are passed over. What a terminal stored while it was cut off counts at the time it was made."""
        known = batch["terminal"] < len(self.plan.fleet)
        batch = batch if known.all() else batch[known]
        told = Gathering()
        if len(batch):
            self._listen(int(batch["received_ms"].min()))
            self.heard_ms = max(self.heard_ms, int(batch["received_ms"].max()))
            for terminals, records in rounds(batch):
                reports = self.clocks.round(terminals, records)
                for work in self.works.values():
                    work.judge(reports, told)
        return self._tell(told)

    def sweep(self, now_ms: int) -> Changes:
        """Judge what no report tells: silence, and who is unlike the others.

        now_ms: up to when everything that was received has been given to `step`. An engine that is behind says the time of what it has
        read, not the clock's; one that could not read calls `deaf` first.
        """
        self._listen(now_ms)
        told = Gathering()
        for work in self.works.values():
            work.sweep(now_ms, self.clocks, told)
        return self._tell(told)

    def deaf(self, until_ms: int) -> None:
        """We could not hear until then, for reasons of our own: silence before it is nobody's fault and counts from there."""
        for work in self.works.values():
            work.watcher.forgive(until_ms)

    def change(self, plan: Plan, now_ms: int) -> Changes:
        """Judge by another plan from here on. What was counted under rules that are the same holds on. Alerts end with Note.LET_GO where
        the rule went, was switched off or decides otherwise now, and where the terminal is not watched any more."""
        self.plan = plan
        self._grow(len(plan.fleet))
        told = Gathering()
        works, self.works = self.works, {}
        for watch in plan.watches:
            work = works.get(watch.spec.rule)
            if work is not None and work.watch.fingerprint == watch.fingerprint:
                work.follow(plan, watch, told, now_ms)
                del works[watch.spec.rule]
            else:
                work = Work(plan, watch, self.size)
            self.works[watch.spec.rule] = work
        for work in works.values():
            work.let_go(np.arange(self.size), told, now_ms)
        return self._tell(told)

    def open_alerts(self) -> NDArray[np.void]:
        """Every open alert, TRANSITION [n]."""
        rows = [work.rows(np.flatnonzero(work.ledger.is_open), 0) for work in self.works.values()]
        return np.concatenate([np.empty(0, TRANSITION), *rows])

    def recall(self, terminals: Index, rules: NDArray[Any], began_ms: NDArray[np.int64]) -> tuple[Index, NDArray[Any]]:
        """Take the database's word for which alerts are open, each: [n]. What we thought open and it does not know is open no more, and
        may open again. -> pairs (terminals, rules) that it has open and that nobody watches any more: to be ended there."""
        lost = np.ones(len(terminals), np.bool_)
        for rule, work in self.works.items():
            rows = np.flatnonzero((rules == rule) & (terminals < len(self.plan.fleet)))
            rows = rows[work.watch.variant[terminals[rows]] >= 0]
            work.ledger.recall(terminals[rows], began_ms[rows])
            lost[rows] = False
        self._rate(np.arange(self.size))
        return terminals[lost], rules[lost]

    def let_go(self, terminals: Index, rules: NDArray[Any]) -> None:
        """Somebody ended these alerts by hand, each: [n]. If the fault is still there, it must show anew from the beginning."""
        for rule, work in self.works.items():
            work.ledger.close(terminals[rules == rule])
        self._rate(np.unique(terminals))

    def dump(self) -> bytes:
        """All that is known, compressed."""
        return self.copy(snapshot.Copies())()

    def copy(self, copies: snapshot.Copies) -> Callable[[], bytes]:
        """Copy all that is known, and return what compresses the copy: in another thread, while judging goes on."""
        taken = copies.take({name: part.dump() for name, part in self._parts().items()})
        return partial(snapshot.pack, self.heard_ms, taken)

    def restore(self, dumped: bytes) -> bool:
        """Take up what `dump` wrote, for rules that decide as they did then. False where its layout is not known to this program: then
        everything is counted from nothing. In both cases `recall` says which alerts are open."""
        known = snapshot.unpack(dumped)
        if known is None or "clocks" not in known.parts:
            return False
        parts = self._parts()
        for name, arrays in known.parts.items():
            if name in parts:
                parts[name].restore(arrays)
        self.heard_ms = known.heard_ms
        self._grow(max(memory.size for memory in parts.values()))
        for work in self.works.values():
            work.ledger.close(np.flatnonzero(work.watch.variant < 0))
        self._rate(np.arange(self.size))
        return True

    def adopt(self, other: Judge, terminals: Index) -> None:
        """Take over what another judge, of the same rules, knows of these terminals."""
        self._grow(max(self.size, other.size))
        other._grow(self.size)
        theirs = other._parts()
        for name, part in self._parts().items():
            if name in theirs:
                part.adopt(theirs[name], terminals)
        self.heard_ms = max(self.heard_ms, other.heard_ms)
        self._rate(terminals)

    def _parts(self) -> dict[str, Memory]:
        parts: dict[str, Memory] = {"clocks": self.clocks}
        for rule, work in self.works.items():
            parts |= {f"{rule}/{work.watch.fingerprint}/{name}": part for name, part in work.parts().items()}
        return parts

    def _listen(self, now_ms: int) -> None:
        """After a start: if nobody was heard for a while before, the silence was ours."""
        if not self._is_listening:
            self._is_listening = True
            if now_ms - self.heard_ms > DEAF_AFTER_MS:
                self.deaf(now_ms)

    def _grow(self, size: int) -> None:
        if size > self.size:
            self.worst = np.concatenate([self.worst, np.zeros(size - self.size, np.uint8)])
            self.size = size
        self.clocks.grow(self.size)
        for work in self.works.values():
            work.grow(self.size)

    def _tell(self, told: Gathering) -> Changes:
        total = told.total()
        if total:
            self._rate(np.unique(np.concatenate([total.opened["terminal"], total.cleared["terminal"]])).astype(np.intp))
        return total

    def _rate(self, terminals: Index) -> None:
        """How bad it is at these terminals, over all rules."""
        worst = np.zeros(len(terminals), np.uint8)
        for work in self.works.values():
            is_open = work.ledger.is_open[terminals]
            rows = np.flatnonzero(is_open)
            worst[rows] = np.maximum(worst[rows], work.watch.severity(terminals[rows]))
        self.worst[terminals] = worst
