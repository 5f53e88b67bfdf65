"""How a list is doing: in sync, behind, failing, held. Asked of the database once for any number of lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from eligibility.lists.sync import may_go_on
from eligibility.models import ListChange, ListItem, ListSource, ListSync, ListVersion

State = Literal["hand", "off", "held", "failing", "updating", "behind", "overdue", "never", "sync"]
LATE: Final = timedelta(minutes=30)  # a check is due within a minute; after so long nobody does it


@dataclass(frozen=True, slots=True)
class Health:
    """state, and what there is to say of it beyond the word."""

    state: State
    words: str = ""


def with_figures(sources: QuerySet[ListSource], now: datetime) -> QuerySet[ListSource]:
    """Each source with the version in force and the next one, what stands on it, its open or held update, and its last one.

    Columns: version_now, version_next, version_next_at, moves_at, standing, open_id, last_rows, last_bytes.
    """
    here = ListVersion.objects.filter(list_source=OuterRef("pk"), number__lte=OuterRef("head"))
    in_force = here.filter(effective_at__lte=now).order_by("-number").values("version")[:1]
    coming = here.filter(effective_at__gt=now).order_by("effective_at", "-number")
    moves = ListChange.objects.filter(
        list_source=OuterRef("pk"), number__lte=OuterRef("head"), moves_status=True, effective_at__gt=now
    ).order_by("effective_at")
    stands = (
        ListItem.objects.filter(Q(until=None) | Q(until__gt=OuterRef("head")), list_source=OuterRef("pk"), since__lte=OuterRef("head"))
        .filter(Q(listed_until=None) | Q(listed_until__gt=now), listed_from__lte=now)
        .order_by().values("list_source").annotate(count=Count("pk")).values("count")
    )  # fmt: skip
    syncs = ListSync.objects.filter(list_source=OuterRef("pk"))
    last = syncs.filter(state=ListSync.State.DONE).order_by("-pk")
    return sources.annotate(
        version_now=Subquery(in_force), version_next=Subquery(coming.values("version")[:1]),
        version_next_at=Subquery(coming.values("effective_at")[:1]), moves_at=Subquery(moves.values("effective_at")[:1]),
        standing=Coalesce(Subquery(stands), 0), open_id=Subquery(syncs.filter(state__in=["queued", "running", "held"]).values("pk")[:1]),
        last_rows=Subquery(last.values("rows_total")[:1]), last_bytes=Subquery(last.values("bytes_total")[:1]),
    )  # fmt: skip


def open_syncs(sources: list[ListSource]) -> dict[int, ListSync]:
    """The open or held update of each source that has one; a list has at most one."""
    found = ListSync.objects.filter(list_source__in=sources, state__in=["queued", "running", "held"])
    return {sync.list_source_id: sync for sync in found.select_related("list_source")}


def behind_refused(sources: list[ListSource]) -> dict[int, ListSync]:
    """The newest update of each source that a person sent away, where nothing newer came since."""
    sent_away = ListSync.objects.filter(list_source__in=sources, state=ListSync.State.REFUSED, number__gt=F("list_source__head"))
    rows = sent_away.exclude(decided_by=None).order_by("list_source_id", "-pk").distinct("list_source_id")
    return {sync.list_source_id: sync for sync in rows}


def held_updates() -> list[tuple[ListSync, str]]:
    """What waits for a person, with its version's name."""
    return [(sync, version_of(sync)) for sync in ListSync.objects.filter(state=ListSync.State.HELD).select_related("list_source")]


def health_of(source: ListSource, sync: ListSync | None, refused: ListSync | None, now: datetime) -> Health:
    """sync: its open or held update; refused: see `behind_refused`."""
    if source.kind == ListSource.Kind.HAND:
        return Health("hand")
    if not source.is_active:
        return Health("off", "Nothing is fetched; what the list says goes on to hold.")
    if sync is not None and sync.state == ListSync.State.HELD:
        return Health("held", f"Version {version_of(sync)} is implausible: a person lets it through or sends it away.")
    if source.failures:
        return Health("failing", source.error)
    if sync is not None:
        if not may_go_on(sync, now):
            return Health(
                "behind", f"Version {version_of(sync)} waits for the quiet hours from {source.window_from:%H:%M} ({source.zone})."
            )
        return Health("updating", sync.error or f"Version {version_of(sync)}: {sync.get_stage_display()}.")
    if source.checked_at is None:
        return Health("never", "Its publisher was not asked yet.")
    if source.next_at is not None and source.next_at < now - LATE:
        return Health("overdue", "Nobody asks its publisher: are a worker and beat running?")
    if refused is not None:
        return Health("behind", f"Version {version_of(refused)} was sent away: the publisher's next whole list is taken.")
    return Health("sync")


def version_of(sync: ListSync) -> str:
    return str(sync.entry.get("version", "")) or f"no. {sync.number}"
