"""One pull of a feed: fetched, and where it changed handed on as a file to be taken. What ends it is told in `ending.py`."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from common.errors import PlatformError
from common.outgoing import CallFailed
from eligibility.catalogue.feeds.ending import end_failed, end_unchanged
from eligibility.catalogue.feeds.fetching import TIMEOUT_S, Fetched, FetchRefused, fetch
from eligibility.catalogue.feeds.vanishing import vanished_from
from eligibility.catalogue.jobs.chunks import packed
from eligibility.catalogue.jobs.reading import Options
from eligibility.catalogue.jobs.services import Kind, create_job
from eligibility.catalogue.leases import LeaseLost, renew, take
from eligibility.models import CatalogueFeed, CatalogueFeedRun, CatalogueJob

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(seconds=TIMEOUT_S + 60)  # nothing renews it while the file is fetched
MAX_TRIES: Final = 3  # of one run, whose workers died each time
State = CatalogueFeedRun.State
Runs = CatalogueFeedRun.objects


def pull(run_id: int) -> None:
    """Fetch the feed of this run and take what came. Safe beside itself and after a death: one worker holds the run.

    The file is queued and the run moved on in one transaction: a run that is begun again after a death takes it once.
    """
    worker = take(Runs, run_id, lease=LEASE)
    if worker is None:
        return
    Runs.filter(pk=run_id, worker=worker).update(attempts=F("attempts") + 1, started_at=timezone.now())
    run = Runs.select_related("feed__merchant").get(pk=run_id)
    failed = partial(_fail, run, worker)
    try:
        if run.feed.deleted_at is not None:
            failed("The feed was deleted.")
        elif run.attempts > MAX_TRIES:
            failed("Fetching it was cut off again and again on our side.")
        else:
            _fetch_and_take(run, worker)
    except LeaseLost:
        return
    except FetchRefused as refusal:
        failed(str(refusal), status=refusal.status)
    except CallFailed as silence:
        failed(str(silence))
    except PlatformError as refusal:
        failed(refusal.message)
    except Exception:  # whatever it was, the feed must not stand still for ever: it counts as a failure
        logger.exception("a feed could not be pulled")
        failed("A part of the platform did not answer.")


def _fail(run: CatalogueFeedRun, worker: str, words: str, status: int | None = None) -> None:
    with contextlib.suppress(LeaseLost):  # then another worker goes on with it
        end_failed(run, words, worker=worker, status=status)


def _fetch_and_take(run: CatalogueFeedRun, worker: str) -> None:
    fetched = fetch(run.feed)
    if fetched.file is None or fetched.digest == run.feed.digest:
        end_unchanged(run, worker=worker, status=fetched.status, size=fetched.size or None)
        return
    renew(Runs, run.pk, worker)
    create_job(
        merchant=run.feed.merchant, kind=Kind.IMPORT, file=fetched.file, options=_options(run.feed, fetched), columns=run.feed.columns,
        feed=run.feed, max_bytes=settings.FEED_MAX_BYTES, after_chunk=partial(renew, Runs, run.pk, worker),
        taken=partial(_taken, run, worker, fetched),
    )  # fmt: skip


def _options(feed: CatalogueFeed, fetched: Fetched) -> Options:
    filename = fetched.filename or feed.name
    return Options(format=feed.format, filename=filename, content_type=fetched.content_type)


def _taken(run: CatalogueFeedRun, worker: str, fetched: Fetched, job: CatalogueJob, seen: Mapping[str, int]) -> None:
    """In the transaction that queues the file: the run waits for its end, and the feed knows what it has."""
    gone = vanished_from(run.feed, seen) if run.feed.switches_off_missing else None
    renew(
        Runs, run.pk, worker, state=State.TAKING, job=job, http_status=fetched.status, size_bytes=fetched.size,
        vanished=packed(gone.products) if gone else None, vanished_count=len(gone.products) if gone else 0,
        is_held=gone is not None and gone.are_too_many,
    )  # fmt: skip
    # Guarded: what was changed of the feed meanwhile has emptied these, and the file must be read anew by that.
    CatalogueFeed.objects.filter(pk=run.feed_id, url=run.feed.url, digest=run.feed.digest, etag=run.feed.etag).update(
        etag=fetched.etag, last_modified=fetched.last_modified, digest=fetched.digest
    )
