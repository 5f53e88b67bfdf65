"""When periods begin: month ends, leap days, the shop's hour across summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.subscriptions.calendar import UNITS, Rhythm

NEW_YORK = ZoneInfo("America/New_York")


def rhythm(unit, count=1, on=date(2026, 1, 31), at=time(9, 30), zone=NEW_YORK, first=0):
    return Rhythm(unit, count, on, at, zone, first)


def days(found, numbers):
    return [found.day_of(n).isoformat() for n in numbers]


def test_a_month_end_stays_the_end_of_its_month_and_comes_back():
    assert days(rhythm("month"), range(5)) == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    assert days(rhythm("month", 3), range(4)) == ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"]


def test_a_leap_day_renews_on_the_last_of_february():
    yearly = rhythm("year", on=date(2028, 2, 29))
    monthly = rhythm("month", on=date(2028, 2, 29))

    assert days(yearly, range(5)) == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
    assert days(monthly, range(3)) == ["2028-02-29", "2028-03-29", "2028-04-29"]


def test_days_and_weeks_are_counted_on_the_calendar():
    assert days(rhythm("day", 30), range(3)) == ["2026-01-31", "2026-03-02", "2026-04-01"]
    assert days(rhythm("week", 2), range(3)) == ["2026-01-31", "2026-02-14", "2026-02-28"]


def test_the_shops_hour_stays_across_summer_time():
    monthly = rhythm("month", on=date(2026, 2, 10))

    assert monthly.begins_at(0) == datetime(2026, 2, 10, 14, 30, tzinfo=UTC)
    assert monthly.begins_at(1) == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)  # the clocks went forward on 8 March
    assert monthly.begins_at(9) == datetime(2026, 11, 10, 14, 30, tzinfo=UTC)  # and back on 1 November


def test_an_hour_that_is_leapt_over_comes_an_hour_later_and_of_one_that_comes_twice_the_first_counts():
    leapt = rhythm("day", on=date(2026, 3, 7), at=time(2, 30))
    twice = rhythm("day", on=date(2026, 10, 31), at=time(1, 30))

    assert [leapt.begins_at(n).astimezone(NEW_YORK).hour for n in range(3)] == [2, 3, 2]
    assert [twice.begins_at(n).isoformat() for n in range(3)] == [
        "2026-10-31T05:30:00+00:00", "2026-11-01T05:30:00+00:00", "2026-11-02T06:30:00+00:00",
    ]  # fmt: skip


@given(
    unit=st.sampled_from(UNITS), count=st.integers(1, 24), first=st.integers(0, 50),
    on=st.dates(date(2020, 1, 1), date(2040, 1, 1)), at=st.times().map(lambda t: t.replace(microsecond=0)),
    zone=st.sampled_from(["America/New_York", "America/Phoenix", "Pacific/Honolulu", "Europe/Berlin", "Australia/Lord_Howe"]),
    ahead=st.integers(0, 60 * 24 * 3000),
)  # fmt: skip
def test_periods_follow_each_other_without_gap_and_every_moment_lies_in_one(unit, count, first, on, at, zone, ahead):
    found = Rhythm(unit, count, on, at, ZoneInfo(zone), first)
    moment = found.begins_at(first) + timedelta(minutes=ahead)

    number = found.number_at(moment)

    assert found.begins_at(number) <= moment < found.begins_at(number + 1)
    assert number >= first


@pytest.mark.parametrize("before", [timedelta(seconds=1), timedelta(days=900)])
def test_before_the_anchor_there_is_no_period(before):
    assert rhythm("month").number_at(rhythm("month").begins_at(0) - before) == -1
