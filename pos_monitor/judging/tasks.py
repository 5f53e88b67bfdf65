"""Celery doors of judging."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common.scopes import across_merchants
from pos_monitor.judging import trials
from pos_monitor.models import RuleTrial


@shared_task(name="pos_monitor.try_alert_rule")
@across_merchants("tries a rule on every merchant's terminals")
def try_alert_rule(trial_id: int) -> None:
    """Try one rule on history."""
    trials.run(trial_id)


@shared_task(name="pos_monitor.watch_rule_trials")
@across_merchants("tries a rule on every merchant's terminals")
def watch_rule_trials() -> int:
    """Take up trials that nobody runs, and let go of old ones."""
    trials.tidy()
    lost = timezone.now() - trials.LOST_AFTER
    left = RuleTrial.objects.filter(state__in=(RuleTrial.State.WAITING, RuleTrial.State.RUNNING), created_at__lt=lost)
    waiting = [trial.pk for trial in left if trial.beat_at is None or trial.beat_at < lost]
    for trial_id in waiting:
        try_alert_rule.delay(trial_id)
    return len(waiting)
