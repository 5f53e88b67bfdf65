"""How far a run is: what its page shows, from its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from rules.models import RulePart, RuleRun, RunRule
from rules.runs.watch import forecast

State = RulePart.State
MOST_CELLS: Final = 400
# Worst first: a cell of several parts looks like the worst of them.
WORDS: Final = {
    "failed": "failed", "again": "to be tried again", "running": "running", "waiting": "waiting", "done": "done",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of the grid: a part, or several that follow each other. state: a key of WORDS."""

    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """counts: state -> parts. Rates are over the time that the run took so far. retries: attempts beyond the first."""

    run: RuleRun
    counts: dict[str, int]
    parts: int
    customers: int
    rules: int
    seconds: float
    retries: int
    ends_at: datetime | None
    slowest: RulePart | None
    cells: tuple[Cell, ...]

    @property
    def done(self) -> int:
        return self.counts.get("done", 0)

    @property
    def percent(self) -> int:
        """Rounded down: 100 only when all is done."""
        return 100 * self.done // self.parts if self.parts else 100

    @property
    def pairs(self) -> int:
        return self.customers * self.rules

    @property
    def pairs_per_s(self) -> int:
        return round(self.pairs / self.seconds) if self.seconds > 0 else 0

    @property
    def is_open(self) -> bool:
        return self.run.state in (RuleRun.State.PREPARING, RuleRun.State.RUNNING, RuleRun.State.PAUSED)

    @property
    def is_behind(self) -> bool:
        """The forecast lies behind the deadline, or the deadline is past."""
        return bool(self.run.deadline_at and self.ends_at and self.ends_at > self.run.deadline_at)


def progress(run: RuleRun, now: datetime | None = None) -> Progress:
    """Everything at once, in two queries and the forecast's."""
    now = now or timezone.now()
    parts = list(RulePart.objects.filter(run=run).order_by("number").defer("error"))
    ran = [part for part in parts if part.seconds > 0]
    return Progress(
        run=run,
        counts=dict(Counter(_state(part) for part in parts)),
        parts=len(parts),
        customers=sum(part.customers for part in parts if part.state == State.DONE),
        rules=RunRule.objects.filter(run=run).count(),
        seconds=((run.ended_at or now) - run.started_at).total_seconds() if run.started_at else 0.0,
        retries=sum(max(part.attempts - 1, 0) for part in parts),
        ends_at=forecast(run, now),
        slowest=max(ran, key=lambda part: part.seconds, default=None),
        cells=tuple(_cells(parts)),
    )


def _state(part: RulePart) -> str:
    return "again" if part.state == State.WAITING and part.attempts else str(part.state)


def _cells(parts: Sequence[RulePart]) -> list[Cell]:
    """The grid, in the parts' order; beyond MOST_CELLS parts a square stands for several."""
    each = -(-len(parts) // MOST_CELLS) or 1
    return [_cell(parts[at : at + each]) for at in range(0, len(parts), each)]


def _cell(parts: Sequence[RulePart]) -> Cell:
    counts = Counter(_state(part) for part in parts)
    worst = next(state for state in WORDS if counts[state])
    if len(parts) == 1:
        seconds = f", {parts[0].seconds:.1f} s" if parts[0].seconds else ""
        tries = f", {parts[0].attempts} attempts" if parts[0].attempts > 1 else ""
        return Cell(worst, f"Part {parts[0].number}: {WORDS[worst]}{seconds}{tries}")
    told = ", ".join(f"{count} {WORDS[state]}" for state, count in counts.items())
    return Cell(worst, f"Parts {parts[0].number} to {parts[-1].number}: {told}")
