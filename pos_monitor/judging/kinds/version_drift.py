"""Another version than its group should run, for longer than a roll-out takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.kinds.base import Round, Verdicts, Watcher, judged, verdicts
from pos_monitor.judging.parameters import Parameters, choice, whole
from pos_monitor.judging.plan import Plan, Version, Watch

SOFTWARE = {"firmware": "firmware", "app": "app"}


@dataclass(frozen=True, kw_only=True)
class VersionDrift(Parameters):
    software: str = choice("What it runs", SOFTWARE, default="app")
    raise_after: int = whole("Alert after", low=1, high=60, default=1, unit="reports")
    clear_after: int = whole("Over after", low=1, high=60, default=1, unit="reports")
    hold_s: int = whole(
        "… and lasting at least", low=0, high=2_592_000, default=86_400, unit="seconds", help="A roll-out takes its time."
    )

    def says(self) -> str:
        return f"its {self.software} is not the version that its group should run"

    def over(self) -> str:
        return "Over when it runs that version."


class VersionDriftWatcher(Watcher):
    PARAMETERS = VersionDrift

    def __init__(self, plan: Plan, watch: Watch, size: int) -> None:
        super().__init__(plan, watch, size)
        self._expect()

    def follow(self, plan: Plan, watch: Watch) -> None:
        super().follow(plan, watch)
        self._expect()

    def _expect(self) -> None:
        """What each terminal should run, as the wire says it; 0: it does not matter. uint32 [numbers of the fleet]."""
        rule: VersionDrift = self.watch.spec.parameters  # type: ignore[assignment]
        groups, place = np.unique(self.plan.fleet.group, return_inverse=True)
        should = [getattr(self.plan.versions.get(int(group), Version()), rule.software) for group in groups]
        self.expected_version: NDArray[np.uint32] = np.array(should, np.uint32)[place]

    def look(self, reports: Round) -> Verdicts:
        rule: VersionDrift = self.watch.spec.parameters  # type: ignore[assignment]
        runs, should = reports.records[rule.software], self.expected_version[reports.terminals]
        value = np.where((runs == 0) | (should == 0), np.nan, 1.0)
        return verdicts(reports, judged(runs != should, runs == should, value), value)
