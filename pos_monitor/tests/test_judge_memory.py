"""What a judge remembers: through a restart, another plan, a stop of ours, and however reports are cut into batches."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_monitor.judging.fleet import Fleet, empty
from pos_monitor.judging.judge import Judge
from pos_monitor.tests.judging import T0, battery, judge_for, plan_for, records, spec, sweep, told

LOW = {"measure": "battery", "side": "below", "limit": 15, "clear_at": 20, "raise_after": 2, "clear_after": 2}


def stream(random: np.random.Generator, count: int) -> Any:
    """Reports of a few terminals with everything that rules look at."""
    at = np.cumsum(random.integers(1, 40, count))
    return records(
        [
            {
                "terminal": int(random.integers(1, 6)), "at": int(at[n]), "battery": int(random.integers(0, 40)), "latency": int(random.integers(0, 4000)),
                "sales_ok": int(random.integers(0, 3)), "sales_failed": int(random.integers(0, 3)), "reader_errors": int(random.integers(0, 4)),
                "latitude": int(random.integers(2990, 3010)), "longitude": -9000, "app": int(random.integers(1, 3)),
            }
            for n in range(count)
        ]
    )  # fmt: skip


def every_kind() -> list[Any]:
    return [
        spec("threshold", 1, **LOW),
        spec("absence", 2),
        spec("rate", 3, measure="failed_sales", window_s=600, limit=50, clear_at=40, at_least=3),
        spec("anomaly", 4, measure="latency", limit=2, clear_at=1, peers=4, among="fleet", raise_after=1, clear_after=1),
        spec("version_drift", 5, software="app", hold_s=60),
        spec("geofence", 6, limit_km=5, clear_km=4),
        spec("prediction", 7, measure="battery", within_minutes=120, clear_minutes=150, evidence_minutes=1),
        spec("trend", 8, measure="reader_errors", limit=10, clear_at=5, window_s=1800, at_least=3),
    ]


def known_place(**more: Any) -> Fleet:
    return empty(50, latitude=np.full(50, 30.0), longitude=np.full(50, -90.0), **more)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 199))
def test_a_judge_that_was_written_down_goes_on_as_if_nothing_had_been(seed: int, cut: int) -> None:
    rows = stream(np.random.default_rng(seed), 200)
    plan = plan_for(*every_kind(), fleet=known_place())
    whole, first = Judge(plan), Judge(plan)
    for batch in (rows[:cut], rows[cut:]):
        whole.step(batch)
        whole.sweep(int(batch["received_ms"].max()))
    first.step(rows[:cut])
    first.sweep(int(rows[:cut]["received_ms"].max()))
    second = Judge(plan)

    assert second.restore(first.dump())
    second.step(rows[cut:])
    second.sweep(int(rows["received_ms"].max()))

    assert second.open_alerts().tobytes() == whole.open_alerts().tobytes()
    assert second.worst.tolist() == whole.worst.tolist()


def test_what_was_counted_under_another_rule_is_not_taken_up() -> None:
    judge = judge_for(spec("threshold", **LOW), spec("absence", 2))
    battery(judge, 0, 10)
    battery(judge, 10, 10)

    other = judge_for(spec("threshold", **{**LOW, "limit": 12}), spec("absence", 2))

    assert other.restore(judge.dump())
    assert not other.worst.any()
    assert other.heard_ms == judge.heard_ms


def test_the_database_has_the_last_word_on_which_alerts_are_open() -> None:
    judge = judge_for(spec("threshold", **LOW))
    battery(judge, 0, 10)
    battery(judge, 10, 10)

    lost = judge.recall(np.array([8, 9]), np.array([1, 5]), np.array([T0, T0]))

    assert [each.tolist() for each in lost] == [[9], [5]]
    assert judge.open_alerts()["terminal"].tolist() == [8]
    assert told(battery(judge, 20, 10)) == ([], [])
    assert told(battery(judge, 30, 10)) == ([(1, 7)], [])
    battery(judge, 20, 90, terminal=8)
    assert told(battery(judge, 30, 90, terminal=8)) == ([], [(1, 8)])


def test_an_alert_that_somebody_ended_opens_again_only_if_the_fault_shows_anew() -> None:
    judge = judge_for(spec("threshold", **LOW))
    battery(judge, 0, 10)
    battery(judge, 10, 10)

    judge.let_go(np.array([7]), np.array([1]))

    assert judge.worst[7] == 0
    assert told(battery(judge, 20, 10)) == ([], [])
    assert told(battery(judge, 30, 10)) == ([(1, 7)], [])


def test_after_a_long_stop_of_ours_silence_counts_from_now() -> None:
    first = judge_for(spec("absence"))
    battery(first, 0)
    again = judge_for(spec("absence"))
    again.restore(first.dump())

    assert sweep(again, 600) == ([], [])
    assert sweep(again, 634) == ([], [])
    assert sweep(again, 636) == ([(1, 7)], [])


def test_after_a_short_stop_in_which_others_were_heard_who_fell_silent_is_found_at_once() -> None:
    first = judge_for(spec("absence"))
    battery(first, 0)
    again = judge_for(spec("absence"))
    again.restore(first.dump())
    battery(again, 10, terminal=8)
    battery(again, 50, terminal=8)

    assert sweep(again, 50) == ([(1, 7)], [])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sets(st.integers(1, 119), max_size=30))
def test_how_reports_are_cut_into_batches_makes_no_difference(seed: int, cuts: set[int]) -> None:
    rows = stream(np.random.default_rng(seed), 120)
    whole, parts = (judge_for(*every_kind(), fleet=known_place()) for _ in range(2))
    whole.step(rows)
    for batch in np.split(rows, sorted(cuts)):
        parts.step(batch)

    assert parts.open_alerts().tobytes() == whole.open_alerts().tobytes()
