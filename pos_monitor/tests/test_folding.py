"""Of many alerts few incidents: what fails together is one, what fails alone stays alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pos_monitor.estate.directory import Directory
from pos_monitor.judging.fleet import Fleet, empty
from pos_monitor.judging.folded import Folded, FoldedIncident
from pos_monitor.judging.folding import Folder, Labels
from pos_monitor.judging.folding.folder import WideElsewhere
from pos_monitor.judging.judge import Judge
from pos_monitor.judging.plan import RuleSpec, Window
from pos_monitor.tests.judging import T0, plan_for, spec
from pos_monitor.wire.record import MISSING, RECORD

SIZE = 6001
NUMBERS = np.arange(SIZE)
STORE = np.where(NUMBERS, (NUMBERS - 1) // 4 + 1, 0)  # four tills in each of 1,500 stores
MERCHANT = np.where(NUMBERS, (STORE - 1) // 10 + 1, 0)  # ten stores each
REGION = np.where(NUMBERS, (MERCHANT - 1) % 15 + 1, 0)
OPERATOR = np.where(NUMBERS, NUMBERS * 7919 % 13 % 8 + 1, 0)


def of_6000(**more: Any) -> Fleet:
    known = {"store": STORE, "merchant": MERCHANT, "region": REGION, "operator": OPERATOR, **more}
    return empty(SIZE, is_used=NUMBERS > 0, **known)


class Names(Labels):
    """Without a directory: what is a word there is a number here."""

    def __init__(self) -> None:
        super().__init__(Directory())

    def key(self, column: str, value: int) -> str:
        return "all" if column == "fleet" else f"{column} {value}" if column in ("app", "firmware") else str(value)

    def value(self, scope: str, key: str) -> tuple[str, int]:
        column = "operator" if scope == "network_operator" else scope
        return (column, 1 if key == "all" else int(key))

    def title(self, rule_name: str, column: str, value: int, terminal: int) -> str:
        return f"{rule_name}: {column} {value}"

    def single(self, rule_name: str, terminal: int) -> str:
        return f"{rule_name}: {terminal}"


class Fleeting:
    """A fleet that reports every 10 s, each terminal at its own second, and an engine that folds what a judge finds, four times a second."""

    def __init__(self, *rules: RuleSpec, fleet: Fleet | None = None, shard: int | None = None, **plan: Any) -> None:
        self.judge = Judge(plan_for(*(rules or (spec("absence"),)), fleet=fleet or of_6000(), shard=shard, **plan))
        self.folder = Folder(self.judge, Names())
        self.phase = np.random.default_rng(3).integers(0, 10_000, SIZE)
        self.mine = (NUMBERS > 0) if shard is None else (NUMBERS > 0) & (self.judge.plan.fleet.shard == shard)
        self.told: list[FoldedIncident] = []
        self.cleared = 0
        self.app = np.zeros(SIZE, np.uint32)
        self.loss, self.random = 0.0, np.random.default_rng(5)  # share of reports that never arrive

    def run(self, since_s: float, until_s: float, silent: NDArray[np.bool_] | None = None, **values: Any) -> list[FoldedIncident]:
        """What is told from `since_s` to `until_s`; silent: who does not report."""
        before = len(self.told)
        for tick_ms in range(round(since_s * 1000), round(until_s * 1000), 250):
            speaks = (tick_ms - self.phase) % 10_000 < 250
            numbers = np.flatnonzero(speaks & self.mine & (True if silent is None else ~silent))
            numbers = numbers[self.random.random(len(numbers)) >= self.loss] if self.loss else numbers
            batch = np.zeros(len(numbers), RECORD)
            for name, missing in MISSING.items():
                batch[name] = missing
            batch["terminal"], batch["boot"], batch["seq"] = numbers, 1, (tick_ms - self.phase[numbers] + 10_000) // 10_000 + 1
            batch["received_ms"] = T0 + tick_ms
            batch["app"] = self.app[numbers]
            for name, value in values.items():
                batch[name] = value[numbers]
            self._take(self.folder.fold(self.judge.step(batch), T0 + tick_ms))
            self._take(self.folder.fold(self.judge.sweep(T0 + tick_ms), T0 + tick_ms))
        return self.told[before:]

    def _take(self, folded: Folded) -> None:
        self.told += folded.opened
        self.cleared += len(folded.cleared)


def scopes(told: Iterable[FoldedIncident]) -> set[tuple[str, str]]:
    return {(each.scope, each.scope_key) for each in told}


def alerts(told: Iterable[FoldedIncident]) -> list[int]:
    return sorted(int(terminal) for each in told for terminal in each.alerts["terminal"])


def outage(silent: NDArray[np.bool_], **more: Any) -> list[FoldedIncident]:
    fleet = Fleeting(**more)
    fleet.run(0, 20)
    return fleet.run(20, 62, silent)


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        (STORE == 70, {("store", "70")}),
        (MERCHANT == 7, {("merchant", "7")}),
        (REGION == 3, {("region", "3")}),
        (OPERATOR == 2, {("network_operator", "2")}),
        ((STORE == 70) | (MERCHANT == 9), {("store", "70"), ("merchant", "9")}),
        ((NUMBERS > 0) & (NUMBERS <= 2000), {("fleet", "all")}),
        (NUMBERS % 10 < 3, {("fleet", "all")}),
        (np.isin(NUMBERS, [5, 1999, 4000]), {("terminal", "5"), ("terminal", "1999"), ("terminal", "4000")}),
    ],
    ids=["store", "merchant", "region", "operator", "two", "a third in a row", "3 of 10 anywhere", "three of thousands"],
)
def test_what_falls_silent_together_is_one_incident_from_the_first_alert_on(
    silent: NDArray[np.bool_], expected: set[tuple[str, str]]
) -> None:
    told = outage(silent)

    assert scopes(told) == expected
    assert alerts(told) == [int(number) for number in np.flatnonzero(silent) if number]


@pytest.mark.parametrize("loss", [0.05, 0.1])
def test_an_operators_outage_is_the_operators_while_lines_lose_reports_everywhere(loss: float) -> None:
    """A third of the fleet has this operator; of all other reports one in twenty, or ten, gets lost."""
    operator = np.where(NUMBERS, NUMBERS * 7919 % 13 % 3 + 1, 0)
    fleet = Fleeting(fleet=of_6000(operator=operator))
    fleet.loss = loss
    fleet.run(0, 120)
    assert not fleet.told

    told = fleet.run(120, 240, operator == 2)

    assert scopes(told) == {("network_operator", "2")}
    assert set(alerts(told)) == set(np.flatnonzero(operator == 2).tolist())


def test_a_till_that_fails_beside_an_outage_is_alone_and_not_the_fleets() -> None:
    fleet = Fleeting()
    fleet.loss = 0.05
    fleet.run(0, 120)

    till = 3001 + int(np.argmax(OPERATOR[3001:] != 2))
    told = fleet.run(120, 260, (OPERATOR == 2) | (till == NUMBERS))

    assert scopes(told) == {("network_operator", "2"), ("terminal", str(till))}


def test_who_runs_the_same_version_and_fails_with_it_is_one_incident() -> None:
    rule = spec("threshold", measure="latency", side="above", limit=1000, clear_at=500, raise_after=3)
    fleet = Fleeting(rule)
    fleet.app[:] = np.where(NUMBERS % 9 == 4, 52, 51)
    fleet.run(0, 20, latency=np.full(SIZE, 100))

    told = fleet.run(20, 55, latency=np.where(NUMBERS % 9 == 4, 4000, 100))

    assert scopes(told) == {("version", "app 52")}


def test_an_incident_ends_with_its_alerts_and_another_begins_anew() -> None:
    fleet = Fleeting()
    fleet.run(0, 20)
    fleet.run(20, 62, STORE == 70)
    fleet.run(62, 75)
    assert fleet.cleared == 4
    assert not fleet.folder.books[1].wides

    told = fleet.run(75, 120, NUMBERS == 277)

    assert scopes(told) == {("terminal", "277")}


def test_what_fails_much_later_does_not_belong_to_it() -> None:
    fleet = Fleeting()
    fleet.run(0, 20)
    fleet.run(20, 60, REGION == 3)
    fleet.run(60, 200, REGION == 3)

    told = fleet.run(200, 245, (REGION == 3) | (NUMBERS == 1))

    assert scopes(told) == {("terminal", "1")}


def test_alerts_that_were_alone_move_when_the_wider_one_is_found() -> None:
    late = np.where(STORE == 70, 25, 10)
    late[np.flatnonzero(STORE == 70)[0]] = 10
    fleet = Fleeting(fleet=of_6000(report_every_s=late))
    fleet.run(0, 20)

    told = fleet.run(20, 130, STORE == 70)

    assert [(each.scope, len(each.alerts)) for each in told][:2] == [("terminal", 1), ("store", 2)]
    assert alerts(told)[:2] == [277, 277]


def test_an_incident_that_another_shard_found_takes_ours_in() -> None:
    fleet = Fleeting(fleet=of_6000(shard=NUMBERS % 4), shard=1)
    fleet.run(0, 20)
    fleet.folder.learn([WideElsewhere(1, "store", "70", T0 + 15_000, T0 + 20_000, 3)])

    told = fleet.run(20, 62, STORE == 70)

    assert scopes(told) == {("store", "70")}
    assert alerts(told) == [277]
    fleet.folder.learn([])
    assert [wide.elsewhere for wide in fleet.folder.books[1].wides.values()] == [0]


def test_after_a_start_alerts_join_the_incidents_that_are_open() -> None:
    fleet = Fleeting()
    fleet.run(0, 20)
    store = np.flatnonzero(STORE == 70)
    fleet.run(20, 51, np.isin(NUMBERS, store))
    again = Folder(fleet.judge, Names())
    known = store[fleet.judge.works[1].ledger.is_open[store]]
    assert 0 < len(known) < 4
    again.recall([((1, "store", "70"), known, fleet.judge.works[1].ledger.began_ms[known])])
    fleet.folder = again

    told = fleet.run(51, 62, np.isin(NUMBERS, store))

    assert scopes(told) == {("store", "70")}
    assert len(alerts(told)) == 4 - len(known)


def test_an_incident_in_a_maintenance_window_is_muted_only_if_all_of_it_is() -> None:
    window = Window(T0, T0 + 3_600_000, STORE == 70)

    assert [each.is_muted for each in outage(STORE == 70, windows=[window])] == [True] * 4
    assert all(not each.is_muted for each in outage(STORE == 71, windows=[window]))


def test_an_incident_names_its_merchant_if_it_is_of_one_alone() -> None:
    assert {each.merchant for each in outage(STORE == 70)} == {7}
    told = outage(REGION == 3)
    assert None in {each.merchant for each in told}
