"""What a judge tells: alerts that begin and alerts that end, as arrays. `folding` makes incidents of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

import numpy as np
from numpy.typing import NDArray


class Note(IntFlag):
    """Bits of `notes`."""

    MAINTENANCE = 1  # opened in a maintenance window: noted, nobody is told
    SNOOZED = 2  # somebody put this rule at this terminal to sleep
    FLAPPING = 4  # came and went too often: held open until it has been quiet for a while
    LET_GO = 8  # ended because the rule was switched off or changed, or the terminal left use; the fault may go on


TRANSITION: Final = np.dtype(
    [
        ("terminal", "<u4"),
        ("rule", "<u4"),  # AlertRule.pk
        ("severity", "u1"),
        ("notes", "u1"),
        ("value", "<f4"),  # what was measured, in the unit of the rule's field; NaN: nothing
        ("began_ms", "<i8"),  # when the fault began, as far as reports tell
        ("at_ms", "<i8"),  # when it was noticed, or was over
    ]
)


def none() -> NDArray[np.void]:
    return np.empty(0, TRANSITION)


@dataclass(frozen=True)
class Changes:
    """What changed in one step. Both: TRANSITION [n]; a pair of terminal and rule is in at most one of them, once: what began and was
    over within one step, as when hours are caught up, never was an alert."""

    opened: NDArray[np.void]
    cleared: NDArray[np.void]

    def __bool__(self) -> bool:
        return bool(len(self.opened) or len(self.cleared))
