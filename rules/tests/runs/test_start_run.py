from __future__ import annotations

import pytest

from rules.models import CurrentRun, CustomerFeatures, RulePart, RuleRun, RunRule
from rules.publishing.versions import publish
from rules.results.tables import runs_with_tables
from rules.runs import ranges, tasks
from rules.runs.errors import NothingPublished, RunNotAllowed, RunUnderWay
from rules.runs.start import start_run
from rules.tests.runs.worlds import expected, judge_all, stored
from rules.tests.snoops import add_example, approved, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def _small_parts(monkeypatch):
    monkeypatch.setattr(ranges.ranges, "__defaults__", (3,))


@pytest.mark.usefixtures("_small_parts")
def test_every_pair_of_a_finished_run_is_what_the_slow_evaluator_says(world):
    run = start_run(by=world.lead)

    judge_all(run)

    assert (run.state, run.customers, run.pairs) == ("finished", 7, 14)
    assert [stored(one) for one in world.customers] == [expected(world, run, one) for one in world.customers]
    assert any(pair[0] for one in world.customers for pair in stored(one).values())


@pytest.mark.usefixtures("_small_parts")
def test_a_run_pins_version_clock_parts_and_rules(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        run = start_run(by=world.lead)

    first, last = world.customers[0].pk, world.customers[-1].pk
    parts = list(RulePart.objects.filter(run=run).values_list("first_customer", "last_customer", "state"))
    assert (run.state, run.trigger, run.version, run.started_by) == ("running", "hand", world.version, world.lead)
    assert parts == [(first, first + 2, "waiting"), (first + 3, first + 5, "waiting"), (last, last, "waiting")]
    assert sorted(RunRule.objects.filter(run=run).values_list("rule_id", "slot")) == [
        (rule.pk, rule.slot) for rule in world.rules
    ]
    assert len(callbacks) == 1  # the workers hear of it when it is committed


def test_there_is_one_run_at_a_time(world):
    run = start_run(by=world.lead)

    with pytest.raises(RunUnderWay):
        start_run(by=world.lead)

    assert list(RuleRun.objects.all()) == [run]
    assert runs_with_tables() == {run.pk}


def test_nothing_is_judged_before_something_is_published(lena):
    with pytest.raises(NothingPublished):
        start_run(by=lena)

    assert not RuleRun.objects.exists()


def test_only_who_may_run_rules_starts_one(world, acme_owner):
    with pytest.raises(RunNotAllowed):
        start_run(by=acme_owner)

    assert not RuleRun.objects.exists()


@pytest.mark.usefixtures("_small_parts")
def test_nothing_shows_before_the_last_part_is_stored(world):
    run = start_run()
    first, *rest = RulePart.objects.filter(run=run)

    tasks.judge_part.apply((first.pk,), throw=True)
    before = [stored(one) for one in world.customers]
    for part in rest:
        tasks.judge_part.apply((part.pk,), throw=True)

    assert before == [{}] * 7
    assert CurrentRun.objects.get().run == run
    assert all(stored(one) for one in world.customers)


@pytest.mark.usefixtures("_small_parts")
def test_a_part_delivered_twice_is_stored_once(world):
    run = start_run()
    parts = list(RulePart.objects.filter(run=run))

    for part in [*parts, *parts]:
        tasks.judge_part.apply((part.pk,), throw=True)

    assert RulePart.objects.filter(run=run, state="done", attempts=1).count() == 3
    assert [stored(one) for one in world.customers] == [expected(world, run, one) for one in world.customers]


def test_customers_reach_is_counted_rule_by_rule(world):
    run = start_run()

    judge_all(run)

    told = {rule.pk: sum(stored(one)[rule.pk][0] for one in world.customers) for rule in world.rules}
    assert dict(RunRule.objects.filter(run=run).values_list("rule_id", "qualifying")) == told == {
        world.rules[0].pk: 3, world.rules[1].pk: 2,
    }  # fmt: skip


def test_a_run_without_customers_finishes_at_once(world, django_capture_on_commit_callbacks):
    from rules.models import CustomerFeatures

    CustomerFeatures.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        run = start_run()

    run.refresh_from_db()
    assert (run.state, run.customers) == ("finished", 0)


@pytest.mark.usefixtures("_small_parts")
def test_a_divisor_that_is_zero_is_told_with_how_many_it_was(world, wanda, lena):
    ratio = {"field": "health_fsa_balance_cents", "per": "health_fsa_election_cents", "test": "at_least", "value": 0.5}
    rule = make_rule(
        "half-left",
        by=wanda,
        examples=False,
        score={"base": 1, "terms": []},
        conditions={"all": [ratio]},
        title="Half is left",
        body="Look.",
    )
    for balance, should in ((90, True), (1, False)):
        values = {"health_fsa_balance_cents": balance, "health_fsa_election_cents": 100}
        add_example(rule, f"{balance}%", values, should_qualify=should)
    approved(rule, wanda, lena)
    world.version = publish(by=lena).version
    world.rules.append(rule)
    CustomerFeatures.objects.update(health_fsa_election_cents=0)

    run = start_run(by=world.lead)
    judge_all(run)

    told = list(run.problems.order_by("pk").values_list("kind", "customer", "message"))
    assert run.state == "finished"
    assert [stored(one) for one in world.customers] == [expected(world, run, one) for one in world.customers]
    assert {(kind, customer) for kind, customer, _ in told} == {("zero_divisor", None)}
    # The other customers of each part are no persons, and have no election at all.
    assert [message.split(" is 0 for ")[1].split(" of")[0] for _, _, message in told] == ["1 customer"] * 3
