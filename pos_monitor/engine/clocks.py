"""Terminals' clocks: how far each is off, and when a report was really made.

What the clock of a terminal says never moves its state: that goes by (boot, seq), and silence by the time at our door. It only dates reports.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.wire.record import Flag
from pos_monitor.wire.state import State

SHARE: Final = 0.2  # of the newest difference in the running mean: a report that was under way for long hardly moves it
LEAP_MS: Final = 5_000  # further off is not delay: the clock was set, or says nonsense
TRUST_MS: Final = 2_000  # a clock that is off by less is left alone
AHEAD_MS: Final = 2_000  # a report from the future, beyond what a mean may err, is dated by us
OLDEST_MS: Final = 30 * 86_400_000  # so long a terminal may keep a report
MOST_OFFSET_MS: Final = 2**31 - 1


def correct(state: State, records: NDArray[np.void]) -> None:
    """Date reports by our clock, in place: `at_ms`, `clock_offset`, and Flag.CLOCK_CORRECTED where that is not what the terminal said.

    records: RECORD[n], sorted by (terminal, boot, seq). Learns from those that did not wait in the terminal.
    """
    terminals, received, said = records["terminal"], records["received_ms"], records["at_ms"]
    has_said = said > 0
    is_live = has_said & (records["flags"] & Flag.STORED == 0)
    difference = (said - received).astype(np.float64)
    _learn(state, terminals[is_live], difference[is_live])
    clock = state.clock_ms[terminals]
    offset = np.where(np.isnan(clock), 0, clock)
    is_sane = ~is_live | (np.abs(difference - offset) <= LEAP_MS)
    at = said - np.where(np.abs(offset) > TRUST_MS, offset, 0).astype(np.int64)
    is_believed = has_said & is_sane & (at <= received + AHEAD_MS) & (at > received - OLDEST_MS)
    is_corrected = has_said & (~is_believed | (at != said))
    records["at_ms"] = np.where(is_believed, np.minimum(at, received), received)
    records["flags"] |= np.where(is_corrected, np.uint16(Flag.CLOCK_CORRECTED), np.uint16(0))
    records["clock_offset"] = np.clip(np.rint(offset), -MOST_OFFSET_MS, MOST_OFFSET_MS).astype(np.int32)


def _learn(state: State, terminals: NDArray[np.uint32], difference: NDArray[np.float64]) -> None:
    """Take the last difference of each terminal into its mean. One leap is passed over; said twice, it is how the clock is now."""
    if not len(terminals):
        return
    last = np.concatenate([terminals[1:] != terminals[:-1], [True]])
    whose, newest = terminals[last], difference[last]
    clock, leap = state.clock_ms[whose], state.clock_jump_ms[whose]
    is_first = np.isnan(clock)
    is_near = np.abs(newest - clock) <= LEAP_MS
    is_said_twice = np.abs(newest - leap) <= LEAP_MS
    mean = np.where(is_near, clock + SHARE * (newest - clock), clock)
    state.clock_ms[whose] = np.where(is_first | (~is_near & is_said_twice), newest, mean)
    state.clock_jump_ms[whose] = np.where(is_first | is_near | is_said_twice, np.nan, newest)
