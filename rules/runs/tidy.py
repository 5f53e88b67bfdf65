"""Dropping what is no longer kept: results of old, failed and cancelled runs, their problems, and evaluations that runs overtook."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.db import DatabaseError, transaction
from django.utils import timezone

from rules.models import CurrentRun, RuleProblem, RuleRun
from rules.results.overlay import sweep
from rules.results.tables import drop_tables, runs_with_tables
from rules.runs.control import RUNS_KEPT, State
from rules.runs.locking import lock_runs
from rules.runs.start import OPEN

logger = logging.getLogger(__name__)
PROBLEMS_KEPT: Final = timedelta(
    days=90
)  # who was told of one has seen to it by then; a column that broke writes hundreds a night


def runs_to_keep() -> set[int]:
    """The current run, those under way, and the last finished ones."""
    newest = (
        RuleRun.objects.filter(state=State.FINISHED, removed_at=None).order_by("-pk").values_list("pk", flat=True)[:RUNS_KEPT]
    )
    return {
        *CurrentRun.objects.filter(run__isnull=False).values_list("run_id", flat=True),
        *RuleRun.objects.filter(state__in=OPEN).values_list("pk", flat=True),
        *newest,
    }


def tidy() -> int:
    """Drop and sweep; returns how many runs' results were dropped. Outside a transaction. What fails is tried again at the next call."""
    dropped = 0
    for run_id in sorted(runs_with_tables() - runs_to_keep()):
        if not _give_up(run_id):
            continue
        try:
            drop_tables([run_id])
        except DatabaseError as error:  # another worker does it, or somebody reads on and on
            logger.warning("the results of run %s could not be dropped yet: %s", run_id, error)
            continue
        dropped += 1
    sweep()
    RuleProblem.objects.filter(run__clock_at__lt=timezone.now() - PROBLEMS_KEPT).delete()
    return dropped


@transaction.atomic
def _give_up(run_id: int) -> bool:
    """Say that its results are kept no longer, before they go: from then on nobody goes back to it. False where somebody just did."""
    lock_runs()
    if run_id in runs_to_keep():
        return False
    RuleRun.objects.filter(pk=run_id, removed_at=None).update(removed_at=timezone.now())
    return True
