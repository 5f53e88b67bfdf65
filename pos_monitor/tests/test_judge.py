"""A judge as the engine uses it: silence, damping, masks, other rules in flight, and coming back after a start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pos_monitor.judging.fleet import empty
from pos_monitor.judging.ledger import FLAP_MS
from pos_monitor.judging.parameters import AlertRuleInvalid
from pos_monitor.judging.plan import Override, Window
from pos_monitor.judging.rounds import ROUNDS_AT_MOST
from pos_monitor.judging.transitions import Note
from pos_monitor.tests.judging import T0, battery, judge_for, plan_for, records, spec, sweep, told
from pos_monitor.wire.record import Flag

LOW = {"measure": "battery", "side": "below", "limit": 15, "clear_at": 20, "raise_after": 2, "clear_after": 2}


def test_silence_is_an_alert_once_the_deadline_has_passed_and_over_with_the_next_report() -> None:
    judge = judge_for(spec("absence"))
    battery(judge, 0)

    assert sweep(judge, 35) == ([], [])
    assert sweep(judge, 35.1) == ([(1, 7)], [])
    assert sweep(judge, 36) == ([], [])
    assert told(battery(judge, 40)) == ([], [(1, 7)])


def test_a_terminal_that_was_never_heard_is_not_silent() -> None:
    judge = judge_for(spec("absence"))

    assert sweep(judge, 1000) == ([], [])


def test_who_says_goodbye_is_not_missed_until_it_is_back() -> None:
    judge = judge_for(spec("absence"))
    battery(judge, 0, flags=int(Flag.GOING_DOWN))

    assert sweep(judge, 1000) == ([], [])
    battery(judge, 1001)
    assert sweep(judge, 1040) == ([(1, 7)], [])


def test_a_closed_shop_is_silent_and_an_open_one_has_time_to_begin() -> None:
    opens_ms = T0 + 3_600_000

    def is_open(numbers: Any, now_ms: int) -> Any:
        return np.full(len(numbers), now_ms >= opens_ms)

    judge = judge_for(spec("absence", opening_grace_s=600), fleet=empty(50, is_open=is_open))
    battery(judge, 0)

    found = [second for second in range(0, 5400, 5) if sweep(judge, second)[0]]

    assert len(found) == 1
    assert 3600 + 600 <= found[0] <= 3600 + 600 + 25


def test_another_plan_does_not_take_a_shop_its_time_to_begin() -> None:
    def is_open(numbers: Any, now_ms: int) -> Any:
        return np.full(len(numbers), now_ms >= T0 + 3_600_000)

    rule = spec("absence", opening_grace_s=600)
    judge = judge_for(rule, fleet=empty(50, is_open=is_open))
    battery(judge, 0)
    for second in range(0, 3700, 5):
        sweep(judge, second)

    judge.change(plan_for(rule, fleet=empty(60, is_open=is_open)), T0 + 3_700_000)

    assert sweep(judge, 3701) == ([], [])
    assert sweep(judge, 4260) == ([(1, 7)], [])


def test_no_false_alarm_with_one_report_in_twenty_lost_jitter_and_wrong_clocks() -> None:
    judge, random = judge_for(spec("absence"), fleet=empty(2001)), np.random.default_rng(5)
    phase, clock = random.uniform(0, 10, 2001), random.uniform(-600, 600, 2001)
    rows = [
        {"terminal": n, "seq": tick + 1, "at": 10 * tick + phase[n] + jitter, "clock": clock[n]}
        for n in range(1, 2001)
        for tick, (jitter, lost) in enumerate(zip(random.uniform(0, 2, 60), random.random(60) < 0.05, strict=True))
        if not lost
    ]
    rows.sort(key=lambda row: row["at"])
    batch = records([{name: value for name, value in row.items() if name != "clock"} for row in rows])
    batch["at_ms"] += np.array([round(row["clock"] * 1000) for row in rows])

    opened = 0
    for second in range(600):
        step = batch[(batch["received_ms"] >= T0 + 1000 * second) & (batch["received_ms"] < T0 + 1000 * (second + 1))]
        judge.step(step)
        opened += len(judge.sweep(T0 + 1000 * (second + 1)).opened)

    assert opened == 0


def test_what_comes_and_goes_is_held_open_until_it_has_been_quiet() -> None:
    judge = judge_for(spec("threshold", **{**LOW, "raise_after": 1, "clear_after": 1}))
    openings, notes = 0, 0
    for at in range(0, 200, 10):
        changes = battery(judge, at, 10 if (at // 10) % 2 == 0 else 90)
        openings += len(changes.opened)
        notes = int(changes.opened["notes"][0]) if len(changes.opened) else notes

    assert openings == 5
    assert notes == Note.FLAPPING
    quiet_s = FLAP_MS // 1000
    assert told(battery(judge, 180 + quiet_s - 1, 90)) == ([], [])
    assert told(battery(judge, 180 + quiet_s, 90)) == ([], [(1, 7)])


def test_reports_that_say_nothing_change_nothing() -> None:
    judge = judge_for(spec("threshold", **LOW))
    battery(judge, 0, 10)
    battery(judge, 10)

    assert told(battery(judge, 20, 10)) == ([(1, 7)], [])
    battery(judge, 30)
    assert judge.worst[7] == 2


def test_while_a_terminal_starts_its_values_are_not_judged() -> None:
    judge = judge_for(spec("threshold", **LOW, boot_grace_s=60))
    battery(judge, 0, 90)
    for at in range(10, 70, 10):
        assert told(battery(judge, at, 5, boot=2)) == ([], [])

    battery(judge, 70, 5, boot=2)
    assert told(battery(judge, 80, 5, boot=2)) == ([(1, 7)], [])


def test_terminals_out_of_use_and_of_closed_shops_do_not_alarm() -> None:
    used = np.ones(50, np.bool_)
    used[7] = False
    out_of_use = judge_for(spec("threshold", **LOW), spec("absence", 2), fleet=empty(50, is_used=used))
    closed = judge_for(
        spec("threshold", **LOW), fleet=empty(50, is_open=lambda numbers, now_ms: np.zeros(len(numbers), np.bool_))
    )
    for judge in (out_of_use, closed):
        battery(judge, 0, 1)
        battery(judge, 10, 1)
        assert not judge.sweep(T0 + 1_000_000)
        assert not judge.worst.any()


def test_in_a_maintenance_window_and_while_it_naps_an_alert_is_noted_and_muted() -> None:
    everybody = np.ones(50, np.bool_)
    masked = {"windows": [Window(T0, T0 + 60_000, everybody)], "snoozes": {(1, 8): T0 + 60_000}}
    for terminal, more, note in (
        (7, {"windows": masked["windows"]}, Note.MAINTENANCE),
        (8, {"snoozes": masked["snoozes"]}, Note.SNOOZED),
    ):
        judge = judge_for(spec("threshold", **LOW), **more)
        battery(judge, 0, 1, terminal=terminal)
        opened = battery(judge, 10, 1, terminal=terminal).opened
        assert list(opened["notes"]) == [note]
        later = judge_for(spec("threshold", **LOW), **more)
        battery(later, 100, 1, terminal=terminal)
        assert list(battery(later, 110, 1, terminal=terminal).opened["notes"]) == [0]


def test_a_group_may_have_another_limit_another_severity_or_none_of_it() -> None:
    group = np.array([0, *([1] * 10), *([2] * 10), *([3] * 29)])
    rule = replace(
        spec("threshold", **LOW), overrides=(Override(1, {"limit": 5}), Override(2, severity=3), Override(3, is_off=True))
    )
    judge = judge_for(rule, fleet=empty(50, group=group))
    for at in (0, 10):
        for terminal in (1, 11, 21):
            battery(judge, at, 10, terminal=terminal)

    assert judge.worst[[1, 11, 21]].tolist() == [0, 3, 0]
    with pytest.raises(AlertRuleInvalid, match="the same for all groups"):
        plan_for(replace(rule, overrides=(Override(1, {"measure": "signal"}),)), fleet=empty(50, group=group))


def test_a_rule_that_is_switched_off_or_changed_lets_its_alerts_go_and_others_stay() -> None:
    low, silent = spec("threshold", **LOW), spec("absence", 2)
    judge = judge_for(low, silent)
    battery(judge, 0, 10)
    battery(judge, 10, 10)
    judge.sweep(T0 + 60_000)
    assert judge.open_alerts()["rule"].tolist() == [1, 2]

    changes = judge.change(plan_for(spec("threshold", **{**LOW, "limit": 14}), silent), T0 + 61_000)
    assert told(changes) == ([], [(1, 7)])
    assert changes.cleared["notes"].tolist() == [Note.LET_GO]
    assert told(judge.change(plan_for(spec("threshold", **{**LOW, "limit": 14})), T0 + 62_000)) == ([], [(2, 7)])
    assert not judge.worst.any()


def test_counting_goes_on_through_a_change_of_other_rules_and_more_terminals() -> None:
    low = spec("threshold", **LOW)
    judge = judge_for(low)
    battery(judge, 0, 10)

    judge.change(plan_for(low, spec("absence", 2), fleet=empty(500)), T0 + 5_000)

    assert told(battery(judge, 10, 10)) == ([(1, 7)], [])
    assert told(battery(judge, 0, 10, terminal=499)) == ([], [])
    assert told(battery(judge, 10, 10, terminal=499)) == ([(1, 499)], [])


def test_a_terminal_that_leaves_use_lets_its_alerts_go() -> None:
    low, used = spec("threshold", **LOW), np.ones(50, np.bool_)
    judge = judge_for(low)
    battery(judge, 0, 10)
    battery(judge, 10, 10)
    used[7] = False

    changes = judge.change(plan_for(low, fleet=empty(50, is_used=used)), T0 + 11_000)

    assert told(changes) == ([], [(1, 7)])
    assert changes.cleared["notes"].tolist() == [Note.LET_GO]


def test_a_flood_of_one_terminal_is_judged_in_few_rounds_and_counts_in_full() -> None:
    rule = spec("rate", measure="failed_sales", window_s=3600, limit=50, clear_at=40, at_least=4990)
    judge = judge_for(rule)
    rows = [{"terminal": 7, "at": 0.001 * n, "sales_failed": 1} for n in range(5000)] + [{"terminal": 8, "at": 5, "sales_ok": 1}]

    changes = judge.step(records(rows))
    judge.step(records([{"terminal": 7, "at": 6, "seq": 9000, "sales_failed": 1}]))

    assert ROUNDS_AT_MOST < 5000
    assert judge.works[1].watcher.part_sum[7] == 5001
    assert judge.works[1].watcher.whole_sum[8] == 1
    assert told(changes)[0] == [(1, 7)]
