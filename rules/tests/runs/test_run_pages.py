"""The pages of runs: live progress, the buttons and what they say, two runs compared, and the figures for autoscalers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from rules.models import CurrentRun, RulePart, RuleProblem, RuleRun, RuleSetServing
from rules.runs import metrics, progress, ranges
from rules.runs.start import start_run
from rules.tests.runs.worlds import judge_all
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(ranges.ranges, "__defaults__", (3,))


@pytest.fixture
def lead(signed_in, world):
    """Lena's browser."""
    return signed_in(world.lead)


def page(name, *args):
    return reverse(f"admin:rules_rulerun_{name}", args=args)


def do(run, verb):
    return page("do", run.pk, verb)


def test_the_page_of_a_run_tells_how_far_it_is_and_what_it_met(lead, world):
    run = start_run(by=world.lead)
    first = RulePart.objects.filter(run=run).first()
    RulePart.objects.filter(pk=first.pk).update(state="done", attempts=3, customers=3, seconds=1.25, worker="w1@host")
    RuleProblem.objects.create(
        run=run,
        part=first,
        customer=world.customers[0],
        rule=world.rules[0],
        kind="implausible",
        message="A day beyond the calendar.",
    )

    shown = lead.get(page("change", run.pk)).content.decode()

    assert "33%" in shown
    assert "1 of 3 parts stored" in shown
    assert "w1@host" in shown
    assert "A day beyond the calendar." in shown
    assert world.customers[0].public_id in shown
    assert world.rules[0].name in shown
    assert "Part 0: done, 1.2 s, 3 attempts" in shown or "Part 0: done, 1.3 s, 3 attempts" in shown
    assert f'data-live="{page("live", run.pk)}"' in shown


def test_what_changes_while_it_runs_comes_alone_with_the_state_that_it_is_in(lead, world):
    run = start_run(by=world.lead)
    before = lead.get(page("live", run.pk))

    judge_all(run)
    after = lead.get(page("live", run.pk))

    assert (before["X-Run-State"], after["X-Run-State"]) == ("running", "finished")
    assert "<html" not in before.content.decode()
    assert "0%" in before.content.decode()
    assert "100%" in after.content.decode()
    assert "Current results" in after.content.decode()


def test_buttons_say_what_will_happen_and_do_it_once(lead, world):
    lead.post(page("start"))
    run = RuleRun.objects.get()
    assert "No further part begins" in lead.get(do(run, "pause")).content.decode()

    assert lead.post(do(run, "pause")).status_code == 302
    again = lead.post(do(run, "pause"))

    run.refresh_from_db()
    assert (again.status_code, run.state, run.started_by) == (400, "paused", world.lead)
    assert "it cannot be paused" in again.content.decode()
    assert lead.post(do(run, "resume")).status_code == 302
    run.refresh_from_db()
    assert run.state == "running"


def test_cancelling_asks_why_and_changes_nothing_without(lead, world):
    run = start_run(by=world.lead)

    refused = lead.post(do(run, "cancel"), {"reason": "oops"})
    run.refresh_from_db()
    assert (refused.status_code, run.state) == (400, "running")

    lead.post(do(run, "cancel"), {"reason": "Wrong version published"})
    run.refresh_from_db()
    assert (run.state, run.reason) == ("cancelled", "Wrong version published")
    entry = AuditEntry.objects.get(subject_id=run.public_id, action="rule_run.cancelled")
    assert (entry.actor_id, entry.reason) == (world.lead.public_id, "Wrong version published")


def test_an_earlier_runs_results_are_made_current_again(lead, world):
    earlier, later = start_run(by=world.lead), None
    judge_all(earlier)
    later = start_run(by=world.lead)
    judge_all(later)
    assert CurrentRun.objects.get().run == later
    assert do(earlier, "roll-back") in lead.get(page("change", earlier.pk)).content.decode()
    assert do(later, "roll-back") not in lead.get(page("change", later.pk)).content.decode()

    lead.post(do(earlier, "roll-back"), {"reason": "The newer one looks wrong"})

    assert CurrentRun.objects.get().run == earlier


def test_two_runs_are_compared_rule_by_rule(lead, world):
    before = start_run(by=world.lead)
    judge_all(before)
    changed = world.customers[2]
    changed.features.purchases_365d = 50
    changed.features.save()
    after = start_run(by=world.lead)
    judge_all(after)

    shown = lead.get(page("compare", after.pk)).content.decode()

    assert before.public_id in shown
    assert "1 rule reaches other customers." in shown
    assert changed.public_id in shown


