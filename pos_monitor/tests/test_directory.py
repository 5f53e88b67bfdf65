from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from merchants.models import Merchant
from pos_monitor.estate.directory import Directory, State
from pos_monitor.models import Terminal, TerminalGroup
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = pytest.mark.django_db
ALWAYS = {}
WEEKDAYS = {str(day): [["08:00", "18:00"]] for day in range(5)}


def ms(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


def test_every_terminal_is_found_at_its_number(acme: Merchant, globex: Merchant):
    till = a_terminal(
        acme, a_store(acme, "Elm Street", region="TX", latitude=30.25, longitude=-97.75), report_every_s=30, app="5.0"
    )
    spare = a_terminal(globex, state=Terminal.State.STOCK, label="", serial="S-9")
    directory = Directory()

    changed = directory.refresh()

    assert list(changed) == [till.pk, spare.pk] == list(directory.numbers)
    assert directory.merchant[[till.pk, spare.pk]].tolist() == [acme.pk, globex.pk]
    assert directory.names.region[directory.region[till.pk]] == "TX"
    assert directory.names.stores[directory.store[till.pk]] == "Elm Street"
    assert directory.names.label[spare.pk] == "S-9"
    assert directory.state[spare.pk] == State.STOCK
    assert directory.store[spare.pk] == 0
    assert directory.report_every_s[till.pk] == 30
    assert [directory.names.app[directory.app[one]] for one in (till.pk, spare.pk)] == ["5.0", ""]
    assert directory.latitude[till.pk] == 30.25
    assert np.isnan(directory.latitude[spare.pk])


def test_a_look_brings_what_changed_and_nothing_else(acme: Merchant):
    store = a_store(acme)
    till, other = a_terminal(acme, store), a_terminal(acme)
    group = TerminalGroup.objects.create(name="Pilot")
    directory = Directory()
    directory.refresh()
    assert list(directory.refresh()) == []

    other.group = group
    other.save()
    assert list(directory.refresh()) == [other.pk]
    assert directory.group[other.pk] == group.pk

    store.region = "TX"
    store.save()
    assert list(directory.refresh()) == [till.pk]
    assert directory.names.region[directory.region[till.pk]] == "TX"

    group.expected_app = "5.0"
    group.save()
    assert list(directory.refresh()) == [other.pk]
    assert directory.names.groups[group.pk].expected_app == "5.0"

    fresh = a_terminal(acme)
    assert list(directory.refresh()) == [fresh.pk]


def test_a_store_is_open_in_the_hours_of_its_own_zone(acme: Merchant):
    eastern = a_terminal(acme, a_store(acme, time_zone="America/New_York", opening_hours=WEEKDAYS))
    western = a_terminal(acme, a_store(acme, time_zone="America/Los_Angeles", opening_hours=WEEKDAYS))
    night = a_terminal(acme, a_store(acme, time_zone="UTC", opening_hours={"6": [["22:00", "02:00"]]}))
    always = a_terminal(acme)
    directory = Directory()
    directory.refresh()
    numbers = np.array([eastern.pk, western.pk, night.pk, always.pk])

    assert directory.is_open(numbers, ms(2026, 11, 16, 13, 30)).tolist() == [True, False, False, True]  # Monday, 8:30 in New York
    assert directory.is_open(numbers, ms(2026, 11, 16, 23, 30)).tolist() == [False, True, False, True]
    assert directory.is_open(numbers, ms(2026, 11, 16, 1, 59)).tolist() == [False, False, True, True]  # Sunday’s night
    assert directory.is_open(numbers, ms(2026, 11, 16, 2, 0)).tolist() == [False, False, False, True]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_is_not_missed(acme: Merchant):
    """It took its number before another that was seen first."""
    import psycopg
    from django.db import connection

    early, late = a_terminal(acme), a_terminal(acme)
    directory = Directory()
    directory.refresh()
    parameters = {**connection.get_connection_params()}
    for name in ("cursor_factory", "context", "client_encoding", "prepare_threshold"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters) as slow:
        slow.execute("UPDATE pos_monitor_terminal SET label = 'slow' WHERE id = %s", [early.pk])
        Terminal.objects.filter(pk=late.pk).update(label="quick")
        assert list(directory.refresh()) == [late.pk]
        assert list(directory.refresh()) == []
        slow.commit()

    assert list(directory.refresh()) == [early.pk]
    assert directory.names.label[early.pk] == "slow"
    for _ in range(3):
        assert list(directory.refresh()) == []
