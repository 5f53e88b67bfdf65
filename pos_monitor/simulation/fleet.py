"""A whole made-up fleet from its name: what it is, how it lives, what goes wrong. Every process that plays a part makes the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pos_monitor.simulation.blueprint import Blueprint, draw
from pos_monitor.simulation.faults import Faults
from pos_monitor.simulation.life import Life
from pos_monitor.simulation.saying import Speaker
from pos_monitor.simulation.scenarios import SCRIPTS
from pos_monitor.simulation.world import Size


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a fleet follows from. began_s: Unix time; every_s: between two reports of a terminal."""

    size: Size
    seed: int
    scenario: str
    began_s: float
    every_s: int
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Fleet:
    plan: Blueprint
    life: Life
    speaker: Speaker
    faults: Faults


def fleet_of(recipe: Recipe) -> Fleet:
    """The same for the same recipe."""
    plan = draw(recipe.size, seed=recipe.seed)
    faults = Faults(SCRIPTS[recipe.scenario](plan, recipe.seed), len(plan))
    every_s = np.full(len(plan), recipe.every_s)
    life = Life(plan, faults, seed=recipe.seed, began_s=recipe.began_s, every_s=every_s, speed=recipe.speed)
    return Fleet(plan, life, Speaker(plan, life), faults)
