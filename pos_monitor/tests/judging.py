"""Reports and fleets for the tests of judging, without a database."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.fleet import Fleet, empty
from pos_monitor.judging.judge import Judge
from pos_monitor.judging.kinds import parameters_of
from pos_monitor.judging.plan import Plan, RuleSpec, compile
from pos_monitor.judging.transitions import Changes
from pos_monitor.wire.record import MISSING, RECORD

T0 = 1_790_000_000_000


def records(rows: list[dict[str, Any]]) -> NDArray[np.void]:
    """RECORD [n]; what a row does not say is missing. `at` are seconds after T0 at which it is received; seq counts on by itself."""
    made = np.zeros(len(rows), RECORD)
    for name, value in MISSING.items():
        made[name] = value
    for place, row in enumerate(rows):
        at_ms = T0 + round(row.get("at", 0) * 1000)
        said = {"boot": 1, "seq": place + 1, "received_ms": at_ms, "at_ms": at_ms} | {k: v for k, v in row.items() if k != "at"}
        for name, value in said.items():
            made[place][name] = value
    return made


def spec(
    kind: str, rule: int = 1, *, severity: int = 2, terminal_kind: str = "", merchant: int | None = None, **parameters: Any
) -> RuleSpec:
    return RuleSpec(rule, kind, parameters_of(kind, parameters), severity, merchant, terminal_kind, (), kind)


def plan_for(*specs: RuleSpec, fleet: Fleet | None = None, **more: Any) -> Plan:
    return compile(specs, fleet if fleet is not None else empty(50), **more)


def judge_for(*specs: RuleSpec, fleet: Fleet | None = None, **more: Any) -> Judge:
    return Judge(plan_for(*specs, fleet=fleet, **more))


def told(changes: Changes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(rule, terminal) of what opened, and of what ended."""
    return tuple(sorted((int(row["rule"]), int(row["terminal"])) for row in rows) for rows in (changes.opened, changes.cleared))  # type: ignore[return-value]


def battery(judge: Judge, at: float, level: int | None = None, *, terminal: int = 7, **more: Any) -> Changes:
    said = {} if level is None else {"battery": level}
    return judge.step(records([{"terminal": terminal, "at": at, "seq": round(at * 10) + 1, **said, **more}]))


def sweep(judge: Judge, at: float) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return told(judge.sweep(T0 + round(at * 1000)))
