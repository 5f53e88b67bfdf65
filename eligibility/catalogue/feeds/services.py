"""What happens to a feed: made, changed, paused, asked for now, deleted. Each is written to the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.outgoing import check_url
from eligibility.catalogue.errors import UploadColumnsUnknown
from eligibility.catalogue.feeds.credentials import check_credentials, check_same_server
from eligibility.catalogue.feeds.errors import FeedLimitReached, PullTooSoon
from eligibility.catalogue.feeds.schedule import next_time
from eligibility.catalogue.feeds.selectors import last_asked_at, open_pull
from eligibility.catalogue.jobs.columns import HEADINGS
from eligibility.models import CatalogueFeed, CatalogueFeedRun
from merchants.models import Merchant
from vault.audit.services import record_about

MAX_FEEDS: Final = 10
ASKED_EVERY: Final = timedelta(seconds=60)  # by hand at most so often: each may hold the worker for minutes
State, Auth = CatalogueFeed.State, CatalogueFeed.Auth
Cause = CatalogueFeedRun.Cause
# With another of these the file means something else, so that it is read though it did not change.
MEANING: Final = frozenset({"url", "format", "columns", "auth_kind", "auth_name", "auth_secret", "switches_off_missing"})
FORGOTTEN: Final = {"etag": "", "last_modified": "", "digest": ""}


@transaction.atomic
def create_feed(*, merchant: Merchant, url: str, name: str, **fields: Any) -> CatalogueFeed:
    """Make a feed; it is fetched for the first time within a minute. Raises AddressForbidden, FeedLimitReached, FeedCredentialsInvalid."""
    feed = CatalogueFeed(merchant=merchant, name=name, url=check_url(url).url, next_at=timezone.now())
    _check_columns(fields.get("columns", {}))
    check_credentials(fields.get("auth_kind", Auth.NONE), fields.get("auth_name", ""), fields.get("auth_secret") or "")
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)  # so that two at once count each other
    if CatalogueFeed.objects.filter(merchant=merchant, deleted_at=None).count() >= MAX_FEEDS:
        raise FeedLimitReached(f"A merchant has at most {MAX_FEEDS} feeds: delete one first.")
    for field, value in fields.items():
        setattr(feed, field, value)
    if feed.auth_kind == Auth.NONE:
        feed.auth_name, feed.auth_secret = "", None
    feed.save()
    record_about(feed, "created", fields=["url", *sorted(fields)])
    return feed


@transaction.atomic
def change_feed(*, feed: CatalogueFeed, fields: Mapping[str, Any], by: str) -> CatalogueFeed:
    """Change what is named; what is left out stays. state `paused`: it is not fetched by itself; by: who says so, in words."""
    locked = lock_feed(feed.pk)
    wanted = dict(fields)
    if "url" in wanted:
        wanted["url"] = check_url(wanted["url"]).url
    _check_columns(wanted.get("columns", {}))
    kind = wanted.get("auth_kind", locked.auth_kind)
    if wanted.keys() & {"auth_kind", "auth_name", "auth_secret"}:
        is_kept = "auth_secret" not in wanted and kind == locked.auth_kind
        check_credentials(kind, wanted.get("auth_name", locked.auth_name), None if is_kept else wanted.get("auth_secret") or "")
        if kind == Auth.NONE:
            wanted |= {"auth_name": "", "auth_secret": None}
    if "url" in wanted and "auth_secret" not in wanted and locked.auth_secret is not None:
        check_same_server(locked.url, wanted["url"])
    changed = [name for name, value in wanted.items() if name == "auth_secret" or getattr(locked, name) != value]
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, wanted[name])
    if "state" in changed:
        is_paused = locked.state == State.PAUSED
        locked.paused_by, locked.paused_at = (by[:120], timezone.now()) if is_paused else ("", None)
    if MEANING & set(changed):
        locked.etag = locked.last_modified = locked.digest = ""
    if {"every_hours", "at_hour", "state"} & set(changed):
        locked.next_at = scheduled(locked, timezone.now())
    if "switches_off_missing" in changed and not locked.switches_off_missing:
        let_go_of_held(locked, "Nothing was switched off: the feed leaves what vanished as it is.")
    locked.save()
    record_about(locked, "changed", fields=sorted(changed))
    return locked


@transaction.atomic
def delete_feed(*, feed: CatalogueFeed) -> None:
    """It is fetched no more and its credentials are erased; its products and the log of its pulls stay. Safe to repeat."""
    locked = lock_feed(feed.pk)
    if locked.deleted_at:
        return
    locked.deleted_at, locked.auth_secret, locked.state = timezone.now(), None, State.PAUSED
    locked.save()
    let_go_of_held(locked, "Nothing was switched off: the feed was deleted.")
    record_about(locked, "deleted")


@transaction.atomic
def ask_for_pull(*, feed: CatalogueFeed) -> tuple[CatalogueFeedRun, bool]:
    """The feed fetched now, as somebody asks: its open run, and whether it is new. Raises PullTooSoon."""
    locked = lock_feed(feed.pk)  # so that two at once count each other
    if (known := open_pull(locked)) is not None:
        return known, False
    if (last := last_asked_at(locked)) and (again_at := last + ASKED_EVERY) > (now := timezone.now()):
        wait_s = ceil((again_at - now).total_seconds())
        raise PullTooSoon(
            f"The feed was fetched a moment ago, as you asked: ask again in {wait_s} s, from {again_at:%H:%M:%S} UTC.",
            ask_again_at=again_at.isoformat(), retry_after_s=wait_s,
        )  # fmt: skip
    return open_run(feed=locked, cause=Cause.ASKED)


def open_run(*, feed: CatalogueFeed, cause: str) -> tuple[CatalogueFeedRun, bool]:
    """The feed's open run, and whether it is new: while one is open there is no other."""
    try:
        with transaction.atomic():
            run = CatalogueFeedRun.objects.create(feed=feed, cause=cause)
            if cause == Cause.ASKED:
                record_about(feed, "pulled")
            transaction.on_commit(partial(_start, run.pk))
        return run, True
    except IntegrityError:
        known = open_pull(feed)
        return (known, False) if known else open_run(feed=feed, cause=cause)  # it ended this very moment


