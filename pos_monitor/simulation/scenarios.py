"""What goes wrong in a scenario, as faults laid on a fleet: `manage.py simulate_fleet --scenario …`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from pos_monitor.simulation.blueprint import Blueprint
from pos_monitor.simulation.chance import Chance, Ints
from pos_monitor.simulation.faults import Fault, Kind
from pos_monitor.simulation.life import TRIAL
from pos_monitor.simulation.world import OPERATORS, TOWNS

MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Weather:
    """What the way to the platform does to every report. loss: share that never arrives; late_s: at most so late; clock_s: clocks off by up to."""

    loss: float = 0.0
    late_s: float = 0.0
    clock_s: float = 0.0


Script = Callable[[Blueprint, int], list[Fault]]


def calm(plan: Blueprint, seed: int) -> list[Fault]:
    """Nothing goes wrong but what happens every day: batteries, paper, weak places."""
    return []


def day(plan: Blueprint, seed: int) -> list[Fault]:
    """A working day of support: a version with a bug, stores that fail, an operator's outage every hour, small things all the time."""
    some = _Some(plan, seed)
    return [
        _trial_bug(plan),
        Fault(Kind.CUT_OFF, some.store(1), "a store lost its network", 20, 3 * MINUTE, 8 * MINUTE),
        Fault(Kind.POWER_CUT, some.store(2), "a store without power", 90, 4 * MINUTE, 15 * MINUTE),
        Fault(Kind.SALES_FAIL, some.store(3), "sales fail in a store", 45, 5 * MINUTE, 11 * MINUTE),
        Fault(Kind.CUT_OFF, np.flatnonzero(plan.operator == len(OPERATORS) - 1), f"{OPERATORS[-1].name} is down", 10 * MINUTE, 4 * MINUTE, 60 * MINUTE),
        Fault(Kind.PAPER_OUT, some.tills(0.002, 4), "paper ran out", 15, 6 * MINUTE, 9 * MINUTE),
        Fault(Kind.DRAINING, some.tills(0.002, 5), "batteries drain", 10, 8 * MINUTE, 20 * MINUTE),
        Fault(Kind.WEAK_SIGNAL, some.tills(0.004, 6), "hardly any signal", 5, 7 * MINUTE, 13 * MINUTE),
        Fault(Kind.TAMPER, some.tills(0.0002, 7), "a case was opened", 60, 2 * MINUTE, 45 * MINUTE),
        Fault(Kind.WEBHOOKS_REFUSED, some.online(0.2, 8), "webhooks are not taken", 30, 5 * MINUTE, 12 * MINUTE),
        Fault(Kind.API_ERRORS, some.online(0.1, 9), "an online store cannot reach us", 25, 3 * MINUTE, 10 * MINUTE),
    ]  # fmt: skip


def outage(plan: Blueprint, seed: int) -> list[Fault]:
    """After a minute the most used operator is gone for two."""
    most = int(np.bincount(plan.operator).argmax())
    return [Fault(Kind.CUT_OFF, np.flatnonzero(plan.operator == most), f"{OPERATORS[most].name} is down", MINUTE, 2 * MINUTE)]


def region(plan: Blueprint, seed: int) -> list[Fault]:
    """After a minute a region is without power for two."""
    regions = np.array([sorted({town.region for town in TOWNS}).index(town.region) for town in TOWNS])[plan.town]
    most = int(np.bincount(regions).argmax())
    name = sorted({town.region for town in TOWNS})[most]
    return [Fault(Kind.POWER_CUT, np.flatnonzero(regions == most), f"{name} without power", MINUTE, 2 * MINUTE)]


def third(plan: Blueprint, seed: int) -> list[Fault]:
    """After a minute a third of the fleet, anywhere, falls silent for two."""
    return [Fault(Kind.POWER_CUT, np.arange(0, len(plan), 3), "a third of the fleet is silent", MINUTE, 2 * MINUTE)]


def minute(plan: Blueprint, seed: int) -> list[Fault]:
    """An outage for a hurried onlooker: the last operator is gone from second 20 to second 45."""
    last = int(np.flatnonzero(np.bincount(plan.operator, minlength=len(OPERATORS)))[-1])
    return [Fault(Kind.CUT_OFF, np.flatnonzero(plan.operator == last), f"{OPERATORS[last].name} is down", 20, 25)]


def storm(plan: Blueprint, seed: int) -> list[Fault]:
    """Every two minutes every connection breaks at once."""
    return [Fault(Kind.DROPPED, np.arange(len(plan)), "every connection breaks", MINUTE, 1, 2 * MINUTE)]


def firmware(plan: Blueprint, seed: int) -> list[Fault]:
    """A version in trial whose card reader fails."""
    return [_trial_bug(plan)]


SCRIPTS: Final[dict[str, Script]] = {
    script.__name__: script for script in (calm, day, minute, outage, region, third, storm, firmware)
}
ROUGH: Final = Weather(loss=0.05, late_s=2.0, clock_s=600.0)


def _trial_bug(plan: Blueprint) -> Fault:
    hit = (plan.version == TRIAL) & (plan.model == 1)
    return Fault(Kind.READER_FAILS, np.flatnonzero(hit), "the card reader of a trial version fails")


class _Some:
    """Picks, by the seed, whom a fault hits."""

    def __init__(self, plan: Blueprint, seed: int) -> None:
        self.plan, self.chance = plan, Chance(seed + 2)
        self.who = np.arange(len(plan))

    def store(self, salt: int) -> Ints:
        """All tills of one store that has several."""
        tills = np.bincount(self.plan.store[~self.plan.is_online], minlength=len(self.plan.store_town))
        stores = np.flatnonzero(tills >= min(3, tills.max()))
        chosen = stores[int(self.chance.of(100 + salt, np.array([0]))[0] * len(stores))]
        return np.flatnonzero(self.plan.store == chosen)

    def tills(self, share: float, salt: int) -> Ints:
        return self._of(~self.plan.is_online, share, salt)

    def online(self, share: float, salt: int) -> Ints:
        return self._of(self.plan.is_online, share, salt)

    def _of(self, whom: np.ndarray, share: float, salt: int) -> Ints:
        """At least two, so that a small fleet shows the fault too."""
        found = self.who[whom]
        return np.asarray(found[np.argsort(self.chance.of(100 + salt, found))[: max(2, round(len(found) * share))]])
