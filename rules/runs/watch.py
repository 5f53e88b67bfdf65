"""Looking after the run under way: hand out again what was lost, forecast its end, tell when it will be late, start the nightly one.

Runs hang on nothing but the database. Redis may be flushed, every process may die: the next look goes on with what is not done.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.redis_spare import SpareRedis
from notices.services.tell import notify
from rules.models import RulePart, RuleRun
from rules.runs.errors import NothingPublished, RunUnderWay
from rules.runs.failures import MAX_ATTEMPTS, fail
from rules.runs.finish import finish_if_done
from rules.runs.hand_out import hand_out
from rules.runs.night import day_of, is_night
from rules.runs.start import OPEN, start_run
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
QUEUE: Final = "rules"
GRACE: Final = timedelta(seconds=15)  # between handing a part out and wondering where it is
NIGHT_ATTEMPTS: Final = 3
_redis = SpareRedis("nobody knows how long the queue of rules is")


def look_after_runs() -> int:
    """One look; returns how many parts were handed out again."""
    run = RuleRun.objects.filter(state=RuleRun.State.RUNNING).first()
    if run is None:
        return 0
    _give_up_dead(run)
    again = _lost(run)
    if again:
        logger.warning("run %s: %s parts are handed out again", run.public_id, len(again))
        hand_out(run, again)
    finish_if_done(run.pk)  # its last worker may have died between the part and this
    tell_if_late(run)
    return len(again)


@transaction.atomic
def _give_up_dead(run: RuleRun) -> None:
    """Parts that run by their row while nobody holds the row's lock: their worker is dead, and what it had written is gone."""
    since = timezone.now() - GRACE
    dead = RulePart.objects.select_for_update(skip_locked=True).filter(
        run=run, state=RulePart.State.RUNNING, started_at__lt=since
    )
    for part in dead:
        if part.attempts >= MAX_ATTEMPTS:
            fail(part, part.error or "Its workers died.", None)
            continue
        part.state, part.error, part.next_attempt_at, part.queued_at = RulePart.State.WAITING, "Its worker died.", None, None
        part.save(update_fields=["state", "error", "next_attempt_at", "queued_at"])


def _lost(run: RuleRun) -> list[int]:
    """Parts that wait and are in no queue: all that are due where the queue is empty, else those of dead workers."""
    now = timezone.now()
    due = RulePart.objects.filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lt=now - GRACE), run=run, state=RulePart.State.WAITING
    )
    never = Q(queued_at=None)
    due = due.filter(never if queue_length() else never | Q(queued_at__lt=now - GRACE))
    return list(due.order_by("number").values_list("pk", flat=True))


def queue_length() -> int | None:
    """Messages that wait at the broker for a worker; None while it does not answer."""
    found = _redis.ask(lambda client: client.llen(QUEUE))
    return None if found is None else int(found)


def forecast(run: RuleRun, now: datetime | None = None) -> datetime | None:
    """When it will be done at the pace so far; None while nothing is done."""
    now = now or timezone.now()
    if run.started_at is None or run.state not in OPEN:
        return run.ended_at
    total = RulePart.objects.filter(run=run).count()
    done = RulePart.objects.filter(run=run, state=RulePart.State.DONE).count()
    return now + (now - run.started_at) / done * (total - done) if done else None


def tell_if_late(run: RuleRun) -> bool:
    """Tell the curators once that the run will miss its deadline; returns whether this call did."""
    now = timezone.now()
    if run.deadline_at is None or run.is_late or max(forecast(run, now) or now, now) <= run.deadline_at:
        return False
    with transaction.atomic():
        if not RuleRun.objects.filter(pk=run.pk, is_late=False).update(is_late=True):
            return False
        record_about(run, "late")
        notify(topic="rules.run_late", subject=run.public_id, context={"run": run.public_id})
    return True


def start_nightly() -> RuleRun | None:
    """Start tonight's run where the window is open and it was neither started nor is another under way; retries a failed one."""
    now = timezone.now()
    if not is_night(now):
        return None
    tonight = RuleRun.objects.filter(trigger=RuleRun.Trigger.NIGHT, today=day_of(now))
    if tonight.exclude(state=RuleRun.State.FAILED).exists() or tonight.count() >= NIGHT_ATTEMPTS:
        return None
    try:
        return start_run(trigger=RuleRun.Trigger.NIGHT)
    except RunUnderWay as refused:
        logger.info("tonight's run waits: %s", refused)
    except NothingPublished:
        logger.debug("no rules are published")
    return None
