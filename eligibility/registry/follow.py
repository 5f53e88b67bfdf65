"""Reading the stream of judgements: a reader's place is committed together with what it made of the entries.

So an entry counts once, whatever dies in between; of two runs at once the second finds the place taken and does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from django.db import transaction

from eligibility.models import StreamPlace
from eligibility.registry.stream import Entry, entries_after, place, trim_before

DRIFT, SHADOW = "drift", "shadow"
BATCH: Final = 40  # entries in one transaction
RUN_S: Final = 20.0


def follow(reader: str, take: Callable[[Sequence[Entry]], None]) -> int:
    """Hand the reader's new entries to `take`, batch by batch; returns how many entries it has read."""
    StreamPlace.objects.get_or_create(reader=reader)
    started, total = time.monotonic(), 0
    while time.monotonic() - started < RUN_S:
        read = _batch(reader, take)
        total += read
        if read < BATCH:
            break
    _trim()
    return total


@transaction.atomic
def _batch(reader: str, take: Callable[[Sequence[Entry]], None]) -> int:
    mine = StreamPlace.objects.select_for_update(skip_locked=True).filter(reader=reader).first()
    if mine is None:
        return 0
    entries = entries_after(mine.last_id, BATCH)
    if entries:
        take(entries)
        mine.last_id, mine.read = entries[-1].id, mine.read + len(entries)
        mine.save()
    return len(entries)


@transaction.atomic
def catch_up(*, most_behind: int, is_counted: bool) -> int:
    """Let the shadow's reader jump to where the counting is, if it is further behind than that; returns what it passed over."""
    places = {
        row.reader: row for row in StreamPlace.objects.select_for_update(skip_locked=True).filter(reader__in=[DRIFT, SHADOW])
    }
    if len(places) < 2:
        return 0
    ahead, mine = places[DRIFT], places[SHADOW]
    behind = ahead.read - mine.read
    if behind <= most_behind or place(mine.last_id) >= place(ahead.last_id):
        return 0
    mine.last_id, mine.read = ahead.last_id, ahead.read
    mine.skipped += behind if is_counted else 0
    mine.save()
    return behind


def _trim() -> None:
    """What both readers have behind them is needed no more."""
    ids = list(StreamPlace.objects.filter(reader__in=[DRIFT, SHADOW]).values_list("last_id", flat=True))
    if len(ids) == 2:
        trim_before(min(ids, key=place))
