"""Trials of rules on history: asked for on the rule's page, run by a worker, told step by step."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from people.models import User
from pos_monitor.estate.directory import Directory
from pos_monitor.judging.dry_run import Stopped, dry_run, result_of
from pos_monitor.judging.kinds import parameters_of
from pos_monitor.judging.parameters import as_json
from pos_monitor.judging.plan import Override, RuleSpec
from pos_monitor.models import AlertRule, RuleTrial

logger = logging.getLogger(__name__)
LOST_AFTER: Final = timedelta(minutes=5)  # nobody has said for so long that he runs it: it may be begun again
KEPT: Final = timedelta(days=30)
State = RuleTrial.State


@transaction.atomic
def ask(*, draft: AlertRule, since: datetime, until: datetime, by: User | None) -> RuleTrial:
    """Have a rule tried, stored or not, as it stands in `draft`. Raises AlertRuleInvalid. What the same person asked before and still
    waits for is not wanted any more."""
    parameters = as_json(parameters_of(draft.kind, draft.parameters))
    RuleTrial.objects.filter(by=by, rule=draft if draft.pk else None, state__in=(State.WAITING, State.RUNNING)).update(
        state=State.CANCELLED
    )
    overrides = [
        {"group": each.group_id, "parameters": each.parameters, "severity": each.severity, "is_off": each.is_off}
        for each in (draft.overrides.order_by("group_id") if draft.pk else ())
    ]
    trial = RuleTrial.objects.create(
        rule=draft if draft.pk else None, merchant=draft.merchant, kind=draft.kind, parameters=parameters, severity=draft.severity,
        terminal_kind=draft.terminal_kind, overrides=overrides, since=since, until=until, by=by,
    )  # fmt: skip
    transaction.on_commit(partial(_queue, trial.pk))
    return trial


def cancel(trial: RuleTrial) -> bool:
    """Stop it. False where it is over already."""
    return bool(RuleTrial.objects.filter(pk=trial.pk, state__in=(State.WAITING, State.RUNNING)).update(state=State.CANCELLED))


def run(trial_id: int) -> None:
    """Try it, unless somebody does already. What goes wrong stands in the trial."""
    now = timezone.now()
    lost = Q(state=State.RUNNING) & (Q(beat_at__isnull=True) | Q(beat_at__lt=now - LOST_AFTER))
    if not RuleTrial.objects.filter(Q(state=State.WAITING) | lost, pk=trial_id).update(state=State.RUNNING, beat_at=now, share=0):
        return
    trial = RuleTrial.objects.get(pk=trial_id)
    try:
        directory = Directory()
        directory.refresh()
        found = dry_run(_spec(trial), trial.since, trial.until, directory=directory, tell=partial(_tell, trial.pk))
        values = {"state": State.DONE, "share": 1.0, "reports": found.reports, "result": result_of(found, directory)}
        RuleTrial.objects.filter(pk=trial.pk, state=State.RUNNING).update(**values, ended_at=timezone.now())
    except Stopped:
        return
    except Exception as error:
        logger.exception("trial %s failed", trial.public_id)
        fault = (
            f"It could not be finished: {type(error).__name__}. Ask once more; if it fails again, tell whoever runs the platform."
        )
        RuleTrial.objects.filter(pk=trial.pk, state=State.RUNNING).update(
            state=State.FAILED, fault=fault, ended_at=timezone.now()
        )


def tidy() -> int:
    """Let go of old trials."""
    return RuleTrial.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def _tell(trial_id: int, share: float, reports: int) -> None:
    told: dict[str, Any] = {"share": share, "reports": reports, "beat_at": timezone.now()}
    if not RuleTrial.objects.filter(pk=trial_id, state=State.RUNNING).update(**told):
        raise Stopped


def _spec(trial: RuleTrial) -> RuleSpec:
    overrides = tuple(Override(each["group"], each["parameters"], each["severity"], each["is_off"]) for each in trial.overrides)
    name = trial.rule.name if trial.rule else "Rule"
    parameters = parameters_of(trial.kind, trial.parameters)
    return RuleSpec(
        trial.rule_id or 0, trial.kind, parameters, trial.severity, trial.merchant_id, trial.terminal_kind, overrides, name
    )


def _queue(trial_id: int) -> None:
    from pos_monitor.judging.tasks import try_alert_rule

    try:
        try_alert_rule.delay(trial_id)
    except OperationalError as error:
        logger.warning("trial %s waits for the next tick: %s", trial_id, error)
