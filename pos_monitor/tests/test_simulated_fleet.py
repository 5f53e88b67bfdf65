"""The made-up fleet: the same for a seed, believable, and rows of the estate only in a sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from merchants.models import Merchant
from pos_monitor.estate.tokens import TokenMap
from pos_monitor.models import Store, Terminal, TerminalToken
from pos_monitor.simulation.faults import Fault, Faults, Kind
from pos_monitor.simulation.fleet import Fleet, Recipe, fleet_of
from pos_monitor.simulation.life import Life
from pos_monitor.simulation.making import DEMO, MADE_UP, NotASandbox, make_fleet
from pos_monitor.simulation.saying import mark
from pos_monitor.simulation.scenarios import SCRIPTS
from pos_monitor.simulation.world import Size
from pos_monitor.wire.record import MISSING, RECORD
from pos_monitor.wire.schema import read

NOON_S = 1_795_276_800.0  # 2026-11-21, noon in New York


def recipe(tills: int = 300, **other: Any) -> Recipe:
    return Recipe(**{"size": Size(tills, 4), "seed": 7, "scenario": "calm", "began_s": NOON_S, "every_s": 10, **other})


def reports(fleet: Fleet, who: np.ndarray, steps: int) -> Iterator[list[bytes]]:
    for step in range(steps):
        yield fleet.speaker.say(who, fleet.life.step(who, NOON_S + 10 * (step + 1)))


def test_a_seed_makes_the_same_fleet_however_it_is_split_over_processes() -> None:
    everyone, odd = np.arange(304), np.arange(1, 304, 2)

    whole = list(reports(fleet_of(recipe()), everyone, 20))
    half = list(reports(fleet_of(recipe()), odd, 20))

    assert [[one[place] for place in odd] for one in whole] == half


def test_another_seed_makes_another_fleet() -> None:
    one, other = fleet_of(recipe()), fleet_of(recipe(seed=8))

    assert not np.array_equal(one.plan.model, other.plan.model)
    assert next(reports(one, np.arange(304), 1)) != next(reports(other, np.arange(304), 1))


def test_the_doors_find_nothing_wrong_with_any_report() -> None:
    fleet = fleet_of(recipe(scenario="day"))

    for said in reports(fleet, np.arange(304), 60):
        for place, report in enumerate(said):
            taken = read(report, terminal=place, received_ms=int(NOON_S * 1000))
            assert (taken.faults, len(taken.records)) == ([], 1)


def test_a_terminal_says_only_what_it_has_a_part_for() -> None:
    fleet = fleet_of(recipe())
    said = next(reports(fleet, np.arange(304), 1))
    taken = np.frombuffer(b"".join(read(one, terminal=1, received_ms=int(NOON_S * 1000)).records[0] for one in said), RECORD)

    assert np.array_equal(taken["battery"] != MISSING["battery"], fleet.life.has_battery)
    assert np.array_equal(taken["visits"] != MISSING["visits"], fleet.plan.is_online)
    assert np.array_equal(taken["sales_ok"] == MISSING["sales_ok"], fleet.plan.is_online)


def test_batteries_drain_away_from_the_dock_and_fill_in_it() -> None:
    fleet = fleet_of(recipe())
    who = np.flatnonzero(fleet.life.has_battery)
    before, was_docked = fleet.life.battery[who].copy(), fleet.life.is_docked[who].copy()

    for step in range(30):
        fleet.life.step(who, NOON_S + 10 * step)
    stayed = was_docked == fleet.life.is_docked[who]

    assert (fleet.life.battery[who] > before)[was_docked & stayed].all()
    assert (fleet.life.battery[who] < before)[~was_docked & stayed].all()


def test_a_failing_reader_shows_in_the_terminals_that_have_the_fault_and_in_no_others() -> None:
    plan = fleet_of(recipe()).plan
    tills = np.flatnonzero(~plan.is_online)
    hit = tills[:50]
    faults = Faults([Fault(Kind.READER_FAILS, hit, "broken", begins_s=0, lasts_s=1_000)], len(plan))
    life = Life(plan, faults, seed=7, began_s=NOON_S, every_s=np.full(len(plan), 10))
    errors = np.zeros(len(plan))

    for step in range(40):
        errors += life.step(np.arange(len(plan)), NOON_S + 10 * step)["reader_errors"]

    assert errors[hit].min() > errors[tills[50:]].max()


def test_a_fault_that_comes_again_is_on_in_its_turns_only() -> None:
    fault = Fault(Kind.CUT_OFF, np.array([1]), "cut", begins_s=20, lasts_s=60, again_s=300)

    assert [fault.is_on(now_s) for now_s in (0, 19.9, 20, 79.9, 80, 319, 320, 379, 380)] == [
        False, False, True, True, False, False, True, True, False,
    ]  # fmt: skip
    assert [fault.round(now_s) for now_s in (0, 20, 319, 320)] == [-1, 0, 0, 1]


def test_a_terminal_without_power_starts_anew_and_counts_from_one() -> None:
    fleet = fleet_of(recipe())
    one = np.array([3])
    first = json.loads(next(reports(fleet, one, 1))[0])

    fleet.life.start_anew(one, NOON_S + 500)
    second = json.loads(fleet.speaker.say(one, fleet.life.step(one, NOON_S + 510))[0])

    assert (first["seq"], second["seq"]) == (1, 1)
    assert second["boot"] > first["boot"]


def test_what_waited_is_marked_and_stays_one_report() -> None:
    assert json.loads(mark(b'{"boot":1,"seq":2}', "stored", "urgent")) == {"boot": 1, "seq": 2, "stored": True, "urgent": True}


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_scenario_fits_a_small_fleet(name: str) -> None:
    fleet = fleet_of(recipe(tills=12, scenario=name))

    for fault in fleet.faults.faults:
        assert len(fault.who) > 0 or fault.kind in {Kind.READER_FAILS, Kind.CUT_OFF}
        assert fault.who.max(initial=0) < len(fleet.plan)


@pytest.fixture
def tokens_folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def test_making_a_fleet_twice_makes_it_once(db: None, tokens_folder: None) -> None:
    plan = fleet_of(recipe(tills=40)).plan

    first = make_fleet(plan, naming=MADE_UP, every_s=10)
    again = make_fleet(plan, naming=MADE_UP, every_s=5)

    assert first == again
    assert Terminal.objects.count() == TerminalToken.objects.count() == 44
    assert Store.objects.count() == len(plan.store_town)
    assert set(Terminal.objects.values_list("report_every_s", "state")) == {(5, "active")}


def test_its_tokens_let_in_the_terminals_that_they_were_made_for(db: None, tokens_folder: None) -> None:
    made = make_fleet(fleet_of(recipe(tills=5)).plan, naming=MADE_UP, every_s=10)
    tokens = TokenMap()
    tokens.refresh()

    assert [found.number if (found := tokens.find(one.token)) else None for one in made] == [one.number for one in made]


def test_a_lost_token_is_made_anew(db: None, tokens_folder: None) -> None:
    plan = fleet_of(recipe(tills=5)).plan
    make_fleet(plan, naming=MADE_UP, every_s=10)
    MADE_UP.tokens_file.unlink()

    made = make_fleet(plan, naming=MADE_UP, every_s=10)
    tokens = TokenMap()
    tokens.refresh()

    assert all(tokens.find(one.token) for one in made)


def test_a_fleet_can_belong_to_merchants_who_are_there(acme: Merchant, tokens_folder: None) -> None:
    make_fleet(fleet_of(recipe(tills=20, size=Size(20, 2, 1))).plan, naming=DEMO, every_s=10, merchants=[acme])

    assert set(Terminal.objects.values_list("merchant", "store__merchant")) == {(acme.pk, acme.pk)}
    assert Terminal.objects.filter(kind="online_store").count() == 2


def test_outside_a_sandbox_nothing_is_made(db: None, settings: Any, tokens_folder: None) -> None:
    settings.IS_SANDBOX = False

    with pytest.raises(NotASandbox):
        make_fleet(fleet_of(recipe(tills=5)).plan, naming=MADE_UP, every_s=10)

    assert not Terminal.objects.exists()
    assert not Merchant.objects.exists()
