"""Trying a rule on history: asked for by somebody, run by a worker, told in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection, transaction

from common.scopes import across_merchants
from merchants.models import Merchant
from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.history import write
from pos_monitor.judging import trials
from pos_monitor.judging.dry_run import BARS, dry_run
from pos_monitor.judging.tasks import try_alert_rule, watch_rule_trials
from pos_monitor.models import AlertRule, RuleTrial, Terminal, TerminalGroup
from pos_monitor.tests.estate_samples import a_store, a_terminal
from pos_monitor.tests.judging import records, spec

T0 = 1_790_000_000
SINCE = datetime.fromtimestamp(T0, UTC)
UNTIL = SINCE + timedelta(hours=2)
LOW = {"measure": "battery", "side": "below", "limit": 15, "clear_at": 20, "raise_after": 2, "clear_after": 2}


@pytest.fixture
def sue(db: None) -> User:
    user = User.objects.create_user(username="sue", email="sue@platform.example", is_staff=True)
    give_role(user=user, role=SUPPORT)
    return user


@pytest.fixture
def tills(acme: Merchant) -> list[Terminal]:
    store = a_store(acme, "Oak Street")
    return [a_terminal(acme, store, group=TerminalGroup.objects.create(name=f"Group {n}")) for n in range(3)]


@pytest.fixture
def stored(tills: list[Terminal]) -> None:
    """Two hours of three tills: the first low twice, the second low at the end, the third silent for ten minutes."""
    rows = []
    for tick in range(720):
        at = 10 * tick + 1
        for place, till in enumerate(tills):
            if place == 2 and 1800 <= at < 2400:
                continue
            low = (place == 0 and (100 <= tick < 130 or 400 <= tick < 420)) or (place == 1 and tick >= 700)
            rows.append({"terminal": till.pk, "at": at, "seq": tick + 1, "battery": 10 if low else 80})
    batch = records(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, batch)


def test_a_dry_run_counts_alerts_terminals_and_incidents_and_says_which_lasted_longest(
    stored: None, tills: list[Terminal]
) -> None:
    shares: list[float] = []

    with across_merchants("tests look at everything"):
        found = dry_run(spec("threshold", **LOW), SINCE, UNTIL, tell=lambda share, reports: shares.append(share))

    assert found.sentence() == "Would have fired 3 times on 2 terminals, as 3 incidents."
    assert found.reports == 720 * 3 - 60
    assert [(each.terminal, each.ended_ms is None) for each in found.examples()] == [(tills[0].pk, False), (tills[1].pk, True)]
    assert sum(found.bars()) == 3
    assert len(found.bars()) == BARS
    assert shares == sorted(shares)
    assert 0 < shares[-1] <= 1


def test_a_dry_run_finds_silence_between_the_reports(stored: None, tills: list[Terminal]) -> None:
    with across_merchants("tests look at everything"):
        found = dry_run(spec("absence", opening_grace_s=0), SINCE, UNTIL)

    assert [each.terminal for each in found.firings] == [tills[2].pk]
    assert 1826 <= found.firings[0].opened_ms / 1000 - T0 <= 1835
    assert found.firings[0].ended_ms == (T0 + 2401) * 1000


def test_a_while_without_reports_says_so(tills: list[Terminal]) -> None:
    with across_merchants("tests look at everything"):
        found = dry_run(spec("absence"), SINCE - timedelta(days=3), SINCE - timedelta(days=2))

    assert found.sentence() == "There are no reports of that while to try it on."


def draft(**more: object) -> AlertRule:
    return AlertRule(slug="draft", name="Low", kind="threshold", parameters=LOW, severity=2, **more)


def test_a_trial_is_run_by_a_worker_and_kept_in_words(stored: None, tills: list[Terminal], sue: User) -> None:
    with across_merchants("tests look at everything"):
        trial = trials.ask(draft=draft(), since=SINCE, until=UNTIL, by=sue)
        assert trial.state == RuleTrial.State.WAITING

    try_alert_rule(trial.pk)
    try_alert_rule(trial.pk)

    with across_merchants("tests look at everything"):
        trial.refresh_from_db()
    assert (trial.state, trial.share, trial.reports) == (RuleTrial.State.DONE, 1.0, 2100)
    assert trial.result["sentence"] == "Would have fired 3 times on 2 terminals, as 3 incidents."
    assert trial.result["examples"][0]["terminal"] == tills[0].public_id
    assert trial.result["examples"][0]["value"] == 10


def test_a_group_is_tried_by_what_it_has_otherwise(stored: None, tills: list[Terminal], sue: User) -> None:
    with across_merchants("tests look at everything"):
        rule = AlertRule.objects.create(slug="low", name="Low", kind="threshold", parameters=LOW, severity=2)
        rule.overrides.create(group=tills[0].group, is_off=True)
        trial = trials.ask(draft=rule, since=SINCE, until=UNTIL, by=sue)

    try_alert_rule(trial.pk)

    with across_merchants("tests look at everything"):
        trial.refresh_from_db()
    assert (trial.result["fired"], trial.result["terminals"]) == (1, 1)


def test_whoever_asks_anew_or_stops_it_does_not_wait_for_the_old_one(stored: None, sue: User) -> None:
    with across_merchants("tests look at everything"):
        first = trials.ask(draft=draft(), since=SINCE, until=UNTIL, by=sue)
        second = trials.ask(draft=draft(), since=SINCE, until=UNTIL, by=sue)
        assert trials.cancel(second)
        assert not trials.cancel(second)

    for trial in (first, second):
        try_alert_rule(trial.pk)

    with across_merchants("tests look at everything"):
        assert {trial.state for trial in RuleTrial.objects.all()} == {RuleTrial.State.CANCELLED}
        assert {trial.reports for trial in RuleTrial.objects.all()} == {0}


def test_a_trial_that_nobody_runs_any_more_is_taken_up_again(stored: None, sue: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with across_merchants("tests look at everything"):
        trial = trials.ask(draft=draft(), since=SINCE, until=UNTIL, by=sue)
        long_ago = trial.created_at - 2 * trials.LOST_AFTER
        RuleTrial.objects.filter(pk=trial.pk).update(state=RuleTrial.State.RUNNING, created_at=long_ago, beat_at=long_ago)
    queued: list[int] = []
    monkeypatch.setattr(try_alert_rule, "delay", queued.append)

    assert watch_rule_trials() == 1
    assert queued == [trial.pk]
    try_alert_rule(trial.pk)
    with across_merchants("tests look at everything"):
        trial.refresh_from_db()
        assert trial.state == RuleTrial.State.DONE


def test_what_a_trial_cannot_do_stands_in_it(sue: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with across_merchants("tests look at everything"):
        trial = trials.ask(draft=draft(), since=SINCE, until=UNTIL, by=sue)

    def broken(*args: object, **more: object) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(trials, "dry_run", broken)
    try_alert_rule(trial.pk)

    with across_merchants("tests look at everything"):
        trial.refresh_from_db()
    assert trial.state == RuleTrial.State.FAILED
    assert "OSError" in trial.fault
    assert "disk" not in trial.fault


def test_bars_stay_within_the_while_and_count_every_alert() -> None:
    from pos_monitor.judging.dry_run import DryRun, Firing

    found = DryRun(0, 4800, firings=[Firing(1, 0.0, 0, at) for at in (0, 99, 100, 4799, 4800, 9000)])

    assert found.bars()[0] == 2
    assert found.bars()[1] == 1
    assert found.bars()[-1] == 3
    assert sum(found.bars()) == len(found.firings)
    assert np.sum(DryRun(0, 10).bars()) == 0
