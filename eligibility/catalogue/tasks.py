"""Celery doors of the catalogue, on a queue of their own: what they do can wait."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.scopes import across_merchants
from eligibility.catalogue import redecide
from eligibility.catalogue.deeds import run as deeds
from eligibility.catalogue.feeds import ending, pulling
from eligibility.catalogue.feeds import selectors as feeds
from eligibility.catalogue.feeds.services import open_due_run
from eligibility.catalogue.jobs import run, services
from eligibility.errors import ClassifierUnavailable

logger = logging.getLogger(__name__)
FEEDS_A_TICK: Final = 200
AT_A_STRETCH_S: Final = 30.0  # then the next task has its turn: nobody's file waits for a whole catalogue


def soon(task: Any, *args: Any) -> None:
    """Queue a task. Without the broker it is left to the tick that looks for work that nobody does."""
    try:
        task.delay(*args)
    except OperationalError as error:
        logger.warning("%s waits for the next tick: %s", task.name, error)


@shared_task(name="eligibility.redecide_products")
@across_merchants("judges every merchant's products again")
def redecide_products(run_id: int) -> None:
    """Carry one run on for a while, then pass it to the next task."""
    if redecide.carry_on(run_id, until=time.monotonic() + AT_A_STRETCH_S):
        soon(redecide_products, run_id)


@shared_task(name="eligibility.watch_basis")
@across_merchants("judges every merchant's products again")
def watch_basis() -> int:
    """Start a run where model, lists, taxonomy or rules changed since the last; take up one that nobody works on."""
    try:
        if redecide.open_run() is None and (cause := redecide.needed_redecision()):
            redecide.start_redecision(cause=cause)
    except ClassifierUnavailable:
        logger.warning("products are judged again as soon as there is a model")
    left = redecide.resumable_runs(timezone.now())
    for run_id in left:
        soon(redecide_products, run_id)
    return len(left)


@shared_task(name="eligibility.run_catalogue_job")
@across_merchants("works on whichever merchant's file waits")
def run_catalogue_job(job_id: int) -> None:
    """Carry one file on for a while, then pass it to the next task."""
    if run.carry_on(job_id, until=time.monotonic() + AT_A_STRETCH_S):
        soon(run_catalogue_job, job_id)
    else:
        _end_pulls()


@shared_task(name="eligibility.resume_catalogue_jobs")
@across_merchants("works on whichever merchant's file waits")
def resume_catalogue_jobs() -> int:
    """Queue files that nobody works on: their task was lost, their worker died, or they wait for another try."""
    waiting = run.waiting_jobs(timezone.now())
    for job_id in waiting:
        soon(run_catalogue_job, job_id)
    return len(waiting)


@shared_task(name="eligibility.run_catalogue_deed")
@across_merchants("works on whichever merchant's deed waits")
def run_catalogue_deed(deed_id: int) -> None:
    """Carry one deed for many products on for a while, then pass it to the next task."""
    if deeds.carry_on(deed_id, until=time.monotonic() + AT_A_STRETCH_S):
        soon(run_catalogue_deed, deed_id)


@shared_task(name="eligibility.resume_catalogue_deeds")
@across_merchants("works on whichever merchant's deed waits")
def resume_catalogue_deeds() -> int:
    """Queue deeds that nobody works on."""
    waiting = deeds.waiting_deeds(timezone.now())
    for deed_id in waiting:
        soon(run_catalogue_deed, deed_id)
    return len(waiting)


@shared_task(name="eligibility.expire_catalogue_files")
@across_merchants("deletes every merchant's old files")
def expire_catalogue_files() -> int:
    return services.expire_files(timezone.now())


@shared_task(name="eligibility.pull_feed")
@across_merchants("pulls whichever merchant's feed is due")
def pull_feed(run_id: int) -> None:
    """Fetch one feed and queue what came."""
    pulling.pull(run_id)


@shared_task(name="eligibility.tend_feeds")
@across_merchants("pulls whichever merchant's feed is due")
def tend_feeds() -> int:
    """Open what is due, take up what nobody works on, end what was worked through. Returns for how many it did something."""
    now = timezone.now()
    opened = sum(open_due_run(feed, now) for feed in feeds.due_feeds(now)[:FEEDS_A_TICK])
    left = feeds.runs_nobody_works_on(now)
    for run_id in left:
        soon(pull_feed, run_id)
    return opened + len(left) + _end_pulls()


def _end_pulls() -> int:
    """End the pulls of feeds whose files were worked through, at once and not at the next tick."""
    return sum(ending.end_with_its_file(run_id) for run_id in feeds.runs_whose_file_has_ended())
