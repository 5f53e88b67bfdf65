"""What the portal's pages about feeds show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from eligibility.catalogue.feeds.selectors import feeds_of, held_runs, last_runs
from eligibility.models import CatalogueFeed, CatalogueFeedRun
from merchants.models import Merchant
from portal.catalogue_pages import job_status
from portal.feed_forms import HOURS, RHYTHMS

OUTCOMES = {
    "unchanged": ("Nothing new", "good", "check"), "taken": ("Taken", "good", "check"), "held": ("Waits for you", "warn", "alert"),
    "failed": ("Failed", "fault", "alert"),
}  # fmt: skip
STATES = {
    "queued": ("Waiting", "", "clock"), "running": ("Being fetched", "warn", "clock"), "taking": ("Being taken", "warn", "clock"),
}  # fmt: skip
PAUSED, NEW = ("Paused", "", "minus"), ("Not fetched yet", "", "clock")


def feed_rows(merchant: Merchant) -> list[dict[str, Any]]:
    feeds = list(feeds_of(merchant).defer("auth_secret"))
    runs, held = last_runs(feeds), held_runs(feeds)
    return [
        {
            "public_id": feed.public_id, "name": feed.name, "url": feed.url, "rhythm": rhythm(feed), "badge": feed_badge(feed, runs.get(feed.pk), held.get(feed.pk)),
            "last_success_at": feed.last_success_at, "next_at": feed.next_at if feed.state == feed.State.ACTIVE else None,
        }
        for feed in feeds
    ]  # fmt: skip


def feed_badge(feed: CatalogueFeed, run: CatalogueFeedRun | None, held: CatalogueFeedRun | None) -> dict[str, str]:
    """How its last pull went, or that an older one still waits; that it is paused comes first, for nothing else will happen."""
    if held is not None and not (run and run.is_open):
        run = held
    if feed.state == feed.State.PAUSED and not (run and run.is_open):
        return _badge(PAUSED)
    return run_badge(run) if run else _badge(NEW)


def run_badge(run: CatalogueFeedRun) -> dict[str, str]:
    return _badge(STATES[run.state] if run.is_open else OUTCOMES[run.outcome])


def rhythm(feed: CatalogueFeed) -> str:
    words = dict(RHYTHMS)[feed.every_hours]
    return words if feed.every_hours == 1 else f"{words}, from {dict(HOURS)[feed.at_hour]}"


def feed_page(
    feed: CatalogueFeed, runs: Sequence[CatalogueFeedRun], last: CatalogueFeedRun | None, now: datetime
) -> dict[str, Any]:
    held = held_runs([feed]).get(feed.pk)
    return {
        "feed": feed, "badge": feed_badge(feed, last, held), "rhythm": rhythm(feed), "runs": [run_row(run) for run in runs], "last": last,
        "held": None if last is not None and last.is_open else held,
        "status": run_status(last, now), "is_paused": feed.state == feed.State.PAUSED, "products_count": feed.products.count(),
        "columns": list(feed.columns.items()),
    }  # fmt: skip


def run_row(run: CatalogueFeedRun) -> dict[str, Any]:
    job = run.job
    return {
        "public_id": run.public_id, "at": run.created_at, "badge": run_badge(run), "words": run.words, "cause": run.get_cause_display(),
        "rows": job.rows_total if job else None, "failed": job.rows_failed if job else None, "changes": _changes(run),
        "url": reverse("portal:file", args=[job.public_id]) if job else "", "approved_by": run.approved_by,
    }  # fmt: skip


def _changes(run: CatalogueFeedRun) -> str:
    counts = run.job.counts if run.job else {}
    said = [f"{counts[name]:,} {name}" for name in ("added", "changed", "unchanged") if counts.get(name)]
    return ", ".join(said)


def run_status(run: CatalogueFeedRun | None, now: datetime) -> dict[str, Any]:
    """How far the pull is; is_open: ask again. Fetching counts for nothing, for nobody knows how long the file is."""
    if run is None or not run.is_open:
        return {"is_open": False, "percent": 100, "words": ""}
    if run.job is not None:
        job = job_status(run.job, now)
        return {"is_open": True, "percent": job["percent"], "words": job["words"]}
    return {"is_open": True, "percent": 0, "words": "Fetching the file. You may leave this page: the work goes on without it."}


def _badge(found: tuple[str, str, str]) -> dict[str, str]:
    word, tone, icon = found
    return {"word": word, "tone": tone, "icon": icon}
