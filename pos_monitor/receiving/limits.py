"""How much one terminal, and all terminals of one merchant, may send: a token bucket each, kept as the time at which it is full again.

A merchant's share follows from its fleet: many times what its terminals report by themselves, so that they can catch up; little more than that
while others would wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import connection

BURST_REPORTS: Final = 1_000  # of a terminal that was cut off: two full messages at once
TIMES_CALM, TIMES_STRAINED = 20.0, 3.0  # a merchant's rate, of what its terminals report by themselves
LEAST_PER_S: Final = 50.0  # of a merchant with few terminals
MERCHANT_BURST_S: Final = 30.0  # how many seconds' worth a merchant may send at once
LONGEST_WAIT_S: Final = 20.0  # a terminal that reports every 10 s is not to be missed because it waits
LARGEST_HELD: Final = 200_000  # buckets in memory, before those that are full are forgotten

FLEETS_SQL: Final = """
    SELECT merchant_id, sum(1.0 / report_every_s)::float8 FROM pos_monitor_terminal WHERE state IN ('active', 'repair') GROUP BY merchant_id
"""


class Limits:
    """One for each process, used from its event loop. Times are of one steady clock, in seconds."""

    def __init__(self, terminal_per_s: float) -> None:
        self.terminal_per_s = terminal_per_s
        self._fleets: Mapping[int, float] = {}  # merchant -> reports a second by themselves
        self._terminals: dict[int, float] = {}  # number -> when its bucket is full again
        self._merchants: dict[int, float] = {}

    def refresh(self) -> None:
        """Read how large the fleets are. Blocks."""
        with connection.cursor() as cursor:
            cursor.execute(FLEETS_SQL)
            before, self._fleets = self._fleets, dict(cursor.fetchall())
        for merchant, per_s in self._fleets.items():
            if per_s > before.get(merchant, 0.0):  # what it owes was reckoned for a smaller fleet
                self._merchants.pop(merchant, None)

    def wait_s(self, terminal: int, merchant: int, reports: int, now: float, *, is_strained: bool, is_here: bool) -> float:
        """0 where so many reports may come now; else how long to wait.

        is_here: they were taken already, so they count in any case, and the wait is that of the next. Otherwise only what may come counts.
        """
        per_s = max(LEAST_PER_S, self._fleets.get(merchant, 0.0) * (TIMES_STRAINED if is_strained else TIMES_CALM))
        full_at = max(self._terminals.get(terminal, now), now) + reports / self.terminal_per_s
        merchant_full_at = max(self._merchants.get(merchant, now), now) + reports / per_s
        over_s = full_at - now - BURST_REPORTS / self.terminal_per_s
        merchant_over_s = merchant_full_at - now - max(MERCHANT_BURST_S, BURST_REPORTS / per_s)
        wait = max(0.0, over_s, merchant_over_s)
        if is_here or not wait:
            self._terminals[terminal], self._merchants[merchant] = full_at, merchant_full_at
            if len(self._terminals) > LARGEST_HELD:
                self._terminals = {number: at for number, at in self._terminals.items() if at > now}
        return min(wait, LONGEST_WAIT_S)
