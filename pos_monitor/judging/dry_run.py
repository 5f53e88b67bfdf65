"""Trying a rule on history: the same judge and the same folding, fed with stored reports as if they came now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.estate.directory import Directory
from pos_monitor.history.replay import replay
from pos_monitor.judging import fleet, plan
from pos_monitor.judging.folding import Folder, Labels
from pos_monitor.judging.judge import Judge
from pos_monitor.judging.plan import RuleSpec, Version
from pos_monitor.judging.transitions import Changes
from pos_monitor.wire.words import key_of

TICK_MS: Final = 5_000  # how often silence is looked for: a day has 17,280 of them
BARS: Final = 48
EXAMPLES: Final = 10
Records = NDArray[np.void]


@dataclass
class Firing:
    """One alert that there would have been. `ended_ms` None: it lasted beyond the while."""

    terminal: int
    value: float
    began_ms: int
    opened_ms: int
    ended_ms: int | None = None

    def lasted_ms(self, until_ms: int) -> int:
        return (self.ended_ms or until_ms) - self.began_ms


@dataclass
class DryRun:
    """What a rule would have done from `since_ms` to `until_ms`. `incidents`: of how many things people would have been told."""

    since_ms: int
    until_ms: int
    reports: int = 0
    incidents: int = 0
    firings: list[Firing] = field(default_factory=list)

    @property
    def terminals(self) -> int:
        return len({each.terminal for each in self.firings})

    def sentence(self) -> str:
        if not self.reports:
            return "There are no reports of that while to try it on."
        if not self.firings:
            return "Would not have fired."
        return f"Would have fired {_times(len(self.firings))} on {_count(self.terminals, 'terminal')}, as {_count(self.incidents, 'incident')}."

    def bars(self) -> list[int]:
        """How many alerts would have begun in each of BARS parts of the while."""
        width = max(1, (self.until_ms - self.since_ms) / BARS)
        counts = np.bincount(
            [min(BARS - 1, int((each.opened_ms - self.since_ms) / width)) for each in self.firings] or [0], minlength=BARS
        )
        return [int(count) for count in counts] if self.firings else [0] * BARS

    def examples(self) -> list[Firing]:
        """Those that would have lasted longest, each terminal once."""
        found: dict[int, Firing] = {}
        for each in sorted(self.firings, key=lambda each: -each.lasted_ms(self.until_ms)):
            found.setdefault(each.terminal, each)
        return list(found.values())[:EXAMPLES]


class Stopped(Exception):
    """Whoever asked does not want to know any more."""


def dry_run(
    rule: RuleSpec,
    since: datetime,
    until: datetime,
    *,
    directory: Directory | None = None,
    tell: Callable[[float, int], None] = lambda share, reports: None,
    reports: Iterable[Records] | None = None,
) -> DryRun:
    """What `rule` would have done to the terminals that are in use today. Maintenance windows and naps are not considered.

    tell: called now and then with the share that is done and the reports so far; it may raise to stop. reports: instead of the stored ones.
    """
    if directory is None:
        directory = Directory()
        directory.refresh()
    known = fleet.of_directory(directory)
    versions = {
        pk: Version(key_of(each.expected_firmware), key_of(each.expected_app)) for pk, each in directory.names.groups.items()
    }
    judge = Judge(plan.compile([rule], known, versions=versions))
    run = _Running(DryRun(_ms(since), _ms(until)), judge, Folder(judge, Labels(directory)))
    whole = max(1, run.found.until_ms - run.found.since_ms)
    for records in reports if reports is not None else replay(since, until, _numbers(judge)):
        for share_ms in run.feed(records):
            tell(min(1.0, (share_ms - run.found.since_ms) / whole), run.found.reports)
    run.finish()
    return run.found


class _Running:
    def __init__(self, found: DryRun, judge: Judge, folder: Folder) -> None:
        self.found, self.judge, self.folder = found, judge, folder
        self.open: dict[int, Firing] = {}
        self.homes: dict[int, tuple[str, str]] = {}  # terminal -> the incident that its open alert is in

    def feed(self, records: Records) -> Iterable[int]:
        """Judge what came, tick by tick; tells how far it is (ms) now and then."""
        ticks = records["received_ms"] // TICK_MS
        edges = np.flatnonzero(np.diff(ticks)) + 1
        for number, batch in enumerate(np.split(records, edges)):
            end_ms = (int(batch["received_ms"][0]) // TICK_MS + 1) * TICK_MS
            self._quiet_until(end_ms - TICK_MS)
            self.found.reports += len(batch)
            self._take(self.judge.step(self._in_order(batch)), end_ms)
            self._take(self.judge.sweep(end_ms), end_ms)
            if number % 100 == 0:
                yield end_ms

    def finish(self) -> None:
        if self.found.reports:
            self._quiet_until(self.found.until_ms)

    def _quiet_until(self, end_ms: int) -> None:
        """Look for silence where nobody reported at all: a few looks find as much as many."""
        heard_ms = self.judge.heard_ms
        if heard_ms and end_ms - heard_ms > 2 * TICK_MS:
            for at_ms in np.linspace(heard_ms + TICK_MS, end_ms, 20).astype(int):
                self._take(self.judge.sweep(int(at_ms)), int(at_ms))

    def _in_order(self, batch: Records) -> Records:
        """Each terminal's in its own order, without what came after newer ones: as the engine hands it to a judge."""
        batch = batch[batch["terminal"] < len(self.judge.plan.fleet)]
        clocks, terminals = self.judge.clocks, batch["terminal"]
        is_first = clocks.at_ms[terminals] == 0
        is_newer = (batch["boot"] > clocks.boot[terminals]) | (
            (batch["boot"] == clocks.boot[terminals]) & (batch["seq"] > clocks.seq[terminals])
        )
        batch = batch[is_first | is_newer]
        return batch[np.lexsort((batch["seq"], batch["boot"], batch["terminal"]))]

    def _take(self, changes: Changes, now_ms: int) -> None:
        if not changes:
            return
        for row in changes.cleared:
            terminal = int(row["terminal"])
            self.homes.pop(terminal, None)
            if firing := self.open.pop(terminal, None):
                firing.ended_ms = int(row["at_ms"])
        for row in changes.opened:
            firing = Firing(int(row["terminal"]), float(row["value"]), int(row["began_ms"]), int(row["at_ms"]))
            self.open[firing.terminal] = firing
            self.found.firings.append(firing)
        for incident in self.folder.fold(changes, now_ms).opened:
            home = (incident.scope, incident.scope_key)
            self.found.incidents += home not in self.homes.values()
            self.homes |= dict.fromkeys((int(terminal) for terminal in incident.alerts["terminal"]), home)


def _numbers(judge: Judge) -> list[int] | None:
    """Whose reports are needed, if that is not nearly everybody."""
    (watch,) = judge.plan.watches
    watched = np.flatnonzero(watch.variant >= 0)
    few = 2 * len(watched) < int(judge.plan.fleet.is_used.sum())
    return [int(number) for number in watched] if few else None


def result_of(found: DryRun, directory: Directory) -> dict[str, Any]:
    """The run as it is kept and shown."""
    names = directory.names
    return {
        "sentence": found.sentence(), "fired": len(found.firings), "terminals": found.terminals, "incidents": found.incidents,
        "still_open": sum(each.ended_ms is None for each in found.firings), "bars": found.bars(),
        "examples": [
            {
                "terminal": names.public_id[each.terminal], "label": names.label[each.terminal],
                "store": names.stores.get(int(directory.store[each.terminal]), ""),
                "value": None if np.isnan(each.value) else round(each.value, 2),
                "began_at": _iso(each.began_ms), "ended_at": _iso(each.ended_ms) if each.ended_ms else None,
            }
            for each in found.examples()
        ],
    }  # fmt: skip


def _ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
