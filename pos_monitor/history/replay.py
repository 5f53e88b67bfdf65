"""The fleet's reports of a while ago, once more and in the order in which they came: for trying a rule before it is in force."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from django.db import connection

from pos_monitor.history import blocks, hours, sources
from pos_monitor.history.chunks import Records, opened
from pos_monitor.models import ReportHour
from pos_monitor.wire.record import RECORD

_ROW_BYTES: Final = 109
MOST_AT_ONCE: Final = 6_000_000  # reports that are held at a time: 350 MB


def replay(since: datetime, until: datetime, numbers: Collection[int] | None = None) -> Iterator[Records]:
    """RECORD arrays of what came from `since` to before `until`, in the order in which it came, each array a while after the one before.

    numbers: terminals; none: all. An hour of more than MOST_AT_ONCE reports is gone through as often as it needs.
    """
    start = since.replace(minute=0, second=0, microsecond=0)
    while start < until:
        end = start + timedelta(hours=1)
        passes = max(1, -(-_count(start, end, numbers) // MOST_AT_ONCE))
        edges = [max(start, since) + (min(end, until) - max(start, since)) * step / passes for step in range(passes + 1)]
        for first, last in pairwise(edges):
            found = _slice(first, last, numbers)
            if len(found):
                yield found
        start = end


def _count(start: datetime, end: datetime, numbers: Collection[int] | None) -> int:
    """About how many reports an hour holds."""
    if numbers is not None:
        return 0  # some terminals are always few
    packed = sum(ReportHour.objects.filter(hour=start).values_list("reports", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_relation_size(to_regclass(name))), 0)::int8 FROM unnest(%s::text[]) AS name",
            [[hours.table_of(hours.REPORTS, start)]],
        )
        return packed + int(cursor.fetchone()[0]) // _ROW_BYTES


def _slice(since: datetime, until: datetime, numbers: Collection[int] | None) -> Records:
    """Everything of less than an hour, by the way that reports go: rows, what is being packed, chunks."""
    whose = "" if numbers is None else f" AND terminal = ANY(ARRAY[{','.join(str(int(one)) for one in numbers)}]::int[])"
    found, seen = sources.rows_of(f"received >= '{since.isoformat()}' AND received < '{until.isoformat()}'{whose}", since, until)
    parts = [_within(opened(data, terminal), since, until) for terminal, data in _chunks(since, seen, numbers)]
    every = np.concatenate([*found, *parts]) if found or parts else np.zeros(0, RECORD)
    return every[np.lexsort((every["seq"], every["boot"], every["received_ms"]))]


def _within(records: Records, since: datetime, until: datetime) -> Records:
    came = records["received_ms"]
    return records[(came >= sources.ms(since)) & (came < sources.ms(until))]


def _chunks(since: datetime, seen: set[int], numbers: Collection[int] | None) -> Iterator[tuple[int, bytes]]:
    wanted = None if numbers is None else set(numbers)
    among = None if wanted is None else sorted({number // blocks.TERMINALS for number in wanted})
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT chunk.block, chunk.ends, chunk.data FROM {hours.CHUNKS} AS chunk JOIN pos_monitor_reporthour AS part
                    ON part.hour = chunk.hour AND part.part = chunk.part AND part.packed_at IS NOT NULL AND part.source <> ALL(%s)
                 WHERE chunk.hour = %s AND (%s::int[] IS NULL OR chunk.block = ANY(%s::int[]))""",  # noqa: S608  # nosec B608
            [list(seen), since.replace(minute=0, second=0, microsecond=0), *[among] * 2],
        )
        while batch := cursor.fetchmany(2000 // blocks.TERMINALS):
            for row in batch:
                yield from ((terminal, data) for terminal, data in blocks.chunks_of(*row) if wanted is None or terminal in wanted)
