"""Which of the publisher's files comes next: deltas in their order where they lead on from what is here, else a whole list."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.utils import timezone

from eligibility.lists.errors import NotInOrder, NotReadable, Outdated
from eligibility.lists.manifest import Entry, Index
from eligibility.models import ListSource, ListSync

AHEAD: Final = timedelta(days=1)  # a clock may be wrong; what is kept as the newest that was seen shuts out all that is older


def next_entry(
    index: Index, source: ListSource, *, is_distrusting_deltas: bool = False, passed_by: Collection[int] = ()
) -> Entry | None:
    """The file to take next; None where what is here is the newest. Raises Outdated, NotInOrder.

    is_distrusting_deltas: one has just failed, so the whole list is taken if there is one. passed_by: the publisher's
    numbers of versions that a person sent away, or has yet to decide about; neither they nor what builds on them is taken, so a whole
    list must come. One that the publisher has withdrawn counts no more.
    """
    if index.published_at > timezone.now() + AHEAD:
        raise NotReadable(f"The index is of {index.published_at:%Y-%m-%d %H:%M}, which is still to come.")
    refused = max((entry.sequence for entry in index.entries if entry.sequence in passed_by), default=0)
    if source.index_published_at and index.published_at < source.index_published_at:
        raise Outdated(
            f"The index is of {index.published_at:%Y-%m-%d %H:%M}, older than the one of"
            f" {source.index_published_at:%Y-%m-%d %H:%M} that we have seen."
        )
    if index.newest < source.sequence:
        raise Outdated(f"The index ends at {index.newest}; what is here is {source.sequence}.")
    if index.newest <= max(source.sequence, refused):
        return None
    wholes = [entry for entry in index.entries if entry.kind == "full" and entry.sequence > max(source.sequence, refused)]
    may_add = source.sequence > 0 and refused <= source.sequence
    if may_add and not (is_distrusting_deltas and wholes) and (chain := _chain(index, source.sequence)):
        return chain[0]
    if not wholes:
        if refused > source.sequence:
            return None  # only a whole list can follow, and it will come
        raise NotInOrder(f"No delta follows version {source.sequence}, and the publisher offers no newer whole list.")
    return max(wholes, key=lambda entry: entry.sequence)


def distrusts_deltas(source: ListSource) -> bool:
    """Did the last file of this list fail as a delta?"""
    last = ListSync.objects.filter(list_source=source).order_by("-pk").first()
    return last is not None and last.state == ListSync.State.FAILED and last.entry.get("kind") == "delta"


def sent_away(source: ListSource) -> set[int]:
    """The publisher's numbers of the versions that a person sent away."""
    found = ListSync.objects.filter(list_source=source, state=ListSync.State.REFUSED).exclude(decided_by=None)
    return {int(entry.get("sequence", 0)) for entry in found.values_list("entry", flat=True)}


def _chain(index: Index, start: int) -> list[Entry]:
    """Deltas from `start` to the newest version, each following the one before, in whatever order the index names them."""
    after = {entry.follows: entry for entry in index.entries if entry.kind == "delta" and entry.sequence > start}
    chain, at = [], start
    while at != index.newest:
        found = after.get(at)
        if found is None or found.sequence <= at:
            return []
        chain.append(found)
        at = found.sequence
    return chain
