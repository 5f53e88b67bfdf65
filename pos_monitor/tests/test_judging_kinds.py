"""Every kind of rule against a slow oracle in plain Python, on whatever reports Hypothesis thinks of."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pos_monitor.judging.fleet import empty
from pos_monitor.judging.kinds.anomaly import compare
from pos_monitor.judging.plan import Version
from pos_monitor.tests import judging_oracle as oracle
from pos_monitor.tests.judging import T0, judge_for, records, spec

Report = dict[str, Any]
quick = settings(max_examples=60, deadline=None)


def optional(name: str, values: st.SearchStrategy[int]) -> st.SearchStrategy[Report]:
    return st.one_of(st.just({}), values.map(lambda value: {name: value}))


def streams(*said: st.SearchStrategy[Report], gap_s: st.SearchStrategy[int]) -> st.SearchStrategy[list[Report]]:
    """One terminal's reports, each some seconds after the one before."""

    def joined(rows: list[tuple[int, list[Report]]]) -> list[Report]:
        at, made = 0, []
        for gap, parts in rows:
            at += gap
            made.append({"at": at, "clock_s": T0 / 1000 + at, **{k: v for part in parts for k, v in part.items()}})
        return made

    return st.lists(st.tuples(gap_s, st.tuples(*said).map(list)), min_size=1, max_size=60).map(joined)


def open_by_judge(rule: Any, reports: list[Report], cuts: set[int], **more: Any) -> list[bool]:
    """Whether the alert is open after each batch; the stream is cut into batches before the places in `cuts`."""
    judge = judge_for(rule, **more)
    rows = records([{"terminal": 7, **{k: v for k, v in report.items() if k != "clock_s"}} for report in reports])
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < len(rows)), len(rows)]
    found: list[bool] = []
    for start, end in pairwise(edges):
        judge.step(rows[start:end])
        found += [bool(judge.worst[7])] * (end - start)
    return found


def compared(rule: Any, reports: list[Report], verdicts: list[str | None], cuts: set[int], **more: Any) -> None:
    assume("either" not in verdicts)
    parameters = rule.parameters
    expected = oracle.alarms(
        verdicts, [report["clock_s"] for report in reports], parameters.raise_after, parameters.clear_after, parameters.hold_s
    )
    found = open_by_judge(rule, reports, cuts, **more)
    ends = [*sorted(cut - 1 for cut in cuts if 0 < cut < len(reports)), len(reports) - 1]
    assert [found[end] for end in ends] == [expected[end] for end in ends]


CUTS = st.sets(st.integers(1, 60), max_size=20)
PATIENCE = {"raise_after": st.integers(1, 4), "clear_after": st.integers(1, 4), "hold_s": st.sampled_from([0, 30])}
patience = st.fixed_dictionaries(PATIENCE)


@quick
@given(
    streams(optional("battery", st.integers(0, 40)), optional("flags", st.integers(0, 1)), gap_s=st.integers(1, 200)),
    st.integers(5, 20), st.integers(0, 10), st.booleans(), patience, CUTS,
)  # fmt: skip
def test_a_threshold_opens_and_ends_as_its_oracle_says(
    reports: list[Report], limit: int, band: int, unless_charging: bool, often: Report, cuts: set[int]
) -> None:
    said = {"measure": "battery", "side": "below", "limit": limit, "clear_at": limit + band, "unless_charging": unless_charging}

    compared(spec("threshold", **said, **often), reports, oracle.threshold(said, reports), cuts)


COUNTS = st.integers(0, 6)


@quick
@given(
    streams(optional("sales_failed", COUNTS), optional("sales_ok", COUNTS), optional("reader_errors", COUNTS), gap_s=st.integers(1, 400)),
    st.sampled_from(["failed_sales", "reader_errors"]), st.sampled_from(["above", "below"]), st.integers(10, 60), st.integers(0, 10),
    st.integers(1, 12), patience, CUTS,
)  # fmt: skip
def test_a_share_within_a_window_opens_and_ends_as_its_oracle_says(
    reports: list[Report], measure: str, side: str, limit: int, band: int, at_least: int, often: Report, cuts: set[int]
) -> None:
    clear_at = limit - band if side == "above" else limit + band
    said = {"measure": measure, "side": side, "limit": limit, "clear_at": clear_at, "at_least": at_least, "window_s": 600}

    compared(spec("rate", **said, **often), reports, oracle.rate(said, reports), cuts)


@quick
@given(streams(optional("api_errors", COUNTS), gap_s=st.integers(1, 100)), st.integers(1, 20), patience, CUTS)
def test_a_count_within_a_window_opens_and_ends_as_its_oracle_says(
    reports: list[Report], limit: int, often: Report, cuts: set[int]
) -> None:
    said = {"measure": "api_errors", "side": "above", "limit": limit, "clear_at": limit / 2, "at_least": 0, "window_s": 300}

    compared(spec("rate", **said, **often), reports, oracle.rate(said, reports), cuts)