def open_due_run(feed: CatalogueFeed, now: datetime) -> bool:
    """Open the run of a feed whose hour has come, once, whoever else looks; its next hour is noted with it."""
    with transaction.atomic():
        is_mine = CatalogueFeed.objects.filter(pk=feed.pk, next_at=feed.next_at, state=State.ACTIVE, deleted_at=None).update(
            next_at=scheduled(feed, now)
        )
        return bool(is_mine) and open_run(feed=feed, cause=Cause.SCHEDULE)[1]


def scheduled(feed: CatalogueFeed, now: datetime) -> datetime:
    return next_time(
        every_hours=feed.every_hours, at_hour=feed.at_hour, zone=feed.merchant.zone, after=now, name=feed.public_id
    )  # fmt: skip


def let_go_of_held(feed: CatalogueFeed, words: str) -> None:
    """What a pull holds back is asked no more: its rows are taken, and what vanished stays. words: why."""
    held = CatalogueFeedRun.objects.filter(feed=feed, state=CatalogueFeedRun.State.HELD)
    held.update(state=CatalogueFeedRun.State.DONE, outcome=CatalogueFeedRun.Outcome.TAKEN, words=words, vanished=None)


def lock_feed(pk: int) -> CatalogueFeed:
    """The row, locked. A feed is locked before its runs, everywhere."""
    return CatalogueFeed.objects.select_for_update(no_key=True, of=("self",)).select_related("merchant").get(pk=pk)


def _check_columns(columns: Mapping[str, str]) -> None:
    for field in columns:
        if field not in HEADINGS:
            raise UploadColumnsUnknown(f"“{field[:40]}” is none of our fields: {', '.join(HEADINGS)}.", param="columns")


def _start(run_id: int) -> None:
    from eligibility.catalogue.tasks import pull_feed, soon  # tasks call services

    soon(pull_feed, run_id)
