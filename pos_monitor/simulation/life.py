"""How the made-up terminals live: batteries by day and dock, paper by sale, signal by place and hour; a step for each report.

Everything is arrays over the fleet; one step moves only those whose report is due. A value depends on the seed, the terminal and its step.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from pos_monitor.simulation.blueprint import Blueprint
from pos_monitor.simulation.chance import Chance, Floats, Ints
from pos_monitor.simulation.faults import Faults, Kind, Mask
from pos_monitor.simulation.world import MODELS, NETWORKS, ONLINE, TOWNS

Columns = dict[str, Ints]

OPENS, CLOSES = 8, 21  # o'clock, of stores that close
PAPER_M, PAPER_PER_SALE_M, PAPER_LOW_M = 30.0, 0.25, 3.0
CHARGING_PER_S: Final = 100 / (2.2 * 3600)  # %
DOCKS_BELOW, LEAVES_ABOVE = 28.0, 96.0  # %
FORGETFUL: Final = 0.02  # of the tills with a battery: whoever carries them docks them when they are nearly dead
SALES_PER_HOUR: Final = np.array([0, 0, 0, 0, 0, 0, 1, 3, 8, 12, 15, 18, 20, 17, 14, 14, 17, 20, 18, 13, 8, 4, 1, 0], float)
SIGNAL_DBM: Final = {"ethernet": 127, "wifi": -57, "3g": -84, "4g": -78, "5g": -74}
LATENCY_MS: Final = {"ethernet": 24, "wifi": 45, "3g": 240, "4g": 85, "5g": 55}
WEAK_PLACES: Final = 0.03  # of stores
WRONG_CLOCKS, CLOCK_OFF_S = 0.03, 600.0  # share of terminals whose clock is off, by at most so much
TRIAL: Final = 2  # place of the trial version in `world`


class Life:
    """The changing state of a fleet. began_s: Unix time at which it begins."""

    def __init__(self, plan: Blueprint, faults: Faults, *, seed: int, began_s: float, every_s: Ints, speed: float = 1.0) -> None:
        """every_s: of each terminal. speed: how much faster batteries drain and paper is used than in life."""
        n = len(plan)
        self.plan, self.faults, self.chance = plan, faults, Chance(seed + 1)
        self.began_s, self.every_s, self.speed = began_s, every_s, speed
        self.who = who = np.arange(n)
        models = (*MODELS, ONLINE)
        self.hours = np.array([one.hours for one in models])[plan.model]
        self.has_battery = np.array([one.has_battery for one in models])[plan.model]
        self.has_printer = np.array([one.has_printer for one in models])[plan.model]
        self.is_online = plan.is_online
        self.zone_s = _zone_s(began_s)[plan.town]
        self.is_forgetful = self.chance.of(1, who) < FORGETFUL
        self.battery = np.where(self.is_forgetful, 8 + 40 * self.chance.of(2, who), 30 + 70 * self.chance.of(2, who))
        self.is_docked = self.chance.of(3, who) < 0.25
        self.paper_m = PAPER_M * (0.1 + 0.9 * self.chance.of(4, who))
        self.queue = np.zeros(n, np.int64)
        self.boot = np.full(n, int(began_s), np.int64)
        self.seq = np.zeros(n, np.int64)
        self.clock_ms = _clocks(self.chance, who)
        weak = self.chance.of(5, np.arange(len(plan.store_town)))[plan.store] < WEAK_PLACES
        is_radio = plan.network != NETWORKS.index("ethernet")
        self.signal = np.array([SIGNAL_DBM[name] for name in NETWORKS], float)[plan.network]
        self.signal += np.where(is_radio, 5 * self.chance.bell(6, who) - 24 * weak, 0)
        self.is_radio, self.is_weak = is_radio, weak & is_radio
        self.latency = np.array([LATENCY_MS[name] for name in NETWORKS], float)[plan.network] * np.exp(
            0.25 * self.chance.bell(9, who)
        )
        self.trade = np.exp(0.7 * self.chance.bell(12, who))  # how busy it is beside others

    def awake(self, now_s: float) -> Mask:
        """Who is switched on: all but the tills of closed stores and those without power."""
        hour = self._hour(self.who, now_s)
        is_closed = (self.plan.store_closes[self.plan.store] == 1) & ((hour < OPENS) | (hour >= CLOSES))
        return np.asarray(~is_closed & ~self.faults.at(Kind.POWER_CUT, now_s - self.began_s))

    def start_anew(self, who: Ints, now_s: float) -> None:
        """They were off: a new boot, and reports are counted from one."""
        self.boot[who] = np.maximum(self.boot[who] + 1, int(now_s))
        self.seq[who] = 0

    def step(self, who: Ints, now_s: float) -> Columns:
        """Let each of `who` live until now and say how it is: a column for each field of a report, by the name it has in JSON."""
        self.seq[who] += 1
        step = self.seq[who] + (self.boot[who] << 20)
        passed_s = np.asarray(self.every_s[who] * self.speed, np.float64)
        sales, failed, errors = self._sell(who, step, now_s)
        self._wear(who, step, now_s, passed_s, sales)
        signal = self._signal(who, step, now_s)
        reports = {
            "boot": self.boot[who].copy(), "seq": self.seq[who].copy(), "at": (now_s * 1000 + self.clock_ms[who]).astype(np.int64),
            "battery_percent": np.clip(np.rint(self.battery[who]), 0, 100).astype(np.int64), "charging": self.is_docked[who].astype(np.int64),
            "signal_dbm": signal, "latency_ms": self._latency(who, step, signal), "sales_ok": sales, "sales_failed": failed, "reader_errors": errors,
            "offline_queue": self.queue[who].copy(), "printer": self._printer(who, now_s),
            "memory_free_percent": np.clip(62 - (self.seq[who] % 2_000) / 60 + 3 * self.chance.bell(30, who, step), 3, 95).astype(np.int64),
            "storage_free_percent": np.clip(20 + 70 * self.chance.of(33, who), 4, 95).astype(np.int64),
            "temperature_c": np.rint(31 + 7 * self.is_docked[who] + 2 * self.chance.bell(34, who, step)).astype(np.int64),
            "tamper": self._has(Kind.TAMPER, who, now_s).astype(np.int64),
        }  # fmt: skip
        return reports | self._online(who, step, now_s)

    def _has(self, kind: Kind, who: Ints, now_s: float) -> Mask:
        return np.asarray(self.faults.at(kind, now_s - self.began_s)[who])

    def _hour(self, who: Ints, now_s: float) -> Floats:
        return np.asarray(((now_s + self.zone_s[who]) / 3600) % 24)

    def _busy(self, who: Ints, now_s: float) -> Floats:
        """Sales to be expected of each in one interval."""
        return np.asarray(SALES_PER_HOUR[self._hour(who, now_s).astype(np.int64)] * self.trade[who] * self.every_s[who] / 3600)

    def _sell(self, who: Ints, step: Ints, now_s: float) -> tuple[Ints, Ints, Ints]:
        """Sales that went well, that failed, and cards that could not be read, since the last report."""
        mean = self._busy(who, now_s)
        is_failing, has_bug = self._has(Kind.SALES_FAIL, who, now_s), self._has(Kind.READER_FAILS, who, now_s)
        errors = self.chance.count(40, np.where(has_bug, 1.2, 0.004), who, step)
        share = np.where(is_failing, 0.55, np.where(has_bug, 0.3, 0.006 + 0.02 * self.is_weak[who]))
        sales = self.chance.count(41, np.where(is_failing, np.maximum(mean, 0.4), mean) * (1 - share), who, step)
        failed = self.chance.count(42, np.where(is_failing, np.maximum(mean, 0.4), mean) * share, who, step)
        is_cut = self._has(Kind.CUT_OFF, who, now_s)
        self.queue[who] = np.where(is_cut, np.minimum(self.queue[who] + sales, 500), self.queue[who] // 4)
        return sales, failed, errors

    def _wear(self, who: Ints, step: Ints, now_s: float, passed_s: Floats, sales: Ints) -> None:
        """Battery and paper."""
        battery, docked = self.battery[who], self.is_docked[who]
        drains = 100 / (np.maximum(self.hours[who], 1.0) * 3600) * (0.7 + 0.6 * self.chance.of(50, who, step))
        is_lost = self._has(Kind.DRAINING, who, now_s)
        battery += passed_s * np.where(docked, CHARGING_PER_S, -drains) - is_lost * 0.06 * passed_s
        hour = self._hour(who, now_s)
        at_night = (hour < 6) | (hour >= 23)
        low = np.where(self.is_forgetful[who], 4.0, DOCKS_BELOW - 12 * self.chance.of(51, who))
        docked = (docked & (battery < LEAVES_ABOVE)) | (battery < low) | at_night
        self.battery[who], self.is_docked[who] = np.clip(battery, 1, 100), docked & ~is_lost
        self.paper_m[who] = np.maximum(self.paper_m[who] - sales * PAPER_PER_SALE_M * self.speed, 0)
        is_changed = (self.paper_m[who] == 0) & (
            self.chance.of(52, who, step) < self.every_s[who] / 600
        )  # within ten minutes or so
        self.paper_m[who] = np.where(is_changed, PAPER_M, self.paper_m[who])

    def _signal(self, who: Ints, step: Ints, now_s: float) -> Ints:
        swing = 3 * np.sin(now_s / 900 + who) + 2 * self.chance.bell(60, who, step)
        heard = np.clip(self.signal[who] + swing - 30 * self._has(Kind.WEAK_SIGNAL, who, now_s), -118, -30)
        return np.where(self.is_radio[who], np.rint(heard), 127).astype(np.int64)

    def _latency(self, who: Ints, step: Ints, signal: Ints) -> Ints:
        weak = np.where(self.is_radio[who], np.maximum(-90 - signal, 0), 0)
        return np.minimum(self.latency[who] * np.exp(0.3 * self.chance.bell(63, who, step)) * (1 + weak / 3), 9_000).astype(
            np.int64
        )

    def _printer(self, who: Ints, now_s: float) -> Ints:
        """As wire.record.Printer: 1 fine, 2 low, 3 out, 6 has none."""
        paper = np.where(self._has(Kind.PAPER_OUT, who, now_s), 0.0, self.paper_m[who])
        state = np.where(paper <= 0, 3, np.where(paper < PAPER_LOW_M, 2, 1))
        return np.where(self.has_printer[who], state, 6).astype(np.int64)

    def _online(self, who: Ints, step: Ints, now_s: float) -> Columns:
        """What only online stores say."""
        web = self.is_online[who]
        mean = np.where(web, 6 * self._busy(who, now_s) + 0.5, 0.0)
        visits = self.chance.count(70, mean, who, step)
        fails = self._has(Kind.API_ERRORS, who, now_s)
        orders = np.minimum(self.chance.count(71, mean * np.where(fails, 0.05, 0.3), who, step), visits)
        refused = self._has(Kind.WEBHOOKS_REFUSED, who, now_s)
        return {
            "visits": visits, "orders": orders, "api_errors": self.chance.count(72, web * np.where(fails, 3.0, 0.01), who, step),
            "webhook_failures": self.chance.count(73, web * np.where(refused, 2.0, 0.005), who, step),
        }  # fmt: skip


def _zone_s(now_s: float) -> Ints:
    """Seconds by which each town's clock is ahead of UTC."""
    now = datetime.fromtimestamp(now_s, UTC)
    ahead = [now.astimezone(ZoneInfo(town.time_zone)).utcoffset() for town in TOWNS]
    return np.array([round(one.total_seconds()) if one else 0 for one in ahead])


def _clocks(chance: Chance, who: Ints) -> Ints:
    """By how many ms each terminal's clock is off: most by less than a second, some by minutes."""
    off = np.where(chance.of(20, who) < WRONG_CLOCKS, CLOCK_OFF_S * (2 * chance.of(21, who) - 1), 0.4 * chance.bell(22, who))
    return np.asarray((off * 1000).astype(np.int64))
