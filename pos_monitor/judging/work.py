"""One rule at work: its watcher finds, its ledger counts, and what opens or ends is told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.clocks import Clocks
from pos_monitor.judging.gathering import Gathering
from pos_monitor.judging.kinds import KINDS
from pos_monitor.judging.ledger import UNSAID, Ledger, Verdicts
from pos_monitor.judging.memory import Memory
from pos_monitor.judging.plan import Plan, Watch
from pos_monitor.judging.rounds import Index, Round
from pos_monitor.judging.transitions import TRANSITION, Note


class Work:
    def __init__(self, plan: Plan, watch: Watch, size: int) -> None:
        self.plan = plan
        self.watch = watch
        self.watcher = KINDS[watch.spec.kind](plan, watch, size)
        self.ledger = Ledger(size)

    def judge(self, reports: Round, told: Gathering) -> None:
        """Reports of any terminals: those that this rule watches are judged."""
        reports = reports.where(self.watch.variant[reports.terminals] >= 0)
        if not len(reports):
            return
        found = self.watcher.look(reports)
        if found is not None:
            started = reports.booted_ms > 0
            if started.any():
                grace_ms = self.watch.of("boot_grace_s", reports.terminals) * 1000
                found.verdict[started & (reports.at_ms - reports.booted_ms < grace_ms)] = UNSAID
            self._note(found, told)

    def sweep(self, now_ms: int, clocks: Clocks, told: Gathering) -> None:
        found = self.watcher.sweep(now_ms, self.ledger, clocks)
        if found is not None:
            self._note(found, told)

    def follow(self, plan: Plan, watch: Watch, told: Gathering, now_ms: int) -> None:
        """The same rule in a new plan: whom it does not watch any more is let go."""
        away = np.flatnonzero(watch.variant < 0)
        self.let_go(away, told, now_ms)
        self.plan, self.watch = plan, watch
        self.watcher.follow(plan, watch)
        self.ledger.close(away)
        self.watcher.forget(away)

    def let_go(self, terminals: Index, told: Gathering, now_ms: int) -> None:
        ended = terminals[self.ledger.is_open[terminals]]
        told.add(self.rows(ended, now_ms, Note.LET_GO), opened=False)

    def grow(self, size: int) -> None:
        self.watcher.grow(size)
        self.ledger.grow(size)

    def parts(self) -> dict[str, Memory]:
        return {"ledger": self.ledger, "watcher": self.watcher}

    def rows(self, terminals: Index, at_ms: NDArray[np.int64] | int, notes: NDArray[np.integer] | int = 0) -> NDArray[np.void]:
        """TRANSITION [n] of these terminals, as the ledger has them."""
        rows = np.empty(len(terminals), TRANSITION)
        rows["terminal"], rows["rule"] = terminals, self.watch.spec.rule
        rows["severity"] = self.watch.severity(terminals)
        rows["notes"], rows["at_ms"] = notes, at_ms
        rows["value"], rows["began_ms"] = self.ledger.value[terminals], self.ledger.began_ms[terminals]
        return rows

    def _note(self, found: Verdicts, told: Gathering) -> None:
        opens, closes = self.ledger.note(found, self.watch.patience(found.terminals), self._may_open)
        for terminals, opened in ((opens, True), (closes, False)):
            if len(terminals):
                at_ms = found.at_ms[np.isin(found.terminals, terminals)]  # both in the order of the verdicts
                notes = self._notes(terminals, at_ms) if opened else 0
                told.add(self.rows(terminals, at_ms, notes), opened=opened)

    def _may_open(self, terminals: Index, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Nobody is told of a till in a closed shop, unless the rule says so."""
        if self.watch.spec.parameters.outside_hours:
            return np.ones(len(terminals), np.bool_)
        return self.plan.fleet.is_open(terminals, int(at_ms.max()))

    def _notes(self, terminals: Index, at_ms: NDArray[np.int64]) -> NDArray[np.uint8]:
        now_ms = int(at_ms.max())
        notes = np.where(self.ledger.is_flapping[terminals], Note.FLAPPING, 0).astype(np.uint8)
        notes[self.plan.in_maintenance(terminals, now_ms)] |= np.uint8(Note.MAINTENANCE)
        rule = self.watch.spec.rule
        for row, terminal in enumerate(terminals if self.plan.snoozes else ()):
            if self.plan.snoozes.get((rule, int(terminal)), 0) > now_ms:
                notes[row] |= np.uint8(Note.SNOOZED)
        return notes
