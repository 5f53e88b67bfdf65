"""Several engines: each judges its own, finds what one would find, and another number of them loses nothing."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from merchants.models import Merchant
from pos_monitor.engine import progress
from pos_monitor.engine.resharding import reshard
from pos_monitor.engine.shift import Shift
from pos_monitor.engine.surroundings import Surroundings
from pos_monitor.judging import loading
from pos_monitor.judging.fleet import empty
from pos_monitor.models import Alert, ShardProgress
from pos_monitor.tests.engine_samples import a_report, a_rule, now_ms, stored, streams
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.tests.judging import judge_for, records, spec
from pos_monitor.wire import entry
from pos_monitor.wire.record import stream_of
from pos_monitor.wire.shards import SHARDS_KEY, is_ours

TILLS = 6


@pytest.fixture
def tills(acme: Merchant) -> list[int]:
    return [a_terminal(acme).pk for _ in range(TILLS)]


def a_shift_of(shard: int) -> Shift:
    connection.ensure_connection()
    around = Surroundings(shard)
    around.look()
    return Shift(shard, connection.connection, around, results=None, is_over=lambda: False)


def report(shards: int, *reports: np.ndarray) -> None:
    """As a door does that knows of so many shards."""
    client = streams()
    for one in reports:
        client.xadd(stream_of(int(one["terminal"][0]) % shards), entry.build(one.tobytes()))


def serve(shards: int, *, ticks: int = 1) -> None:
    for shard in range(shards):
        shift = a_shift_of(shard)
        for _ in range(ticks):
            shift.tick()
        shift.close()


@pytest.mark.django_db
def test_open_alerts_are_recalled_by_the_shard_whose_they_are(tills: list[int], settings) -> None:
    settings.TELEMETRY_SHARDS = 2
    a_rule()
    report(2, *(a_report(till, 1, received_ms=now_ms() - 40_000) for till in tills))
    serve(2, ticks=2)
    assert Alert.objects.filter(resolved_at=None).count() == TILLS

    found = {shard: set(loading.open_alerts(shard)[0].tolist()) for shard in (0, 1)}

    assert found == {shard: {till for till in tills if till % 2 == shard} for shard in (0, 1)}
    assert sum(each.open_elsewhere for each in loading.wides_elsewhere(0)) in {0, len(found[1])}
    serve(2)  # after a start each holds on to its own, and ends none of the other's
    assert Alert.objects.filter(resolved_at=None).count() == TILLS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1), (2, 3)])
def test_another_number_of_shards_loses_nothing_and_stores_nothing_twice(
    tills: list[int], settings, before: int, after: int
) -> None:
    a_rule()
    settings.TELEMETRY_SHARDS = before
    report(before, *(a_report(till, seq, battery=80 + seq) for till in tills for seq in (1, 2)))
    serve(before)
    report(before, *(a_report(till, 3, battery=83) for till in tills))  # nobody has read these yet
    report(5, a_report(tills[0], 4), a_report(tills[4], 4))  # of a door that was told another number

    settings.TELEMETRY_SHARDS = after
    moved = reshard(after=after, doors_shut_s=0)
    for shard in range(after):
        shift = a_shift_of(shard)
        mine = [till for till in tills if till % after == shard]
        assert shift.memory.state.last["battery"][mine].tolist() == [82] * len(mine)
        shift.tick()
        shift.close()
    report(after, *(a_report(till, seq) for till in tills for seq in (1, 2, 3)))
    serve(after)

    assert (moved.before, moved.after, moved.terminals, moved.reports) == (before, after, TILLS, TILLS + 2)
    expected = [(till, 1, seq) for till in tills for seq in (1, 2, 3)] + [(tills[0], 1, 4), (tills[4], 1, 4)]
    assert stored() == sorted(expected)
    assert set(ShardProgress.objects.values_list("shard", "shards")) == {(shard, after) for shard in range(after)}
    assert int(streams().get(SHARDS_KEY)) == after
    assert not any(streams().exists(stream_of(shard)) for shard in range(after, 6))


@pytest.mark.django_db(transaction=True)
def test_who_fell_silent_before_the_change_is_found_after_it(tills: list[int], settings) -> None:
    a_rule()
    *silent, heard = tills
    report(1, *(a_report(till, 1, received_ms=now_ms() - 30_000) for till in silent), a_report(heard, 1))
    serve(1)
    assert not Alert.objects.exists()

    settings.TELEMETRY_SHARDS = 2
    reshard(after=2, doors_shut_s=0)
    for shard in (0, 1):
        shift = a_shift_of(shard)
        shift.times.now = lambda: (now_ms() + 10_000, 0.0)  # type: ignore[method-assign]
        shift.tick()
        shift.close()

    assert set(Alert.objects.values_list("terminal_id", flat=True)) == set(silent)


@pytest.mark.django_db(transaction=True)
def test_a_served_shard_is_not_divided_and_the_doors_stay_open(tills: list[int]) -> None:
    serve(1)
    session = progress.hold(0, is_over=lambda: False)
    assert session is not None
    with session, pytest.raises(CommandError, match="An engine still serves shard 0"):
        call_command("reshard_telemetry", "--to", "2")

    assert int(streams().get(SHARDS_KEY)) == 1
    assert ShardProgress.objects.count() == 1


@pytest.mark.django_db
def test_an_engine_of_another_number_refuses_to_serve(tills: list[int], settings) -> None:
    report(1, a_report(tills[0], 1))
    serve(1)
    settings.TELEMETRY_SHARDS = 2

    with pytest.raises(progress.WrongShards, match="reshard_telemetry --to 2"):
        progress.refuse_other_shards(connection.connection)


@pytest.mark.parametrize(("told", "expected"), [(None, True), (b"2", True), (b"1", False), (b"0", False), (b"odd", False)])
def test_a_door_goes_by_the_number_that_the_fleet_has(told: bytes | None, expected: bool) -> None:
    assert is_ours(told, 2) is expected


def test_two_shards_find_the_odd_ones_that_one_finds() -> None:
    """Terminals go to shards by their number, so each has a sample of every model: its median is the fleet's, but for chance."""
    numbers = np.arange(1, 401)
    latency = np.random.default_rng(7).normal(200, 20, len(numbers))
    latency[[9, 150, 303]] = 900
    rule = spec("anomaly", measure="latency", limit=5, clear_at=3, raise_after=1, at_least=1, peers=8, every_s=10)

    def odd(shard: int | None) -> set[int]:
        fleet = empty(401, is_used=np.arange(401) > 0, shard=np.arange(401) % 2, model=np.arange(401) % 4 + 1)
        judge = judge_for(rule, fleet=fleet, shard=shard)
        mine = numbers if shard is None else numbers[numbers % 2 == shard]
        judge.step(records([{"terminal": int(one), "at": 1, "latency": int(latency[one - 1])} for one in mine]))
        return set(judge.sweep(1_790_000_000_000 + 31_000).opened["terminal"].tolist())

    assert odd(None) == {10, 151, 304}
    assert odd(0) | odd(1) == odd(None)
