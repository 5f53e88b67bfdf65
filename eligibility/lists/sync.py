"""Bringing one file onto its list, stage by stage: fetched, staged, compared, written, switched on.

Whoever holds the update by its lease works on it. Each stage leaves nothing behind that anybody sees, and can be gone through
again; after a death the next worker goes on from the stage, and within writing from the last product. So a list
is at every moment the old version, whole, or the new one, whole.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils import timezone

from eligibility.catalogue.leases import LeaseLost, give_back, renew, take
from eligibility.catalogue.patience import stand_back
from eligibility.lists.approval import clear
from eligibility.lists.checks import note_failure
from eligibility.lists.compare import compare
from eligibility.lists.days import day_begins, is_in_window
from eligibility.lists.doubts import doubts_about
from eligibility.lists.errors import ListFault, NotReadable
from eligibility.lists.fetch import fetch_file, file_of
from eligibility.lists.layout import read_rows
from eligibility.lists.manifest import Manifest
from eligibility.lists.stage import forget_stage, is_stage_lost, stage, staged_rows
from eligibility.lists.standing import standing_before
from eligibility.lists.switch import switch_on
from eligibility.lists.telling import tell_of_held
from eligibility.lists.write import write_step
from eligibility.models import ListSource, ListSync, ListVersion
from eligibility.taxonomy import taxonomy

logger = logging.getLogger(__name__)
MAX_ATTEMPTS: Final = 5
PATIENCE: Final = 10_000  # rows between two looks at how sales do: as many as are staged at once
T = TypeVar("T")
Stage, State = ListSync.Stage, ListSync.State


def carry_on(sync_id: int, *, until: float = float("inf"), after_step: Callable[[str], None] = lambda stage: None) -> bool:
    """Work on an update until `until` (of `time.monotonic`); returns whether something is left that this worker may go on with.

    Safe beside itself and after a death. after_step: called with the stage's name after each step that is kept.
    """
    worker = take(ListSync.objects, sync_id)
    if worker is None:
        return False
    work = _Work(sync_id, worker, after_step)
    try:
        ListSync.objects.filter(pk=sync_id, started_at=None).update(started_at=timezone.now())
        while time.monotonic() < until:
            if not work.step():
                return False
    except LeaseLost:
        return False
    except ListFault as fault:
        _failed(sync_id, worker, fault, is_final=not fault.is_passing)
        return False
    except Exception as error:  # the database, the disk, or what nobody thought of: a few tries more, then it has failed
        logger.exception("bringing a file onto its list failed")
        _failed(sync_id, worker, error, is_final=False)
        return False
    give_back(ListSync.objects, sync_id, worker)
    return True


def waiting_syncs(now: datetime) -> list[int]:
    """Open updates that nobody works on and that may go on now, the oldest first."""
    found = ListSync.objects.select_related("list_source").filter(
        state__in=[State.QUEUED, State.RUNNING], list_source__is_active=True
    )
    return [sync.pk for sync in found.exclude(leased_until__gt=now).order_by("pk") if may_go_on(sync, now)]


def may_go_on(sync: ListSync, now: datetime) -> bool:
    """A large file waits for its source's quiet hours; one that is small, or that a person let through, does not."""
    source = sync.list_source
    is_small = sync.rows_total <= source.small_rows
    return is_small or sync.decided_by_id is not None or is_in_window(now, source.window_from, source.window_until, source.zone)