def test_with_one_finished_run_there_is_nothing_to_compare(lead, world):
    run = start_run(by=world.lead)
    judge_all(run)

    assert "Nothing to compare with" in lead.get(page("compare", run.pk)).content.decode()


def test_the_list_offers_a_start_only_while_none_is_under_way(lead, world):
    assert "Start a run now" in lead.get(page("changelist")).content.decode()

    run = start_run(by=world.lead)

    shown = lead.get(page("changelist")).content.decode()
    assert "Start a run now" not in shown
    assert page("change", run.pk) in shown
    refused = lead.post(page("start"))
    assert refused.status_code == 400
    assert RuleRun.objects.count() == 1


def test_a_curator_who_may_not_run_rules_looks_and_steers_nothing(signed_in, world, wanda):
    run = start_run(by=world.lead)
    curator = signed_in(wanda)

    shown = curator.get(page("change", run.pk))
    refused = curator.post(do(run, "cancel"), {"reason": "I would like to"})

    run.refresh_from_db()
    assert (shown.status_code, refused.status_code, run.state) == (200, 403, "running")
    assert do(run, "cancel") not in shown.content.decode()


def test_the_page_of_processes_tells_who_serves_what_and_why_not(lead, world):
    now = timezone.now()
    common = {"role": "web", "version": world.version, "pointer_number": 1, "since": now}
    RuleSetServing.objects.create(process="web-1", seen_at=now, **common)
    RuleSetServing.objects.create(process="web-2", seen_at=now - timedelta(minutes=5), **common)
    RuleSetServing.objects.create(process="rules-1", seen_at=now, fault="Version 2: the file is broken", **common)

    shown = lead.get(page("processes")).content.decode()

    assert "1 of 2 processes serve it" in shown
    assert "Version 2: the file is broken" in shown
    assert "Ended" in shown


def test_many_parts_share_squares_that_look_like_their_worst(world, monkeypatch):
    monkeypatch.setattr(progress, "MOST_CELLS", 2)
    run = start_run(by=world.lead)
    RulePart.objects.filter(run=run, number=1).update(state="failed", attempts=5)

    now = progress.progress(run)

    assert [(cell.state, cell.words) for cell in now.cells] == [
        ("failed", "Parts 0 to 1: 1 waiting, 1 failed"),
        ("waiting", "Part 2: waiting"),
    ]
    assert (now.retries, now.percent, now.pairs) == (4, 0, 0)


def test_autoscalers_read_how_much_waits_and_for_how_long(client, world, settings):
    settings.METRICS_TOKEN = "let-me-look"
    run = start_run(by=world.lead)
    RulePart.objects.filter(run=run).update(queued_at=timezone.now() - timedelta(seconds=90))

    told = client.get("/metrics", headers={"Authorization": "Bearer let-me-look"}).content.decode()

    figures = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    assert 90 <= float(figures["fsa_rules_queue_lag_seconds"]) < 150
    assert figures['fsa_rules_parts{state="waiting"}'] == "3"
    assert figures["fsa_rules_run_open"] == "1"
    assert {line.split()[2] for line in told.splitlines() if line.startswith("# HELP fsa_rules")} <= set(metrics.HELP)


def test_a_paused_run_waits_for_a_person_and_asks_for_no_worker(world):
    run = start_run(by=world.lead)
    RulePart.objects.filter(run=run).update(queued_at=timezone.now() - timedelta(seconds=90))
    RuleRun.objects.filter(pk=run.pk).update(state="paused")

    assert metrics.queue_figures().lag_s == 0


@pytest.mark.parametrize(("token", "sent", "status"), [("", "Bearer ", 404), ("right", "Bearer wrong", 401), ("right", "", 401)])
def test_nobody_else_reads_the_figures(client, settings, token, sent, status):
    settings.METRICS_TOKEN = token

    assert client.get("/metrics", headers={"Authorization": sent}).status_code == status


def test_a_customer_who_breaks_a_part_is_told_before_ratios_without_a_value(lead, world):
    run = start_run(by=world.lead)
    RuleProblem.objects.create(run=run, customer=world.customers[0], kind="implausible", message="“balance” cannot be.")
    RuleProblem.objects.create(run=run, kind="zero_divisor", message="“purchases” is 0 for 3 customers.")

    shown = lead.get(page("change", run.pk)).content.decode()

    assert 0 < shown.index("“balance” cannot be.") < shown.index("“purchases” is 0 for 3 customers.")
