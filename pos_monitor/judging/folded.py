"""What a judge hands on: which rules broke or heal at which terminals, and how these fold into incidents.

`judging.folding` makes it, `alerts.store` writes it. It stands on this floor because the judge knows nothing of the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

TRANSITION: Final = np.dtype(
    [
        ("terminal", "<u4"),  # Terminal.pk
        ("rule", "<u4"),  # AlertRule.pk
        ("severity", "u1"),  # models.Severity
        ("value", "<f8"),  # what was measured, in the unit of the rule's field; NaN: nothing to measure
        ("began_ms", "<i8"),  # Unix time, ms: when it broke as far as reports tell; of one that heals, when it was over
    ]
)
Transitions = NDArray[np.void]  # of TRANSITION


def nothing() -> Transitions:
    """No transitions."""
    return np.empty(0, TRANSITION)


@dataclass(frozen=True, slots=True)
class FoldedIncident:
    """Alerts of one rule that are one thing for one person.

    Those that stand open already, each for itself, may be named again: they move into this incident where it is the wider one.
    `(rule, scope, scope_key)` says which incident it is: two engines that name the same one meet in one row.
    """

    rule: int
    scope: str  # models.Incident.Scope
    scope_key: str  # number or word of what fails together, at most 80 characters; of one terminal its number
    title: str  # at most 160 characters: "Battery nearly empty at Till 3, Oak Street"
    alerts: Transitions  # of this rule, at least one, each terminal once
    merchant: int | None = None  # Merchant.pk, if only one is hit
    is_muted: bool = False  # all of it in a maintenance window
    is_flapping: bool = False  # came and went so often that only its end is told


@dataclass(frozen=True, slots=True)
class Folded:
    """What one step of a shard changes."""

    opened: list[FoldedIncident] = field(default_factory=list)
    cleared: Transitions = field(default_factory=nothing)

    def __bool__(self) -> bool:
        return bool(self.opened) or len(self.cleared) > 0