class _Work:
    """One worker's turn at an update."""

    def __init__(self, sync_id: int, worker: str, after_step: Callable[[str], None]) -> None:
        self._id, self._worker, self._after = sync_id, worker, after_step

    def step(self) -> bool:
        """One stage, or one step of writing; False when the update has ended or is held."""
        sync = ListSync.objects.select_related("list_source").get(pk=self._id)
        if not sync.list_source.is_active:  # switched off meanwhile: it lies here until the source is switched on again
            give_back(ListSync.objects, self._id, self._worker)
            return False
        stage_now, started = sync.stage, time.perf_counter()
        deeds = {Stage.FETCH: self._fetch, Stage.STAGE: self._stage, Stage.COMPARE: self._compare, Stage.WRITE: self._write}
        goes_on = deeds.get(Stage(stage_now), self._switch)(sync)
        self._add_seconds(stage_now, time.perf_counter() - started)
        self._after(stage_now)
        return goes_on

    def _fetch(self, sync: ListSync) -> bool:
        manifest = _manifest(sync)
        if _is_in_force(sync.list_source, manifest):  # byte for byte: it need not even be fetched
            begins = _begins(manifest, sync.list_source)
            self._keep(stage=Stage.SWITCH, entry=sync.entry | {"begins": begins.isoformat()})
            return True
        self._keep(stage_at=timezone.now())
        fetch_file(sync, manifest, progress=lambda count: self._keep(bytes_done=count))
        self._keep(stage=Stage.STAGE, rows_done=0, bytes_done=sync.bytes_total)
        return True

    def _stage(self, sync: ListSync) -> bool:
        manifest, path = _manifest(sync), file_of(sync)
        if not path.exists():  # another machine had it
            self._keep(stage=Stage.FETCH)
            return True
        categories = {each.code: (each.status, each.bucket) for each in taxonomy().categories}
        self._stand_back()
        self._keep(stage_at=timezone.now())
        is_whole = manifest.kind == "full"
        standing = standing_before(sync, effective_at=_begins(manifest, sync.list_source)) if is_whole else None
        with path.open("rb") as file:
            rows = read_rows(
                file, format=manifest.format, compression=manifest.compression, kind=manifest.kind, categories=categories,
                standing=standing,
            )  # fmt: skip
            left_out = standing.left_out() if standing else ()
            rows = self._patiently(_up_to(manifest.rows, rows))
            found = stage(sync, rows, left_out=left_out, after_batch=lambda count: self._keep(rows_done=count))
        if found.rows != manifest.rows:
            raise NotReadable(f"The file has {found.rows:,} rows, its manifest names {manifest.rows:,}.")
        self._keep(
            stage=Stage.COMPARE, rows_done=0, rows_staged=staged_rows(sync), rows_faulty=found.faulty, rows_twice=found.twice
        )
        return True

    def _compare(self, sync: ListSync) -> bool:
        if is_stage_lost(sync):  # the database crashed: what was staged is not kept through that
            self._keep(stage=Stage.STAGE)
            return True
        manifest, source = _manifest(sync), sync.list_source
        self._stand_back()
        begins = _begins(manifest, source)
        with transaction.atomic():  # whoever lost the lease meanwhile leaves nothing behind
            found = compare(sync, effective_at=begins)
            doubts = doubts_about(found, source, rows=manifest.rows, faulty=sync.rows_faulty)
            counted = {
                "added": found.added, "changed": found.changed, "removed": found.removed, "standing": found.standing,
                "entry": sync.entry | {"begins": begins.isoformat()},
            }  # fmt: skip
            if not doubts or sync.decided_by_id is not None:
                self._keep(**counted, stage=Stage.WRITE, after_gtin="", rows_done=0)
                return True
            self._keep(**counted, held_because=doubts)
            give_back(ListSync.objects, self._id, self._worker, state=State.HELD, stage=Stage.COMPARE)
            sync.refresh_from_db()
            tell_of_held(sync)
        return False

    def _write(self, sync: ListSync) -> bool:
        if is_stage_lost(sync):
            self._keep(stage=Stage.STAGE)
            return True
        waited_s = self._stand_back()
        with transaction.atomic():
            last, count = write_step(sync)
            if count:
                self._keep(after_gtin=last, rows_done=sync.rows_done + count, waited_s=sync.waited_s + waited_s)
            else:
                self._keep(stage=Stage.SWITCH)
        if sync.list_source.rows_per_s and count:
            time.sleep(count / sync.list_source.rows_per_s)
        return True

    def _switch(self, sync: ListSync) -> bool:
        manifest = _manifest(sync)
        with transaction.atomic():
            self._keep()  # holds the row: whoever lost the lease stops here
            version = switch_on(
                sync, sequence=manifest.sequence, version=manifest.version, kind=manifest.kind, sha256=manifest.sha256,
                effective_at=datetime.fromisoformat(sync.entry["begins"]), published_at=manifest.published_at,
            )  # fmt: skip
            # The next file may already be there: looked at again at once.
            ListSource.objects.filter(pk=sync.list_source_id).update(
                next_at=timezone.now(), failures=0, failing_since=None, error=""
            )
            self._keep(state=State.DONE, finished_at=timezone.now(), attempts=0, error="")
        logger.info("list %s is at version %s", sync.list_source.list_id, version.version)
        forget_stage(sync)
        file_of(sync).unlink(missing_ok=True)
        return False

    def _keep(self, **fields: Any) -> None:
        renew(ListSync.objects, self._id, self._worker, **fields)

    def _patiently(self, rows: Iterable[T]) -> Iterator[T]:
        """The rows; between some thousands of them sales go first."""
        for at, row in enumerate(rows):
            if at and at % PATIENCE == 0:
                self._stand_back()
            yield row

    def _stand_back(self) -> float:
        return stand_back(self._keep)

    def _add_seconds(self, stage_now: str, seconds: float) -> None:
        said = ListSync.objects.values_list("seconds", flat=True).get(pk=self._id)
        ListSync.objects.filter(pk=self._id).update(seconds={**said, stage_now: round(said.get(stage_now, 0) + seconds, 3)})


def _up_to(count: int, rows: Iterable[T]) -> Iterator[T]:
    """The rows, as long as there are no more of them than the manifest names."""
    for at, row in enumerate(rows):
        if at == count:
            raise NotReadable(f"The file has more rows than the {count:,} that its manifest names.")
        yield row


def _manifest(sync: ListSync) -> Manifest:
    said = dict(sync.manifest)
    said["published_at"] = datetime.fromisoformat(said["published_at"])
    said["effective_date"] = date.fromisoformat(said["effective_date"])
    return Manifest(**said)


def _is_in_force(source: ListSource, manifest: Manifest) -> bool:
    """Is this whole file the one that the list was last brought from?"""
    newest = ListVersion.objects.filter(list_source=source, number=source.head)
    return manifest.kind == "full" and newest.filter(kind="full", sha256=manifest.sha256).exists()


def _begins(manifest: Manifest, source: ListSource) -> datetime:
    """From when the version holds: its day, but for a list's first version not before now. What held until now is not rewritten."""
    day = day_begins(manifest.effective_date, source.zone)
    return max(day, timezone.now()) if source.head else day


def _failed(sync_id: int, worker: str, error: Exception, *, is_final: bool) -> None:
    """Leave it for another try; what no other try can mend, or has failed too often, ends, and the list stays as it is."""
    logger.warning("bringing a file onto its list stopped: %s", error)
    with transaction.atomic():
        sync = ListSync.objects.select_for_update(of=("self",)).select_related("list_source").get(pk=sync_id)
        if sync.worker != worker:
            return
        sync.attempts, sync.error = sync.attempts + 1, str(error)[:300]
        sync.worker, sync.leased_until = "", None
        if is_final or sync.attempts >= MAX_ATTEMPTS:
            sync.state, sync.finished_at = State.FAILED, timezone.now()
            clear(sync)
            source = ListSource.objects.select_for_update().get(pk=sync.list_source_id)
            note_failure(source, error)
        sync.save(update_fields=["attempts", "error", "worker", "leased_until", "state", "finished_at"])
