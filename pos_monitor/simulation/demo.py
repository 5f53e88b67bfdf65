"""The small fleet of the demo: large enough that a wall of tills looks like one, small enough to run beside everything else."""

from __future__ import annotations

from typing import Final

from pos_monitor.simulation.blueprint import Blueprint, draw
from pos_monitor.simulation.world import Size

TILLS: Final = 200
ONLINE_STORES: Final = 5
SEED: Final = 1


def demo_plan(merchants: int) -> Blueprint:
    """The fleet as it is laid out for so many merchants."""
    return draw(demo_size(merchants), seed=SEED)


def demo_size(merchants: int) -> Size:
    return Size(TILLS, ONLINE_STORES, merchants)
