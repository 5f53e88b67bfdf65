"""The end of a run: when its last part is stored, one statement makes its results the current ones."""

from __future__ import annotations

import logging

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from kombu.exceptions import OperationalError

from rules.models import RulePart, RuleRun, RunRule
from rules.results.blocks import CUSTOMERS_SLOT
from rules.results.tables import attach_tables, stored_bytes
from rules.runs.locking import lock_runs
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
_COUNT = """
UPDATE rules_runrule AS rule
   SET qualifying = coalesce(found.qualifying, 0)
  FROM rules_runrule AS mine
  LEFT JOIN (SELECT slot, sum(qualifying) AS qualifying FROM rules_result_block WHERE run_id = %(run)s AND slot <> %(customers)s GROUP BY slot)
       AS found ON found.slot = mine.slot
 WHERE rule.id = mine.id AND mine.run_id = %(run)s
"""
_FLIP = """
INSERT INTO rules_currentrun (key, run_id, changed_at) VALUES ('rules', %s, now())
ON CONFLICT (key) DO UPDATE SET run_id = excluded.run_id, changed_at = excluded.changed_at
"""


def finish_if_done(run_id: int) -> bool:
    """Finish the run if no part is left; returns whether this call did. Called after each part, so the last one's call finds none."""
    if RulePart.objects.filter(run_id=run_id).exclude(state=RulePart.State.DONE).exists():
        return False
    with transaction.atomic():
        lock_runs()
        run = RuleRun.objects.select_for_update().get(pk=run_id)
        if run.state != RuleRun.State.RUNNING:
            return False
        _finish(run)
    return True


def _finish(run: RuleRun) -> None:
    run.customers = RulePart.objects.filter(run=run).aggregate(sum=Sum("customers"))["sum"] or 0
    run.pairs = run.customers * RunRule.objects.filter(run=run).count()
    attach_tables(run.pk)
    run.stored_bytes = stored_bytes(run.pk)
    run.state, run.ended_at = RuleRun.State.FINISHED, timezone.now()
    run.save(update_fields=["customers", "pairs", "stored_bytes", "state", "ended_at"])
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"run": run.pk, "customers": CUSTOMERS_SLOT})
    record_about(run, "finished", details={"customers": run.customers, "pairs": run.pairs})
    flip(run)
    transaction.on_commit(_tidy_soon)


def flip(run: RuleRun) -> None:
    """Make this run's results the current ones. Readers look at the pointer in the statement that reads results."""
    with connection.cursor() as cursor:
        cursor.execute(_FLIP, [run.pk])


def _tidy_soon() -> None:
    """Sweep overtaken evaluations and drop old results, behind the readers' backs; where the broker is away, the hourly tick does it."""
    from rules.runs.tasks import tidy_runs  # which calls what calls this

    try:
        tidy_runs.delay()
    except OperationalError as error:
        logger.warning("old results wait for the next hour: %s", error)
