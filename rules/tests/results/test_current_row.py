from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from rules.models import CurrentPair
from rules.results.by_rule import by_rule, trend
from rules.results.overlay import store_fresh, sweep
from rules.results.read import current_row
from rules.tests.results.worlds import CLOCK, make_current, make_customers, make_finished_run, make_rule, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(acme):
    customers = make_customers(5, acme)
    rules = [make_rule("unused-balance", 0), make_rule("letter-expires", 2)]
    version = make_version(1, rules)
    scores = [[10, -1, -1], [1000, -1, 300], [-1001, -1, 0], [-7, -1, -301], [500, -1, 300]]
    masks = [[1, 0, 2], [65535, 0, 256], [0, 0, 0], [32768, 0, 5], [255, 0, 256]]
    run = make_finished_run(version, customers, rules, scores, masks, parts=2)
    make_current(run)
    return customers, rules, version, run


def view_of(customer):
    rows = CurrentPair.objects.filter(customer=customer).order_by("rule_id")
    return [(row.rule_id, row.qualifies, row.score, row.mask, row.source) for row in rows]


def row_of(customer):
    pairs = current_row(customer).pairs()
    return [(pair.rule_id, pair.qualifies, pair.score, pair.mask, pair.source) for _, pair in sorted(pairs.items())]


def test_a_row_says_what_the_run_stored(world):
    customers, (first, second), _, run = world

    assert row_of(customers[1]) == [(first.pk, True, 1000, 65535, "run"), (second.pk, True, 300, 256, "run")]
    assert row_of(customers[2]) == [(first.pk, False, 1000, 0, "run"), (second.pk, True, 0, 0, "run")]
    assert row_of(customers[3]) == [(first.pk, False, 6, 32768, "run"), (second.pk, False, 300, 5, "run")]
    assert current_row(customers[0]).run.pk == run.pk


def test_the_view_and_the_row_agree_on_every_pair(world):
    customers, rules, version, _ = world
    store_fresh(
        customer=customers[0], rule=rules[1], version=version, evaluated_at=CLOCK + timedelta(seconds=1), qualifies=True, score=77, mask=9,
        inputs={},
    )  # fmt: skip

    assert [view_of(customer) for customer in customers] == [row_of(customer) for customer in customers]
    assert CurrentPair.objects.count() == len(customers) * len(rules)


def test_each_pair_has_exactly_one_row_whatever_was_evaluated_since(world):
    customers, rules, version, _ = world
    late = make_rule("published-since", 3)
    (newcomer,) = make_customers(1, customers[0].merchant)
    for seconds, customer, rule in [
        (-5, customers[0], rules[0]),
        (5, customers[1], rules[0]),
        (5, customers[1], late),
        (5, newcomer, rules[1]),
        (-5, newcomer, late),
    ]:
        store_fresh(
            customer=customer, rule=rule, version=version, evaluated_at=CLOCK + timedelta(seconds=seconds), qualifies=False, score=1,
            mask=0, inputs={},
        )  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT (customer_id, rule_id)) FROM rules_current_pair")
        pairs, distinct = cursor.fetchone()

    assert pairs == distinct == 10 + 3


def test_the_later_clock_wins(world):
    customers, rules, version, _ = world

    def evaluate(seconds, score):
        return store_fresh(
            customer=customers[0], rule=rules[0], version=version, evaluated_at=CLOCK + timedelta(seconds=seconds), qualifies=True,
            score=score, mask=0, inputs={},
        )  # fmt: skip

    assert evaluate(0, 900)
    assert row_of(customers[0])[0][2:] == (10, 1, "run")  # no younger than the run's clock
    assert evaluate(20, 901)
    assert not evaluate(10, 902)  # arrived late, was read earlier
    assert row_of(customers[0])[0][2:] == (901, 0, "fresh")


def test_sweeping_deletes_only_what_the_run_overtook(world):
    customers, rules, version, _ = world
    for seconds, customer in [(0, customers[0]), (1, customers[1])]:
        store_fresh(
            customer=customer, rule=rules[0], version=version, evaluated_at=CLOCK + timedelta(seconds=seconds), qualifies=True, score=5,
            mask=0, inputs={},
        )  # fmt: skip

    assert sweep() == 1
    assert row_of(customers[1])[0][2:] == (5, 0, "fresh")


def test_the_pointer_changes_what_everybody_reads(world):
    customers, rules, version, _ = world
    other = make_finished_run(version, customers[:4], rules, [[1, -1, -1]] * 4, clock=CLOCK + timedelta(days=1))
    before = row_of(customers[1])

    make_current(other)

    assert before == [(rules[0].pk, True, 1000, 65535, "run"), (rules[1].pk, True, 300, 256, "run")]
    assert row_of(customers[1]) == [(rules[0].pk, True, 1, 0, "run"), (rules[1].pk, False, 0, 0, "run")]
    assert row_of(customers[4]) == view_of(customers[4]) == []


def test_the_best_come_first_and_page_by_page(world):
    customers, (first, second), _, _ = world

    page = by_rule(second, limit=2)
    rest = by_rule(second, limit=2, after=page.next)

    assert page.rows == [(customers[1].pk, 300), (customers[4].pk, 300)]
    assert (page.total, page.next) == (3, (300, customers[4].pk))
    assert rest.rows == [(customers[2].pk, 0)]
    assert rest.next is None
    assert [row[1] for row in by_rule(first).rows] == [1000, 500, 10]


def test_a_listing_holds_single_evaluations_too(world):
    customers, (_, second), version, run = world
    at = CLOCK + timedelta(seconds=1)
    store_fresh(
        customer=customers[1], rule=second, version=version, evaluated_at=at, qualifies=False, score=300, mask=0, inputs={}
    )
    store_fresh(
        customer=customers[0], rule=second, version=version, evaluated_at=at, qualifies=True, score=999, mask=0, inputs={}
    )

    assert by_rule(second).rows == [(customers[0].pk, 999), (customers[4].pk, 300), (customers[2].pk, 0)]
    assert by_rule(second, run=run).rows == [(customers[1].pk, 300), (customers[4].pk, 300), (customers[2].pk, 0)]


def test_the_trend_counts_run_by_run(world):
    customers, (first, _), version, run = world
    make_finished_run(version, customers, [first], [[1, -1, -1]] * 5, clock=CLOCK + timedelta(days=1))

    assert [(point.run_id == run.pk, point.qualifying, point.customers) for point in trend(first)] == [
        (True, 3, 5),
        (False, 5, 5),
    ]


def test_rows_of_more_than_one_slot_group_are_read_as_one(acme):
    customers = make_customers(2, acme)
    rules = [make_rule("low", 3), make_rule("high", 251)]
    version = make_version(1, rules)
    scores = [[-1] * 252, [-1] * 252]
    scores[1][3], scores[1][251], scores[0][251] = 40, 50, -61
    run = make_finished_run(version, customers, rules, scores)
    make_current(run)

    assert row_of(customers[1]) == view_of(customers[1]) == [(rules[0].pk, True, 40, 0, "run"), (rules[1].pk, True, 50, 0, "run")]
    assert (
        row_of(customers[0]) == view_of(customers[0]) == [(rules[0].pk, False, 0, 0, "run"), (rules[1].pk, False, 60, 0, "run")]
    )
    assert by_rule(rules[1]).rows == [(customers[1].pk, 50)]
