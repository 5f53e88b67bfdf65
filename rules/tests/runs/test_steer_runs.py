"""Pausing, resuming, cancelling, going back; what the watch mends; the night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from notices.models import Notice
from rules.models import CurrentRun, CustomerFeatures, RulePart, RuleRun
from rules.runs import night, ranges, tasks, watch
from rules.runs.compare import compare
from rules.runs.control import cancel, pause, resume, roll_back
from rules.runs.errors import NotNow, ResultsDropped, RunNotAllowed
from rules.runs.start import start_run
from rules.tests.runs.worlds import judge_all, stored
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # half past two in New York


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(ranges.ranges, "__defaults__", (3,))


def test_a_paused_run_judges_nothing_and_goes_on_where_it_stopped(world):
    run = start_run(by=world.lead)
    first, *rest = RulePart.objects.filter(run=run)
    tasks.judge_part.apply((first.pk,), throw=True)

    pause(run, by=world.lead)
    for part in rest:
        tasks.judge_part.apply((part.pk,), throw=True)
    waiting = RulePart.objects.filter(run=run, state="waiting").count()
    resume(run, by=world.lead)
    judge_all(run)

    assert waiting == 2
    assert run.state == "finished"
    assert all(stored(one) for one in world.customers)


def test_a_cancelled_run_never_shows(world):
    run = start_run(by=world.lead)

    cancel(run, by=world.lead, reason="Wrong rules")
    judge_all(run)

    assert (run.state, run.reason) == ("cancelled", "Wrong rules")
    assert not CurrentRun.objects.filter(run=run).exists()
    assert AuditEntry.objects.filter(subject_id=run.public_id, action__endswith=".cancelled").count() == 1
    with pytest.raises(NotNow):
        resume(run, by=world.lead)


def test_only_who_may_run_rules_steers(world, acme_owner):
    run = start_run(by=world.lead)

    for steer in (
        lambda: pause(run, by=acme_owner),
        lambda: cancel(run, by=acme_owner),
        lambda: roll_back(by=acme_owner, reason="no"),
    ):
        with pytest.raises(RunNotAllowed):
            steer()

    run.refresh_from_db()
    assert run.state == "running"


def test_going_back_shows_the_run_before_at_once(world):
    old = start_run()
    judge_all(old)
    before = stored(world.customers[1])
    CustomerFeatures.objects.filter(customer=world.customers[1]).update(purchases_365d=9)
    new = start_run()
    judge_all(new)
    after = stored(world.customers[1])

    roll_back(by=world.lead, reason="Too many")

    assert before != after
    assert stored(world.customers[1]) == before
    with pytest.raises(ResultsDropped):
        roll_back(by=world.lead, reason="Further")


def test_two_runs_are_compared_rule_by_rule(world):
    old = start_run()
    judge_all(old)
    CustomerFeatures.objects.filter(customer=world.customers[1]).update(purchases_365d=9)
    CustomerFeatures.objects.filter(customer=world.customers[3]).update(purchases_365d=0)
    new = start_run()
    judge_all(new)

    told = {one.rule.slug: (one.before, one.after, one.newly, one.no_longer) for one in compare(old, new)}
    often = next(one for one in compare(old, new) if one.rule.slug == "frequent-buyer")

    assert told == {"frequent-buyer": (2, 2, 1, 1), "unused-fsa": (3, 3, 0, 0)}
    assert (often.examples_newly, often.examples_no_longer) == ([world.customers[1].pk], [world.customers[3].pk])


def later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def test_parts_that_the_broker_lost_are_handed_out_again(world, monkeypatch):
    run = start_run()
    long_ago = timezone.now() - timedelta(minutes=1)
    RulePart.objects.filter(run=run).update(queued_at=long_ago)
    monkeypatch.setattr(watch, "queue_length", lambda: 0)

    assert watch.look_after_runs() == 3
    assert watch.look_after_runs() == 0  # they are on their way


def test_parts_that_wait_in_the_queue_are_not_handed_out_twice(world, monkeypatch):
    run = start_run()
    RulePart.objects.filter(run=run).update(queued_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(watch, "queue_length", lambda: 3)

    assert watch.look_after_runs() == 0


def test_a_part_whose_worker_died_is_handed_out_again(world, monkeypatch):
    run = start_run()
    part = RulePart.objects.filter(run=run).first()
    RulePart.objects.filter(pk=part.pk).update(state="running", attempts=1, started_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(watch, "queue_length", lambda: 2)

    assert watch.look_after_runs() == 1
    judge_all(run)

    part.refresh_from_db()
    assert (run.state, part.attempts) == ("finished", 2)


def test_a_part_that_kills_its_workers_fails_the_run(world, monkeypatch):
    run = start_run()
    RulePart.objects.filter(run=run, number=0).update(
        state="running", attempts=5, started_at=timezone.now() - timedelta(minutes=1)
    )
    monkeypatch.setattr(watch, "queue_length", lambda: 2)

    watch.look_after_runs()

    run.refresh_from_db()
    assert run.state == "failed"
    assert "died" in run.reason


def test_a_run_whose_last_worker_died_before_the_flip_is_finished_by_the_watch(world, monkeypatch):
    run = start_run()
    with monkeypatch.context() as dies:
        dies.setattr("rules.runs.part.finish_if_done", lambda run_id: False)
        judge_all(run)
    before = run.state

    watch.look_after_runs()

    run.refresh_from_db()
    assert (before, run.state) == ("running", "finished")


def test_curators_are_told_once_that_a_run_will_be_late(world):
    run = start_run()
    RuleRun.objects.filter(pk=run.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))

    watch.look_after_runs()
    watch.look_after_runs()

    run.refresh_from_db()
    assert run.is_late
    assert [notice.count for notice in Notice.objects.filter(topic="rules.run_late", user=world.lead)] == [1]


def at(monkeypatch, moment: datetime) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def test_the_nightly_run_starts_once_inside_its_window(world, monkeypatch):
    at(monkeypatch, NIGHT - timedelta(hours=2))
    assert watch.start_nightly() is None

    at(monkeypatch, NIGHT)
    run = watch.start_nightly()
    judge_all(run)

    assert (run.trigger, run.deadline_at) == ("night", datetime(2026, 11, 23, 11, 0, tzinfo=UTC))
    assert watch.start_nightly() is None


def test_a_failed_nightly_run_is_started_again(world, monkeypatch):
    at(monkeypatch, NIGHT)
    for _ in range(3):
        run = watch.start_nightly()
        RuleRun.objects.filter(pk=run.pk).update(state="failed")

    assert watch.start_nightly() is None


def test_the_window_follows_the_clocks_of_its_zone():
    opens, closes = night.window_of(datetime(2026, 7, 1, 12, tzinfo=UTC).date())

    assert (opens.astimezone(UTC).hour, closes.astimezone(UTC).hour) == (5, 10)
    assert night.deadline_of(datetime(2026, 7, 1, 12, tzinfo=UTC)) is None