@quick
@given(
    streams(optional("reader_errors", st.integers(0, 9)), optional("sales_ok", COUNTS), gap_s=st.integers(20, 300)),
    st.sampled_from(["reader_errors", "api_errors"]), st.integers(1, 30), st.integers(1, 10), patience, CUTS,
)  # fmt: skip
def test_a_trend_opens_and_ends_as_its_oracle_says(
    reports: list[Report], measure: str, limit: int, at_least: int, often: Report, cuts: set[int]
) -> None:
    if measure == "api_errors":
        reports = [
            {("api_errors" if name == "reader_errors" else name): value for name, value in each.items()} for each in reports
        ]
    said = {"measure": measure, "limit": limit, "clear_at": limit / 2, "at_least": at_least, "window_s": 1800}

    compared(spec("trend", **said, **often), reports, oracle.trend(said, reports), cuts)


@st.composite
def discharges(draw: st.DrawFn) -> list[Report]:
    """Batteries that fall, now and then charged, changed or silent."""
    level, at, made = draw(st.integers(20, 100)), 0, []
    for fall, gap, charging in draw(
        st.lists(st.tuples(st.integers(-8, 3), st.integers(20, 1100), st.integers(0, 9)), min_size=8, max_size=60)
    ):
        level, at = min(100, max(0, level - max(fall, -1 if fall > -7 else fall))), at + gap
        row = {"at": at, "clock_s": T0 / 1000 + at, "flags": int(charging == 0)}
        made.append(row if charging == 1 else {**row, "battery": level})
    return made


@quick
@given(discharges(), st.integers(10, 300), st.integers(0, 100), st.integers(5, 60), st.integers(1, 4), patience, CUTS)
def test_a_prediction_opens_and_ends_as_its_oracle_says(
    reports: list[Report], within: int, band: int, lookback: int, fall: int, often: Report, cuts: set[int]
) -> None:
    said = {
        "measure": "battery", "within_minutes": within, "clear_minutes": within + band, "lookback_minutes": lookback,
        "evidence_minutes": 5, "evidence_fall": fall,
    }  # fmt: skip

    compared(spec("prediction", **said, **often), reports, oracle.prediction(said, reports), cuts)


@quick
@given(streams(optional("app", st.integers(1, 3)), gap_s=st.integers(1, 100)), st.integers(0, 3), patience, CUTS)
def test_version_drift_opens_and_ends_as_its_oracle_says(
    reports: list[Report], expected: int, often: Report, cuts: set[int]
) -> None:
    fleet = empty(50, group=np.full(50, 4, np.int64))

    compared(
        spec("version_drift", software="app", **often), reports, oracle.version(expected, "app", reports), cuts,
        fleet=fleet, versions={4: Version(app=expected)},
    )  # fmt: skip


@quick
@given(
    streams(optional("latitude", st.integers(2970, 3030)), optional("longitude", st.integers(-9030, -8970)), gap_s=st.integers(1, 100)),
    st.integers(5, 20), patience, CUTS,
)  # fmt: skip
def test_a_geofence_opens_and_ends_as_its_oracle_says(reports: list[Report], limit: int, often: Report, cuts: set[int]) -> None:
    said = {"limit_km": limit, "clear_km": limit - 2}
    fleet = empty(50, latitude=np.full(50, 30.0), longitude=np.full(50, -90.0))

    compared(spec("geofence", **said, **often), reports, oracle.geofence(said, (30.0, -90.0), reports), cuts, fleet=fleet)


@quick
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-50, 50)), min_size=1, max_size=60))
def test_spreads_are_those_of_each_group_alone(rows: list[tuple[int, int]]) -> None:
    group = np.array([row[0] for row in rows])
    value = np.array([row[1] for row in rows], float)

    _, z, peers = compare(value, group)

    for each in {row[0] for row in rows}:
        mine = [float(row[1]) for row in rows if row[0] == each]
        assert z[group == each] == pytest.approx(oracle.spreads(mine))
        assert set(peers[group == each]) == {len(mine)}


def test_one_that_is_unlike_its_like_is_found_and_ends_when_it_is_like_them_again() -> None:
    rule = spec(
        "anomaly", measure="latency", among="region", limit=5, clear_at=3, least_difference=100, every_s=30, raise_after=2, clear_after=2,
        window_s=60,
    )  # fmt: skip
    judge = judge_for(rule, fleet=empty(50, region=np.arange(50) % 2 + 1))
    open_at = []

    for tick in range(60):
        slow = 900 if 10 <= tick < 30 else 100
        judge.step(
            records(
                [{"terminal": n, "at": 10 * tick, "seq": tick + 1, "latency": (slow if n == 7 else 90 + n)} for n in range(1, 41)]
            )
        )
        judge.sweep(T0 + 10_000 * tick)
        open_at.append([int(n) for n in np.flatnonzero(judge.worst)])

    assert open_at[9] == []
    assert open_at[29] == [7]
    assert open_at[59] == []
