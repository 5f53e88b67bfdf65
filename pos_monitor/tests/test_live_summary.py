from __future__ import annotations

import numpy as np
import pytest

from merchants.models import Merchant
from pos_monitor.live import summary
from pos_monitor.live.protocol import Filter
from pos_monitor.live.roster import Roster, RosterKeeper
from pos_monitor.models import Terminal
from pos_monitor.tests.estate_samples import a_store, a_terminal
from pos_monitor.tests.fleet import make_terminals
from pos_monitor.tests.live_samples import a_cell
from pos_monitor.wire.cells import Band, Status

pytestmark = pytest.mark.django_db
FINE = a_cell()


def the_roster() -> Roster:
    return RosterKeeper().refresh()


def cells_of(roster: Roster, cells: dict[int, int]) -> np.ndarray:
    found = np.full(len(roster.columns["number"]), FINE, np.uint16)
    for number, cell in cells.items():
        found[number] = cell
    return found


def test_a_tile_counts_what_it_would_show(acme: Merchant):
    numbers = make_terminals(a_store(acme), 5)
    roster = the_roster()
    cells = cells_of(roster, {
        numbers[0]: a_cell(Status.OFFLINE, 3), numbers[1]: a_cell(Status.OFFLINE, battery=Band.BAD), numbers[2]: a_cell(battery=Band.LOW),
    })  # fmt: skip

    alone = summary.counts(summary.select(roster, cells, Filter(), None))
    with_offline = summary.counts(summary.select(roster, cells, Filter(tiles=("offline",)), None))

    assert (alone.all, alone.matching) == (5, 5)
    assert (alone.tiles["online"], alone.tiles["offline"], alone.tiles["battery"], alone.tiles["alert"]) == (3, 2, 2, 1)
    assert (with_offline.all, with_offline.matching) == (5, 2)
    assert with_offline.tiles["battery"] == 1  # offline and low
    assert with_offline.tiles["online"] == 0


def test_the_batteries_of_a_closed_shop_trouble_nobody(acme: Merchant):
    (number,) = make_terminals(a_store(acme), 1)
    roster = the_roster()

    counted = summary.counts(
        summary.select(roster, cells_of(roster, {number: a_cell(Status.CLOSED, battery=Band.BAD)}), Filter(), None)
    )

    assert (counted.tiles["closed"], counted.tiles["battery"]) == (1, 0)


def test_what_is_not_in_use_is_counted_nowhere(acme: Merchant):
    a_terminal(acme, state=Terminal.State.STOCK)
    used = a_terminal(acme)
    roster = the_roster()

    assert summary.counts(summary.select(roster, cells_of(roster, {}), Filter(), None)).all == 1
    gone = cells_of(roster, {used.pk: a_cell(Status.OUT_OF_USE, 3, tamper=1)})
    assert summary.counts(summary.select(roster, gone, Filter(), None)).all == 0


def test_a_filter_counts_its_own_and_a_scope_lets_nothing_else_through(acme: Merchant, globex: Merchant):
    make_terminals(a_store(acme, region="TX"), 3)
    make_terminals(a_store(acme, region="VT"), 2)
    make_terminals(a_store(globex, region="TX"), 4)
    roster = the_roster()
    cells = cells_of(roster, {})

    def matching(asked: Filter, scope: frozenset[int] | None = None) -> int:
        return summary.counts(summary.select(roster, cells, asked, scope)).matching

    assert matching(Filter(region="TX")) == 7
    assert matching(Filter(region="TX", merchant=str(acme.pk))) == 3
    assert matching(Filter(region="Atlantis")) == 0
    assert matching(Filter(), frozenset([globex.pk])) == 4
    assert matching(Filter(merchant=str(acme.pk)), frozenset([globex.pk])) == 0
    assert matching(Filter(), frozenset()) == 0


def test_the_worst_comes_first_and_what_is_well_not_at_all(acme: Merchant):
    numbers = make_terminals(a_store(acme), 300)
    roster = the_roster()
    cells = cells_of(roster, {
        numbers[7]: a_cell(battery=Band.LOW), numbers[5]: a_cell(Status.OFFLINE, 3), numbers[3]: a_cell(Status.OFFLINE),
        numbers[9]: a_cell(tamper=1, severity=3), numbers[1]: a_cell(Status.OFFLINE, 3, maintenance=1),
    })  # fmt: skip

    total, found = summary.worst(summary.select(roster, cells, Filter(), None), page=0)

    assert total == 5
    assert found.tolist() == [numbers[9], numbers[5], numbers[3], numbers[1], numbers[7]]


def test_pages_of_the_worst_hold_each_terminal_once(acme: Merchant):
    numbers = make_terminals(a_store(acme), 250)
    roster = the_roster()
    cells = cells_of(roster, dict.fromkeys(numbers, a_cell(Status.OFFLINE)) | {numbers[200]: a_cell(Status.OFFLINE, 3)})
    selection = summary.select(roster, cells, Filter(), None)

    pages = [summary.worst(selection, page)[1].tolist() for page in range(4)]

    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert pages[0][0] == numbers[200]
    assert sorted(number for page in pages for number in page) == numbers


def test_a_store_that_is_well_is_listed_when_it_is_asked_for(acme: Merchant):
    store = a_store(acme)
    numbers = make_terminals(store, 3)
    make_terminals(a_store(acme), 150)
    roster = the_roster()

    asked = Filter(store=str(store.pk))
    total, found = summary.worst(summary.select(roster, cells_of(roster, {}), asked, None), page=0)

    assert (total, found.tolist()) == (3, numbers)


def test_a_bad_release_stands_out_and_a_single_bad_till_does_not(acme: Merchant):
    store = a_store(acme)
    good = make_terminals(store, 300, app="7.1")
    bad = make_terminals(store, 40, app="7.2")
    alone = make_terminals(store, 1, app="6.0")
    roster = the_roster()
    cells = cells_of(roster, dict.fromkeys([*bad[:20], *good[:6], *alone], a_cell(sales=Band.BAD)))

    found = summary.groups(summary.select(roster, cells, Filter(), None), roster, "app")

    assert [(row.key, row.count, row.troubled, row.sales, row.stands_out) for row in found.rows] == [
        ("7.2", 40, 20, 20, True), ("6.0", 1, 1, 1, False), ("7.1", 300, 6, 6, False),
    ]  # fmt: skip


def test_a_fleet_that_fails_alike_has_no_outlier(acme: Merchant):
    store = a_store(acme)
    numbers = [*make_terminals(store, 100, app="7.1"), *make_terminals(store, 100, app="7.2")]
    roster = the_roster()

    found = summary.groups(
        summary.select(roster, cells_of(roster, dict.fromkeys(numbers, a_cell(Status.OFFLINE))), Filter(), None), roster, "app"
    )

    assert [row.stands_out for row in found.rows] == [False, False]
    assert [row.silent for row in found.rows] == [100, 100]


def test_groups_that_are_left_out_are_counted(acme: Merchant):
    for region in range(30):
        make_terminals(a_store(acme, region=f"R{region:02}"), 1)
    roster = the_roster()

    found = summary.groups(summary.select(roster, cells_of(roster, {}), Filter(), None), roster, "region")

    assert (len(found.rows), found.other) == (summary.MOST_GROUPS, 5)


def test_no_terminal_at_all_has_no_groups(db: None):
    roster = the_roster()
    selection = summary.select(roster, cells_of(roster, {}), Filter(), None)

    assert summary.groups(selection, roster, "model").rows == []
    assert summary.worst(selection, 0)[0] == 0
