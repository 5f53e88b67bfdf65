"""What may be asked of feeds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from eligibility.catalogue import leases
from eligibility.models import CatalogueFeed, CatalogueFeedRun
from eligibility.models.feeds import OPEN_PULL
from merchants.models import Merchant

State = CatalogueFeedRun.State


def feeds_of(merchant: Merchant) -> QuerySet[CatalogueFeed]:
    """The merchant's feeds that were not deleted."""
    return CatalogueFeed.objects.filter(merchant=merchant, deleted_at=None).select_related("merchant")


def feed_for(merchant: Merchant, public_id: str) -> CatalogueFeed:
    """The merchant's feed; another merchant's id is a 404."""
    return get_object_or_404(feeds_of(merchant), public_id=public_id)


def runs_of(feed: CatalogueFeed) -> QuerySet[CatalogueFeedRun]:
    return CatalogueFeedRun.objects.filter(feed=feed).select_related("job").defer("vanished")


def last_runs(feeds: list[CatalogueFeed]) -> dict[int, CatalogueFeedRun]:
    """Feed's key -> its newest run."""
    newest = CatalogueFeedRun.objects.filter(feed=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    keys = CatalogueFeed.objects.filter(pk__in=[feed.pk for feed in feeds]).values_list(Subquery(newest), flat=True)
    found = CatalogueFeedRun.objects.filter(pk__in=list(keys)).select_related("job").defer("vanished")
    return {run.feed_id: run for run in found}


def open_pull(feed: CatalogueFeed) -> CatalogueFeedRun | None:
    return runs_of(feed).filter(state__in=OPEN_PULL).first()


def last_asked_at(feed: CatalogueFeed) -> datetime | None:
    """When the last pull that somebody asked for began."""
    asked = CatalogueFeedRun.objects.filter(feed=feed, cause=CatalogueFeedRun.Cause.ASKED).order_by("-pk")
    return asked.values_list(Coalesce("started_at", "created_at"), flat=True).first()


def held_runs(feeds: list[CatalogueFeed]) -> dict[int, CatalogueFeedRun]:
    """Feed's key -> its pull that waits for a person. A later one that brought nothing new, or failed, leaves it waiting."""
    found = CatalogueFeedRun.objects.filter(feed__in=feeds, state=State.HELD).select_related("job").defer("vanished")
    return {run.feed_id: run for run in found}


def due_feeds(now: datetime) -> QuerySet[CatalogueFeed]:
    due = CatalogueFeed.objects.filter(deleted_at=None, state=CatalogueFeed.State.ACTIVE, next_at__lte=now)
    return due.select_related("merchant").order_by("next_at")


def runs_nobody_works_on(now: datetime) -> list[int]:
    found = CatalogueFeedRun.objects.filter(state__in=leases.OPEN).exclude(leased_until__gt=now)
    return list(found.order_by("pk").values_list("pk", flat=True))


def runs_whose_file_has_ended() -> list[int]:
    found = CatalogueFeedRun.objects.filter(state=State.TAKING).exclude(job__state__in=leases.OPEN)
    return list(found.order_by("pk").values_list("pk", flat=True))
