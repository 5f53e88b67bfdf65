"""A part that failed: tried again with growing pauses, at most five times; then its run fails, and says at whom.

The old run stays the current one. Pauses end far below the broker's visibility timeout, or the broker would deliver what waits a
second time.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from notices.services.tell import notify
from rules.models import Rule, RulePart, RuleProblem, RuleRun
from rules.runs.hand_out import send
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
MAX_ATTEMPTS: Final = 5
PAUSES_S: Final = (1, 4, 16, 60)
LONGEST_TEXT: Final = 300


def note_failure(part: RulePart, error: BaseException) -> None:
    """Write down what went wrong; try again after a pause, or fail the run after the fifth attempt."""
    said = f"{type(error).__name__}: {error}"[:LONGEST_TEXT]
    if part.attempts >= MAX_ATTEMPTS:
        fail(part, said, error)
        return
    pause_s = PAUSES_S[min(part.attempts, len(PAUSES_S)) - 1]
    RulePart.objects.filter(pk=part.pk, state=RulePart.State.RUNNING).update(
        state=RulePart.State.WAITING,
        error=said,
        next_attempt_at=timezone.now() + timedelta(seconds=pause_s),
        queued_at=timezone.now(),
    )
    send(part.pk, after_s=pause_s)


def fail(part: RulePart, said: str, error: BaseException | None) -> None:
    """End the run: its results are never shown. Says which customer and rule it was, where that can be found."""
    customer, rule = find_culprit(part) if error is not None and _is_of_the_data(error) else (None, None)
    with transaction.atomic():
        RulePart.objects.filter(pk=part.pk).exclude(state=RulePart.State.DONE).update(
            state=RulePart.State.FAILED, error=said, ended_at=timezone.now()
        )
        ended = RuleRun.objects.filter(pk=part.run_id, state__in=(RuleRun.State.RUNNING, RuleRun.State.PAUSED)).update(
            state=RuleRun.State.FAILED,
            ended_at=timezone.now(),
            reason=f"Part {part.number} failed {part.attempts} times: {said}"[:300],
        )
        RuleProblem.objects.create(run_id=part.run_id, part=part, customer_id=customer, rule=rule, kind="failed", message=said)
        if ended:
            run = RuleRun.objects.get(pk=part.run_id)
            record_about(run, "failed", details={"part": part.number})
            notify(topic="rules.run_failed", subject=run.public_id, context={"run": run.public_id, "part": part.number})


def _is_of_the_data(error: BaseException) -> bool:
    """Is it worth looking for a customer? A full disk or a database that restarts is nobody's."""
    return not isinstance(error, OperationalError | InterfaceError | OSError | MemoryError)


def find_culprit(part: RulePart) -> tuple[int | None, Rule | None]:
    """The first customer on whom reading or evaluating fails, by halving the range, and the rule that alone fails on them."""
    from rules.runs.part import probe

    def fails(first: int, last: int) -> bool:
        try:
            with transaction.atomic():
                probe(part, first, last)
        except Exception:
            return True
        return False

    first, last = part.first_customer, part.last_customer
    if not fails(first, last):
        return None, None  # it passes now, or storing is what failed
    while first < last:
        middle = (first + last) // 2
        if fails(first, middle):
            last = middle
        else:
            first = middle + 1
    return first, _culprit_rule(part, first)


def _culprit_rule(part: RulePart, customer: int) -> Rule | None:
    from rules.engine.compile import compile_plan
    from rules.engine.reading import read_range
    from rules.publishing.loading import rules_of

    rule_set = rules_of(part.run.version).rule_set
    for entry in rule_set.rules:
        try:
            with transaction.atomic():
                plan = compile_plan(rule_set.only(entry.public_id), part.run.today)
                plan.evaluate(read_range(plan, customer, customer).inputs)
        except Exception:
            return Rule.objects.filter(public_id=entry.public_id).first()
    return None
