"""Looking whether a publisher has something new."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from eligibility.lists.approval import NotHeld, dismiss
from eligibility.lists.errors import ListFault
from eligibility.lists.fetch import fetch_index, fetch_manifest
from eligibility.lists.manifest import Index, Manifest
from eligibility.lists.plan import distrusts_deltas, next_entry, sent_away
from eligibility.lists.telling import tell_of_trouble
from eligibility.models import ListSource, ListSync
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
LOCK: Final = 7_303  # first half of an advisory lock's name; the second is the list
AGAIN_AFTER_FAILURE: Final = timedelta(minutes=5)
LONGEST_PAUSE: Final = timedelta(hours=6)
MARK_LENGTH: Final = 200
OPEN: Final = (ListSync.State.QUEUED, ListSync.State.RUNNING)


def due_sources(now: datetime) -> list[ListSource]:
    """Sources to look at now. While a file is under way its source waits; one that is held does not keep newer versions away."""
    found = ListSource.objects.exclude(kind=ListSource.Kind.HAND).filter(Q(next_at=None) | Q(next_at__lte=now), is_active=True)
    return list(found.exclude(syncs__state__in=OPEN))


def check(source: ListSource) -> ListSync | None:
    """Ask the publisher, and open an update where there is something new; None where there is not, or somebody else asks just now.

    Safe beside itself: one asks at a time, by an advisory lock that ends with the transaction; and a list has one open update.
    """
    with transaction.atomic():
        if not _locked(source.pk):
            return None
        source = ListSource.objects.select_for_update().get(pk=source.pk)
        if source.syncs.filter(state__in=OPEN).exists():
            return None
        try:
            with transaction.atomic():
                return _checked(source)
        except NotHeld:
            return None  # a person has just decided about the one that waited: the next look goes on from there
        except ListFault as fault:
            note_failure(source, fault)
        except Exception as error:  # whatever a publisher thinks of: its list stays as it is, and the others go on
            logger.exception("looking at the list %s failed", source.list_id)
            note_failure(source, error)
        return None


def note_failure(source: ListSource, fault: Exception) -> None:
    """Keep why it went wrong, try again later (ever more so), and tell staff of the first of a row."""
    source.refresh_from_db()  # whatever was begun with it is undone
    source.failures += 1
    source.error, source.checked_at = str(fault)[:300], timezone.now()
    source.failing_since = source.failing_since or source.checked_at
    source.next_at = timezone.now() + min(AGAIN_AFTER_FAILURE * 2 ** min(source.failures - 1, 8), LONGEST_PAUSE)
    source.etag = ""  # what failed is looked at again, changed or not
    source.save(update_fields=["failures", "failing_since", "error", "checked_at", "next_at", "etag"])
    logger.warning("the list %s is not up to date: %s", source.list_id, fault)
    if source.failures == 1:
        tell_of_trouble(source)


def _checked(source: ListSource) -> ListSync | None:
    index, mark = fetch_index(source)
    held = source.syncs.filter(state=ListSync.State.HELD).first()
    entry = None
    if index is not None:
        # While one waits for a person, nothing that builds on it is of use: only a newer whole list takes its place.
        passed_by = sent_away(source) | ({int(held.entry["sequence"])} if held else set())
        entry = next_entry(index, source, is_distrusting_deltas=distrusts_deltas(source), passed_by=passed_by)
    if index is None or entry is None:
        _note_quiet(source, index, mark)
        return None
    if held:
        _replace(held, index.newest)
    manifest = fetch_manifest(source, entry)
    sync = _open(source, manifest, asdict(entry))
    # The mark is kept only once nothing is left to take: after this file the same index may name the next one.
    _note_good(source, index)
    return sync


def _open(source: ListSource, manifest: Manifest, entry: dict[str, object]) -> ListSync:
    said = asdict(manifest) | {
        "published_at": manifest.published_at.isoformat(), "effective_date": manifest.effective_date.isoformat(),
    }  # fmt: skip
    sync = ListSync.objects.create(
        list_source=source,
        number=source.head + 1,
        entry=entry,
        manifest=said,
        bytes_total=manifest.bytes,
        rows_total=manifest.rows,
    )
    record_about(sync, "opened", details={"list": source.list_id, "version": manifest.version, "kind": manifest.kind})
    return sync


def _replace(held: ListSync, newest: int) -> None:
    """A newer version came while this one waited for a person: nobody needs to decide about it any more."""
    dismiss(held, why=f"Version {newest} came meanwhile.")


def _note_quiet(source: ListSource, index: Index | None, mark: str) -> None:
    """The publisher answers and has nothing that is not here: whatever went wrong before is over."""
    if index is not None:
        source.index_published_at = index.published_at
    mark = mark if len(mark) <= MARK_LENGTH else ""  # then the index is read each time
    source.etag, source.failures, source.failing_since, source.error = mark, 0, None, ""
    _note_checked(source, ["etag", "index_published_at", "failures", "failing_since", "error"])


def _note_good(source: ListSource, index: Index) -> None:
    source.index_published_at = index.published_at
    _note_checked(source, ["index_published_at"])


def _note_checked(source: ListSource, fields: list[str]) -> None:
    now = timezone.now()
    source.checked_at, source.next_at = now, now + timedelta(minutes=source.check_every_min)
    source.save(update_fields=[*fields, "checked_at", "next_at"])


def _locked(source_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, source_id % 2**31])
        return bool(cursor.fetchone()[0])
