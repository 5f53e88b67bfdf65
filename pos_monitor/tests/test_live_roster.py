from __future__ import annotations

import gzip
import json

import pytest

from merchants.models import Merchant
from pos_monitor.live.finding import find
from pos_monitor.live.roster import DIMENSIONS, RosterKeeper
from pos_monitor.models import Terminal, TerminalGroup
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = pytest.mark.django_db


def listed(keeper: RosterKeeper, scope: frozenset[int] | None = None) -> dict[int, dict[str, str]]:
    """What a browser makes of the list: label and name in each dimension, by number."""
    plain = json.loads(gzip.decompress(keeper.refresh().listed(scope).body))
    return {
        number: {"label": plain["labels"][plain["label"][at]]} | {by: plain[f"{by}s"][plain[by][at]][1] for by in DIMENSIONS}
        for at, number in enumerate(plain["number"])
    }


def test_the_list_says_of_each_active_terminal_where_it_is_and_what(acme: Merchant):
    group = TerminalGroup.objects.create(name="Pilot")
    till = a_terminal(
        acme,
        a_store(acme, "Elm Street", region="TX"),
        label="Till 3",
        app="7.2",
        firmware="",
        network_operator="Telco",
        group=group,
    )
    a_terminal(acme, state=Terminal.State.STOCK)

    assert listed(RosterKeeper()) == {
        till.pk: {
            "label": "Till 3", "region": "TX", "merchant": "Acme", "store": "Elm Street", "model": "P400", "operator": "Telco",
            "firmware": "not known", "app": "7.2", "group": "Pilot", "kind": "till",
        }
    }  # fmt: skip


def test_a_scope_lists_its_own_terminals_and_names_nobody_else(acme: Merchant, globex: Merchant):
    till = a_terminal(acme, a_store(acme, "Elm Street"))
    a_terminal(globex, a_store(globex, "Secret Street"))
    keeper = RosterKeeper()

    body = gzip.decompress(keeper.refresh().listed(frozenset([acme.pk])).body).decode()

    assert list(listed(keeper, frozenset([acme.pk]))) == [till.pk]
    assert "Secret Street" not in body
    assert "Globex" not in body


def test_the_list_has_another_tag_only_when_it_is_another(acme: Merchant):
    till = a_terminal(acme)
    keeper = RosterKeeper()
    first = keeper.refresh().listed(None)

    assert keeper.refresh().listed(None) is first
    till.label = "Another"
    till.save()
    assert keeper.refresh().listed(None).etag != first.etag


def test_a_change_is_told_as_a_row_and_a_terminal_that_leaves_as_inactive(acme: Merchant):
    till, other = a_terminal(acme, label="Till 1"), a_terminal(acme)
    keeper = RosterKeeper()
    before = keeper.refresh()

    till.state = Terminal.State.REPAIR
    till.save()
    after = keeper.refresh()

    changed = after.changed_since(before, None)
    assert [row[:3] for row in after.rows(changed, None)] == [[till.pk, "Till 1", 0]]
    assert after.numbers.tolist() == [other.pk]
    assert before.numbers.tolist() == [till.pk, other.pk]  # who still reads the old one reads it whole


def test_something_is_found_by_what_a_caller_reads_out(acme: Merchant, globex: Merchant):
    store = a_store(acme, "Elm Street")
    till = a_terminal(acme, store, label="Till 3", serial="SN-77-A")
    a_terminal(globex, a_store(globex, "Oak Lane"), serial="SN-99")
    roster = RosterKeeper().refresh()

    assert find(roster, "77-a")["terminals"] == [[till.pk, "Till 3", "SN-77-A", "Elm Street", "Acme"]]
    assert find(roster, " elm  street ")["stores"] == [[str(store.pk), "Elm Street", "Acme"]]
    assert find(roster, "ACM")["merchants"] == [[str(acme.pk), "Acme"]]
    assert find(roster, till.public_id)["terminals"][0][0] == till.pk
    assert find(roster, "e") == {"merchants": [], "stores": [], "terminals": []}


def test_names_are_listed_as_people_read_them(acme: Merchant):
    for name in ("Till shop 10", "till shop 9", "Acorn Lane"):
        a_terminal(acme, a_store(acme, name))
    keeper = RosterKeeper()

    plain = json.loads(gzip.decompress(keeper.refresh().listed(None).body))

    assert [name for _, name in plain["stores"]] == ["Acorn Lane", "till shop 9", "Till shop 10"]
    assert {each["store"] for each in listed(keeper).values()} == {"Acorn Lane", "till shop 9", "Till shop 10"}
