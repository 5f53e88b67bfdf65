"""How a pull ends: nothing new, taken, held for a person, failed; and whom that is told."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from eligibility.catalogue.feeds.errors import NothingHeld, PullUnderWay
from eligibility.catalogue.feeds.schedule import retry_delay
from eligibility.catalogue.feeds.selectors import open_pull
from eligibility.catalogue.feeds.services import FORGOTTEN, let_go_of_held, lock_feed
from eligibility.catalogue.feeds.vanishing import switch_off
from eligibility.catalogue.jobs.chunks import unpacked
from eligibility.catalogue.leases import renew
from eligibility.models import CatalogueFeed, CatalogueFeedRun, CatalogueJob
from notices.services.tell import notify
from vault.audit.services import record_about

TOLD_AFTER: Final = 3  # failures in a row
State, Outcome = CatalogueFeedRun.State, CatalogueFeedRun.Outcome
Runs = CatalogueFeedRun.objects


@transaction.atomic
def end_unchanged(run: CatalogueFeedRun, *, worker: str, status: int, size: int | None) -> None:
    feed = lock_feed(run.feed_id)
    renew(Runs, run.pk, worker, http_status=status, size_bytes=size, **_ended(Outcome.UNCHANGED, "Nothing has changed."))
    _worked(feed)


@transaction.atomic
def end_failed(run: CatalogueFeedRun, words: str, *, worker: str, status: int | None = None) -> None:
    """Raises LeaseLost where another worker goes on with it."""
    feed = lock_feed(run.feed_id)
    renew(Runs, run.pk, worker, http_status=status, **_ended(Outcome.FAILED, words))
    _broke(feed)


@transaction.atomic
def end_with_its_file(run_id: int) -> bool:
    """End a run whose file was worked through. False where it has ended, or its file has not. Safe to repeat and beside itself."""
    feed = lock_feed(Runs.values_list("feed_id", flat=True).get(pk=run_id))
    run = Runs.select_related("job").select_for_update(of=("self",)).get(pk=run_id)
    if run.state != State.TAKING or (run.job is not None and run.job.is_open):
        return False
    fault = _fault_of(run.job)
    if fault:
        CatalogueFeed.objects.filter(pk=feed.pk).update(**FORGOTTEN)  # the same file is read again
        feed.refresh_from_db()
        _set(run, **_ended(Outcome.FAILED, fault))
        if run.job is not None and run.job.state != CatalogueJob.State.CANCELLED:
            _broke(feed)
        return True
    let_go_of_held(feed, "Nothing was switched off: a newer pull took its place.")  # the newer file knows better
    if feed.deleted_at or not feed.switches_off_missing:  # as it is by now, whatever it was when the file came
        words = f"{run.vanished_count:,} no longer in the feed, and left as they are." if run.vanished_count else ""
        _set(run, **_ended(Outcome.TAKEN, words) | {"vanished": None})
    elif run.is_held:
        words = f"{run.vanished_count:,} products are no longer in the feed, which is too many to switch off unasked."
        _set(run, **_ended(Outcome.HELD, words) | {"state": State.HELD})
        notify(
            topic="catalogue_feed.held", subject=feed.public_id, merchant=feed.merchant,
            context={"feed": feed.public_id, "name": _plain(feed.name), "vanished": run.vanished_count},
        )  # fmt: skip
    else:
        off = _switch_off(feed, run)
        _set(run, **_ended(Outcome.TAKEN, f"{off:,} no longer in the feed and switched off." if off else ""))
    _worked(feed)
    return True


@transaction.atomic
def approve(*, feed: CatalogueFeed, by: str) -> CatalogueFeedRun:
    """Switch off what vanished from the feed, as a person says. Raises NothingHeld (so does a repeat), PullUnderWay."""
    locked = lock_feed(feed.pk)
    run = Runs.select_for_update(of=("self",)).filter(feed=locked, state=State.HELD).order_by("-pk").first()
    if run is None:
        raise NothingHeld()
    if open_pull(locked) is not None:  # the file that it fetches may name again what is to be switched off
        raise PullUnderWay()
    off = _switch_off(locked, run)
    words = f"{off:,} no longer in the feed and switched off."
    _set(run, state=State.DONE, outcome=Outcome.TAKEN, words=words, approved_by=by[:120], approved_at=timezone.now())
    record_about(locked, "approved", details={"run": run.public_id, "switched_off": off})
    return run


def _switch_off(feed: CatalogueFeed, run: CatalogueFeedRun) -> int:
    off = switch_off(feed, unpacked(run.vanished)) if run.vanished is not None else 0
    if off:
        record_about(feed, "switched_off", details={"run": run.public_id, "products": off})
    return off


def _fault_of(job: CatalogueJob | None) -> str:
    """Why its file is as good as none; empty where it was taken."""
    if job is None:
        return "Its file was deleted before it was taken."
    if job.state == CatalogueJob.State.CANCELLED:
        return "Somebody cancelled the file."
    if job.state == CatalogueJob.State.FAILED:
        return job.error or "Taking the file failed."
    if job.rows_total and job.rows_failed == job.rows_total:
        return f"None of its {job.rows_total:,} rows can be used: see the file for why."
    return ""


def _worked(feed: CatalogueFeed) -> None:
    if feed.is_told_failing and feed.deleted_at is None:
        notify(topic="catalogue_feed.mended", subject=feed.public_id, merchant=feed.merchant, context=_named(feed))
    feed.failures_in_a_row, feed.is_told_failing, feed.last_success_at = 0, False, timezone.now()
    feed.save(update_fields=["failures_in_a_row", "is_told_failing", "last_success_at"])


def _broke(feed: CatalogueFeed) -> None:
    feed.failures_in_a_row += 1
    feed.next_at = timezone.now() + retry_delay(feed.failures_in_a_row)
    if feed.failures_in_a_row >= TOLD_AFTER and not feed.is_told_failing and feed.deleted_at is None:
        feed.is_told_failing = True
        context = _named(feed) | {"failures": feed.failures_in_a_row}
        notify(topic="catalogue_feed.failing", subject=feed.public_id, merchant=feed.merchant, context=context)
    feed.save(update_fields=["failures_in_a_row", "is_told_failing", "next_at"])


def _named(feed: CatalogueFeed) -> dict[str, Any]:
    return {"feed": feed.public_id, "name": _plain(feed.name)}


def _plain(name: str) -> str:
    """As a notice may keep it, which holds nothing that looks like an e-mail address."""
    return name.replace("@", " at ")[:80]


def _ended(outcome: str, words: str) -> dict[str, Any]:
    return {"state": State.DONE, "outcome": outcome, "words": words[:300], "finished_at": timezone.now()}


def _set(run: CatalogueFeedRun, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(update_fields=[*fields])
