"""Parts that fail, come twice, or are judged beside each other."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from common.scopes import across_merchants
from notices.models import Notice
from rules.engine.plan import Plan
from rules.models import CurrentRun, Customer, CustomerFeatures, RulePart, RuleProblem, RuleRun
from rules.results.overlay import store_fresh
from rules.results.tables import drop_tables, runs_with_tables
from rules.runs import part as parts
from rules.runs import ranges, tasks
from rules.runs import tidy as tidying
from rules.runs.control import roll_back
from rules.runs.errors import ResultsDropped
from rules.runs.start import start_run
from rules.runs.tidy import tidy
from rules.tests.runs.worlds import expected, judge_all, stored


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(ranges.ranges, "__defaults__", (3,))


def fails_on(monkeypatch, customer: Customer, error: Exception) -> None:
    """Evaluating raises while this customer is among those who are evaluated."""
    whole = Plan.evaluate
    balance = CustomerFeatures.objects.get(customer=customer).health_fsa_balance_cents

    def evaluate(self, inputs, **more):
        if "health_fsa_balance_cents" in (inputs.dtype.names or ()) and (inputs["health_fsa_balance_cents"] == balance).any():
            raise error
        return whole(self, inputs, **more)

    monkeypatch.setattr(Plan, "evaluate", evaluate)


@pytest.mark.django_db
def test_a_part_that_fails_is_written_down_and_tried_again(world, monkeypatch):
    run = start_run()
    first = RulePart.objects.filter(run=run).first()
    with monkeypatch.context() as broken:
        fails_on(broken, world.customers[0], ValueError("odd"))
        tasks.judge_part.apply((first.pk,), throw=True)
    first.refresh_from_db()
    after_one = (first.state, first.attempts, first.error, first.next_attempt_at is not None)

    judge_all(run)

    assert after_one == ("waiting", 1, "ValueError: odd", True)
    assert run.state == "finished"
    assert [stored(one) for one in world.customers] == [expected(world, run, one) for one in world.customers]


@pytest.mark.django_db
def test_after_five_attempts_the_run_fails_and_names_customer_and_rule(world, monkeypatch, lena):
    old = start_run()
    judge_all(old)
    before = [stored(one) for one in world.customers]
    run = start_run()
    fails_on(monkeypatch, world.customers[3], ValueError("odd"))

    for _ in range(6):
        judge_all(run)

    problem = RuleProblem.objects.get(run=run, kind="failed")
    part = RulePart.objects.get(run=run, state="failed")
    assert (run.state, part.attempts) == ("failed", 5)
    assert (problem.customer, problem.rule, problem.message) == (world.customers[3], world.rules[0], "ValueError: odd")
    assert CurrentRun.objects.get().run == old
    assert [stored(one) for one in world.customers] == before
    assert Notice.objects.filter(topic="rules.run_failed", user=lena, subject=run.public_id).count() == 1


@pytest.mark.django_db
def test_a_failed_database_is_nobodys_fault(world, monkeypatch):
    run = start_run()

    def full(**_):
        raise OperationalError("could not extend file: No space left on device")

    monkeypatch.setattr(parts, "write_part", full)
    for _ in range(6):
        judge_all(run)

    problem = RuleProblem.objects.filter(run=run, kind="failed").first()
    assert run.state == "failed"
    assert (problem.customer, problem.rule) == (None, None)
    assert "No space left" in problem.message


@pytest.mark.django_db
def test_implausible_values_are_told_and_do_not_fail_the_run(world):
    CustomerFeatures.objects.filter(customer=world.customers[0]).update(health_fsa_balance_cents=10**15)
    run = start_run()

    judge_all(run)

    problem = RuleProblem.objects.get(run=run)
    assert run.state == "finished"
    assert (problem.customer, problem.kind) == (world.customers[0], "implausible")
    assert not stored(world.customers[0])[world.rules[0].pk][0]


@pytest.mark.django_db
def test_a_part_whose_customers_are_gone_is_done_without_results(world):
    run = start_run()
    CustomerFeatures.objects.filter(customer__in=world.customers[:3]).delete()

    judge_all(run)

    assert (run.state, run.customers) == ("finished", 4)
    assert stored(world.customers[0]) == {}


@pytest.mark.django_db
def test_a_part_of_a_run_that_is_over_is_left_alone(world):
    run = start_run()
    first = RulePart.objects.filter(run=run).first()
    RuleRun.objects.filter(pk=run.pk).update(state="cancelled")

    tasks.judge_part.apply((first.pk,), throw=True)

    first.refresh_from_db()
    assert (first.state, first.attempts) == ("waiting", 0)


def in_threads(*works) -> None:
    def run(work):
        try:
            with across_merchants("tests look at everything"):
                work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_two_workers_judge_parts_beside_each_other_and_finish_once(world):
    run = start_run()
    keys = list(RulePart.objects.filter(run=run).values_list("pk", flat=True))

    in_threads(lambda: [parts.judge_part(key) for key in keys], lambda: [parts.judge_part(key) for key in reversed(keys)])

    run.refresh_from_db()
    assert run.state == "finished"
    assert RulePart.objects.filter(run=run, state="done").count() == 3
    assert [stored(one) for one in world.customers] == [expected(world, run, one) for one in world.customers]


@pytest.mark.django_db(transaction=True)
def test_a_part_that_somebody_works_on_is_left_to_them(world, monkeypatch):
    run = start_run()
    first = RulePart.objects.filter(run=run).first()
    inside, go_on, said = threading.Event(), threading.Event(), []
    whole = parts._store

    def slow(*arguments):
        inside.set()
        go_on.wait(20)
        return whole(*arguments)

    monkeypatch.setattr(parts, "_store", slow)

    def second():
        inside.wait(20)
        said.append(parts.judge_part(first.pk))
        go_on.set()

    in_threads(lambda: said.append(parts.judge_part(first.pk)), second)

    first.refresh_from_db()
    assert said == [False, True]
    assert (first.state, first.attempts) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_old_results_are_dropped_and_three_runs_kept(world):
    tidy()  # what other tests left
    runs = []
    for _ in range(5):
        runs.append(start_run())
        judge_all(runs[-1])

    dropped = tidy()

    assert dropped == 2
    assert runs_with_tables() == {run.pk for run in runs[2:]}
    assert RuleRun.objects.filter(removed_at__isnull=False).count() == 2
    assert [stored(one) for one in world.customers] == [expected(world, runs[-1], one) for one in world.customers]


def four_runs():
    tidy()  # what other tests left
    runs = []
    for _ in range(4):
        runs.append(start_run())
        judge_all(runs[-1])
    return runs


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_goes_back_to_is_not_dropped_beside_it(world, monkeypatch):
    oldest, *newer = four_runs()
    looked_up = tidying.runs_to_keep

    def then_somebody_goes_back():
        kept = looked_up()
        monkeypatch.setattr(tidying, "runs_to_keep", looked_up)
        roll_back(by=world.lead, reason="The newer ones are wrong", to=oldest)
        return kept

    monkeypatch.setattr(tidying, "runs_to_keep", then_somebody_goes_back)

    assert tidy() == 0
    assert runs_with_tables() == {run.pk for run in (oldest, *newer)}
    assert [stored(one) for one in world.customers] == [expected(world, oldest, one) for one in world.customers]


@pytest.mark.django_db(transaction=True)
def test_nobody_goes_back_to_a_run_that_is_being_dropped(world, monkeypatch):
    oldest, *_, newest = four_runs()
    refused = []

    def somebody_goes_back(run_ids):
        with pytest.raises(ResultsDropped) as refusal:
            roll_back(by=world.lead, reason="The newer ones are wrong", to=oldest)
        refused.append(refusal.value)
        drop_tables(run_ids)

    monkeypatch.setattr(tidying, "drop_tables", somebody_goes_back)

    assert (tidy(), len(refused)) == (1, 1)
    assert CurrentRun.objects.get().run == newest


@pytest.mark.django_db(transaction=True)
def test_problems_of_old_runs_are_forgotten(world):
    old = start_run()
    judge_all(old)
    runs = [old, start_run()]
    for run in runs:
        RuleProblem.objects.create(run=run, kind="more", message="Many")
    RuleRun.objects.filter(pk=runs[0].pk).update(clock_at=timezone.now() - tidying.PROBLEMS_KEPT - timedelta(hours=1))

    tidy()

    assert [one.run for one in RuleProblem.objects.all()] == [runs[1]]


@pytest.mark.django_db(transaction=True)
def test_going_back_shows_the_single_evaluations_that_a_later_run_overtook(world):
    tidy()
    customer, rule = world.customers[1], world.rules[1]
    old = start_run()
    judge_all(old)
    store_fresh(
        customer=customer,
        rule=rule,
        version=world.version,
        evaluated_at=timezone.now(),
        qualifies=True,
        score=777,
        mask=1,
        inputs={},
    )
    judge_all(start_run())
    tidy()
    assert stored(customer)[rule.pk][1] != 777

    roll_back(by=world.lead, reason="The newer one is wrong")

    assert stored(customer)[rule.pk] == (True, 777, 1)


@pytest.mark.django_db(transaction=True)
def test_a_reader_in_the_middle_of_a_flip_sees_one_run_whole(world):
    run = start_run()
    judge_all(run)
    again = start_run()
    CustomerFeatures.objects.filter(customer__in=world.customers).update(purchases_365d=1)
    seen = []

    def read():
        for _ in range(300):
            seen.append(stored(world.customers[5]))

    in_threads(read, lambda: judge_all(again))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rules_current_pair WHERE customer_id = %s", [world.customers[5].pk])
        assert cursor.fetchone() == (2,)
    allowed = [repr(one) for one in (seen[0], stored(world.customers[5]))]
    assert {repr(one) for one in seen} <= set(allowed)
