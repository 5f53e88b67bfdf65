"""Celery doors of the lists, on the catalogue's queue: what they do can wait."""

from __future__ import annotations

import time
from typing import Final

from celery import shared_task
from django.utils import timezone

from common.scopes import across_merchants
from eligibility.catalogue.tasks import soon
from eligibility.errors import ClassifierUnavailable
from eligibility.lists import checks, sync
from eligibility.lists.notices import digests
from eligibility.lists.notices.work import tell_now

AT_A_STRETCH_S: Final = 30.0


@shared_task(name="eligibility.watch_lists")
def watch_lists() -> int:
    """Ask publishers whose time has come, and take up updates that nobody works on."""
    now = timezone.now()
    for source in checks.due_sources(now):
        checks.check(source)
    waiting = sync.waiting_syncs(now)
    for sync_id in waiting:
        soon(bring_list, sync_id)
    return len(waiting)


@shared_task(name="eligibility.bring_list")
def bring_list(sync_id: int) -> None:
    """Carry one update on for a while, then pass it to the next task."""
    if sync.carry_on(sync_id, until=time.monotonic() + AT_A_STRETCH_S):
        soon(bring_list, sync_id)


@shared_task(name="eligibility.tell_of_lists")
@across_merchants("tells every merchant of changes of lists")
def tell_of_lists() -> int:
    """Bring notices to what lists say, tell of them, end those that have passed; returns how many were looked at."""
    until = time.monotonic() + AT_A_STRETCH_S
    try:
        return tell_now(until=until)
    except ClassifierUnavailable:
        return 0  # they are judged as soon as there is a model


@shared_task(name="eligibility.write_of_changes")
@across_merchants("writes to every merchant's people of changes")
def write_of_changes() -> int:
    return digests.write_due()
