"""What was counted lately: a window that moves in steps of a part of its length, for each terminal by its own time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.kinds.base import Index, Round, Watcher
from pos_monitor.judging.measures import SHARES, counted, was_said
from pos_monitor.judging.memory import Column


class WindowWatcher(Watcher):
    """Counts `part` and `whole` of a share in PARTS buckets of `window_s / PARTS` each; the newest bucket is the running one."""

    PARTS: ClassVar[int]

    part: NDArray[np.uint32]
    whole: NDArray[np.uint32]
    part_sum: NDArray[np.int64]
    whole_sum: NDArray[np.int64]
    bucket: NDArray[np.int64]

    def columns(self) -> Mapping[str, Column]:
        return {
            "part": Column("<u4", depth=self.PARTS), "whole": Column("<u4", depth=self.PARTS),
            "part_sum": Column("<i8"), "whole_sum": Column("<i8"),
            "bucket": Column("<i8"),  # number of the newest: time divided by a bucket's length
        }  # fmt: skip

    def count(self, reports: Round) -> NDArray[np.bool_]:
        """Take the reports in; -> which said something of what is counted."""
        share = SHARES[self.watch.spec.parameters.measure]  # type: ignore[attr-defined]
        terminals = reports.terminals
        width_ms = self.watch.of("window_s", terminals) * 1000 // self.PARTS
        bucket = reports.at_ms // width_ms
        self._move(terminals, bucket)
        slot = bucket % self.PARTS
        for name, names in (("part", share.part), ("whole", share.whole)):
            if names:
                new = counted(reports.records, names)
                getattr(self, name)[slot, terminals] += new.astype(np.uint32)
                getattr(self, f"{name}_sum")[terminals] += new
        return was_said(reports.records, share.part + share.whole)

    def _move(self, terminals: Index, bucket: NDArray[np.int64]) -> None:
        """Empty the buckets that have left the window."""
        steps = np.minimum(bucket - self.bucket[terminals], self.PARTS)
        moved = np.flatnonzero(steps > 0)
        for step in range(int(steps.max(initial=0))):
            rows = moved[steps[moved] > step]
            there, slot = terminals[rows], (bucket[rows] - step) % self.PARTS
            for name in ("part", "whole"):
                ring, total = getattr(self, name), getattr(self, f"{name}_sum")
                total[there] -= ring[slot, there]
                ring[slot, there] = 0
        self.bucket[terminals] = bucket
