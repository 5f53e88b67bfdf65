"""What the engines' frames say of the way itself: how fresh each shard is, how far behind, and how many reports it takes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import numpy as np

from pos_monitor.live.protocol import Shard

RATE_OVER_S: Final = 2.0  # reports a second are counted over so long


class Pulse:
    """One in each hub, told of every frame."""

    def __init__(self) -> None:
        self._freshest: dict[int, int] = {}
        self._oldest: dict[int, tuple[int, int]] = {}  # shard -> server_ms, lag_ms of its last frame
        self._reports: dict[int, tuple[float, int, float]] = {}  # shard -> since, reports, a second
        self._waiting: dict[int, int] = {}

    def heard(self, header: np.void) -> None:
        """A frame came (header: `wire.frames`)."""
        shard = int(header["shard"])
        self._freshest[shard] = max(int(header["freshest_ms"]), self._freshest.get(shard, 0))
        self._oldest[shard] = (int(header["server_ms"]), int(header["lag_ms"]))
        self._waiting[shard] = int(header["waiting"])
        self._count(shard, int(header["reports"]))

    @property
    def freshest_ms(self) -> int:
        """Unix time of the newest report that any shard has shown."""
        return max(self._freshest.values(), default=0)

    def behind_ms(self, now_ms: int) -> int:
        """How old the oldest report in the newest frame of the slowest shard is."""
        return max((now_ms - made + lag for made, lag in self._oldest.values()), default=0)

    def shards(self, last_frame_s: Mapping[int, float]) -> list[Shard]:
        """last_frame_s: shard -> when its last frame came, by the steady clock."""
        now = time.monotonic()
        return [
            Shard(
                shard,
                int((now - last_frame_s[shard]) * 1000) if shard in last_frame_s else -1,
                self._waiting.get(shard, 0),
                self._reports[shard][2],
            )
            for shard in sorted(self._reports)
        ]

    def _count(self, shard: int, reports: int) -> None:
        since, before, per_s = self._reports.get(shard, (time.monotonic(), 0, 0.0))
        span = time.monotonic() - since
        if span >= RATE_OVER_S:
            self._reports[shard] = (time.monotonic(), 0, round((before + reports) / span, 1))
        else:
            self._reports[shard] = (since, before + reports, per_s)
