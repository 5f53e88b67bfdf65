"""Judging one part: read, evaluate and store in one transaction, which holds the part's row for as long as it lasts.

So a part that is delivered twice is judged once, a worker that dies leaves nothing behind, and whoever can take the row's lock
knows that nobody works on it.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from common.processes import process_name
from rules.engine.reading import read_range
from rules.models import RulePart, RuleRun
from rules.publishing.loading import rules_of
from rules.results.read import slots_of
from rules.results.write import write_part
from rules.runs.failures import MAX_ATTEMPTS, note_failure
from rules.runs.finish import finish_if_done
from rules.runs.locking import limit_waits
from rules.runs.problems import note_problems

logger = logging.getLogger(__name__)
STATEMENT_S: Final = 60  # a part takes less than one


def judge_part(part_id: int) -> bool:
    """Judge and store one part, and finish the run where it was the last; returns whether this call did it.

    Safe to repeat and beside itself. Does nothing where the part is done, somebody works on it, or the run is paused or over.
    What goes wrong is written to the part, which is tried again later (`rules.runs.failures`).
    """
    if (part := _claim(part_id)) is None:
        return False
    try:
        is_mine = _judge(part)
    except Exception as error:
        logger.exception("part %s of run %s failed", part.number, part.run_id)
        note_failure(part, error)
        return False
    if is_mine:
        finish_if_done(part.run_id)
    return is_mine


def _claim(part_id: int) -> RulePart | None:
    """Count an attempt, before anything that may kill us. Its commit need not reach the disk: what counts is the part's own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        free = RulePart.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            pk=part_id, state__in=(RulePart.State.WAITING, RulePart.State.RUNNING), attempts__lt=MAX_ATTEMPTS,
            run__state=RuleRun.State.RUNNING,
        )  # fmt: skip
        part = free.select_related("run__version").order_by("pk").first()
        if part is not None:
            part.started_at, part.worker = timezone.now(), process_name()
            part.state, part.attempts = RulePart.State.RUNNING, part.attempts + 1
            part.save(update_fields=["started_at", "worker", "state", "attempts"])
    return part


@transaction.atomic
def _judge(part: RulePart) -> bool:
    began = time.perf_counter()
    limit_waits(statement_s=STATEMENT_S)
    mine = RulePart.objects.select_for_update(skip_locked=True).filter(pk=part.pk, state=RulePart.State.RUNNING).order_by("pk")
    if mine.first() is None:  # delivered twice, and the other one was quicker
        return False
    customers = _store(part, part.run)
    RulePart.objects.filter(pk=part.pk).update(
        state=RulePart.State.DONE, customers=customers, seconds=time.perf_counter() - began, ended_at=timezone.now(), error="",
        next_attempt_at=None,
    )  # fmt: skip
    return True


def _store(part: RulePart, run: RuleRun) -> int:
    plan = rules_of(run.version).plan(run.today)
    ids, inputs = read_range(plan, part.first_customer, part.last_customer)
    outcome = plan.evaluate(inputs, by_rule=True)
    write_part(
        run_id=run.pk, part=part.number, first=part.first_customer, slots=[slot for slot, _ in slots_of(run.pk)], ids=ids,
        scores=outcome.scores, reasons=outcome.reasons, by_rule=outcome.by_rule, inputs=inputs,
    )  # fmt: skip
    note_problems(part, ids, outcome)
    return len(ids)


def probe(part: RulePart, first: int, last: int) -> None:
    """Read and evaluate a range of customers without storing; raises what they raise. For finding the one who breaks a part."""
    plan = rules_of(part.run.version).plan(part.run.today)
    plan.evaluate(read_range(plan, first, last).inputs)
