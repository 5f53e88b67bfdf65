"""Whether sales are slowing, by what their doors report."""

from __future__ import annotations

import pytest

from common import load


@pytest.fixture(autouse=True)
def _awake():
    load._redis.forgive()


def report(ms, *, kind="open", count=load.FEWEST):
    for _ in range(count):
        load.report_sale(kind, ms)


def forget_sales():
    load._redis.ask(lambda client: client.delete(load.SALES))


def test_nothing_is_slow_before_calm_times_are_known():
    report(5000)

    assert not load.sales_are_slowing()


def test_sales_that_take_clearly_longer_than_in_calm_times_are_slowing():
    report(100)
    assert load.note_calm() == {"open": 100.0}
    assert not load.sales_are_slowing()

    forget_sales()
    report(130)
    assert load.sales_are_slowing()


@pytest.mark.parametrize(("calm", "now"), [(100, 118), (5, 9), (100, 50)])
def test_a_little_longer_is_noise(calm, now):
    report(calm)
    load.note_calm()
    forget_sales()
    report(now)

    assert not load.sales_are_slowing()


def test_one_slow_sale_of_a_few_says_nothing():
    report(10)
    load.note_calm()
    forget_sales()
    report(900, count=load.FEWEST - 1)

    assert not load.sales_are_slowing()


def test_each_step_of_a_sale_is_compared_with_its_own_kind():
    report(10, kind="open")
    report(500, kind="pay")
    load.note_calm()
    assert not load.sales_are_slowing()

    report(100, kind="open", count=3 * load.FEWEST)
    assert load.sales_are_slowing()


def test_what_sales_take_beside_background_work_is_no_calm_time():
    report(10)
    load.note_calm()
    load.note_background()
    forget_sales()
    report(500)

    assert load.note_calm() == {"open": 10.0}


def test_new_calm_times_are_learned_slowly():
    report(100)
    load.note_calm()
    forget_sales()
    report(200)

    assert load.note_calm() == {"open": 130.0}


def test_without_redis_nobody_stands_back_and_no_sale_waits(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    load.report_sale("open", 10)
    assert (load.sales_are_slowing(), load.note_calm(), load.p95_ms()) == (False, {}, {})


def test_a_step_that_fails_is_not_reported():
    @load.reports_its_time("open")
    def fails():
        raise ValueError

    for _ in range(load.FEWEST):
        with pytest.raises(ValueError):
            fails()

    assert load.p95_ms() == {}


def test_a_step_that_succeeds_is():
    step = load.reports_its_time("open")(lambda: "done")

    assert {step() for _ in range(load.FEWEST)} == {"done"}
    assert set(load.p95_ms()) == {"open"}
